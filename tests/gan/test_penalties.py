"""The penalties on D's slope: values against slopes known by hand, gradients against difference quotients."""

import numpy as np
import pytest

from minigan import Tensor, grad
from minigan.commands import train
from minigan.errors import BadInput
from minigan.gan import PENALTIES, Config, Run, draw_noise
from minigan.gradcheck import check_gradients
from minigan.nn import Conv2d, LeakyReLU, Linear, Module, Parameter, Sequential
from tests.support.commands import SMALL


class Quadratic(Module):
    """d(x) = ½ a Σ x², so ∂d/∂x = a x: a D whose slope is known."""

    def __init__(self, a: float):
        self.a = Parameter(np.array(a))

    def forward(self, x: Tensor) -> Tensor:
        return 0.5 * self.a * (x * x).sum((1, 2, 3))


RNG = np.random.default_rng(0)
REAL, FAKE = RNG.normal(size=(4, 3, 3, 2)), RNG.normal(size=(4, 3, 3, 2)) + 1.0


def squared(x):
    return (x**2).sum((1, 2, 3))


def between():
    share = np.random.default_rng(5).uniform(size=(4, 1, 1, 1))
    return share * REAL + (1 - share) * FAKE


VALUES = {  # for a = 3
    "r1": lambda: 0.5 * 9 * squared(REAL).mean(),
    "r2": lambda: 0.5 * 9 * squared(FAKE).mean(),
    "r1+r2": lambda: 0.5 * 9 * (squared(REAL) + squared(FAKE)).mean(),
    "gradient": lambda: 10 * ((3 * np.sqrt(squared(between())) - 1) ** 2).mean(),
}


def test_every_penalty_is_tested():
    assert VALUES.keys() == PENALTIES.keys()


@pytest.mark.parametrize("name", PENALTIES)
def test_values_and_gradients(name):
    """Each is a function of a; twice the weight is twice the penalty."""
    d = Quadratic(3.0)

    def penalty(weight=0.0):
        return PENALTIES[name](weight)(d, Tensor(REAL), Tensor(FAKE), (), np.random.default_rng(5))

    found = penalty()
    np.testing.assert_allclose(found.item(), VALUES[name](), rtol=1e-9)
    np.testing.assert_allclose(penalty(2 * PENALTIES[name].usual).item(), 2 * found.item(), rtol=1e-12)
    (slope,) = grad(found, [d.a])
    h, values = 1e-5, []
    for a in (3 + h, 3 - h):
        d.a.data = np.array(a)
        values.append(penalty().item())
    np.testing.assert_allclose(slope.item(), (values[0] - values[1]) / (2 * h), rtol=1e-6)


@pytest.mark.parametrize("name", PENALTIES)
def test_gradients_of_a_convolutional_discriminator(name):
    """The gradient by its kernels is a second derivative; difference quotients agree."""
    rng = np.random.default_rng(1)
    net = Sequential(Conv2d(2, 3, 2, rng=rng), LeakyReLU(), Conv2d(3, 1, 2, rng=rng)).astype(np.float64)
    first, last = (layer.weight for layer in (net.layers[0], net.layers[2]))

    class Discriminator(Module):
        def forward(self, x):
            return net(x).reshape(x.shape[0])

    def penalty(a, b):
        net.layers[0].weight, net.layers[2].weight = a, b
        return PENALTIES[name]()(Discriminator(), Tensor(REAL), Tensor(FAKE), (), np.random.default_rng(5))

    check_gradients(penalty, [first.numpy(), last.numpy()])


def step(run: Run, moves: int = 1):
    """The moves of some training steps."""
    rng = np.random.default_rng(1)
    real, z = rng.uniform(-1, 1, (4, 28, 28, 1)).astype(np.float32), draw_noise(rng, 4, 5)
    for _ in range(moves):
        yield from run.game.moves(Tensor(real), Tensor(z))


def test_it_is_added_to_the_gradients_of_d_alone():
    """In every step, or every second one; G gets no gradient of it."""
    counts = []
    for settings in ({}, {"penalty": "r1"}, {"penalty": "r1", "penalty_every": 2}):
        run, count = Run(Config(width=4, latent=5, **settings)), 0
        for move in step(run, 2):
            if move.name == "D is penalised":
                count += 1
                assert all(p.grad is None for p in run.generator.parameters())
        counts.append(count)
    assert counts == [0, 2, 1]


def test_a_larger_interval_counts_for_the_steps_left_out():
    """In the first step, with an interval of 4 the gradient of the penalty is four times as large."""
    gradients = {}
    for every in (0, 1, 4):
        run = Run(Config(width=4, latent=5, penalty="r1" if every else "", penalty_every=every or 1))
        for move in step(run):
            if move.name == ("D is penalised" if every else "D judges fake images"):
                gradients[every] = run.game.discriminator.parameters()[0].grad.numpy().copy()
    once, four = gradients[1] - gradients[0], gradients[4] - gradients[0]
    np.testing.assert_allclose(four, 4 * once, rtol=1e-3, atol=1e-5 * np.abs(gradients[4]).max())


@pytest.mark.parametrize("loss", ["wasserstein", "relativistic"])
@pytest.mark.parametrize("penalty", PENALTIES)
def test_a_run_with_each_repeats_and_resumes(penalty, loss, here, data):
    """Bit for bit, the random numbers of the penalty included."""

    def run(*argv):
        assert train.main([str(a) for a in ("mnist", *argv)]) == 0

    new = "--data-dir", data, *SMALL, "--decay", 0, "--penalty", penalty, "--loss", loss, "--penalty-every", 2
    run(*new, "--out", "straight", "--epochs", 2)
    run(*new, "--out", "halves", "--epochs", 1)
    run("--resume", "halves", "--epochs", 2)
    checkpoints = [(here / name / "checkpoint.npz").read_bytes() for name in ("straight", "halves")]
    assert checkpoints[0] == checkpoints[1]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"penalty": "r3"}, "expected a penalty of r1, r2, r1+r2, gradient, got 'r3'"),
        ({"penalty_weight": 2.0}, "for its weight or interval, got none"),
        ({"penalty_every": 2}, "for its weight or interval, got none"),
        ({"penalty": "r1", "penalty_weight": -1.0}, "expected penalty_weight of 0 or more, got -1.0"),
        ({"penalty": "r1", "penalty_every": 0}, "expected penalty_every above 0, got 0"),
    ],
)
def test_settings_that_are_refused(settings, words):
    with pytest.raises(BadInput) as refusal:
        Config(**settings)
    assert words in str(refusal.value)


@pytest.mark.parametrize("name", PENALTIES)
def test_points_in_a_plane_are_penalised_too(name):
    """Not only images: what D judges may have any number of axes."""
    points = [Tensor(np.random.default_rng(seed).normal(size=(4, 2))) for seed in (0, 1)]
    d = Sequential(
        Linear(2, 3, rng=np.random.default_rng(0)), LeakyReLU(0.2), Linear(3, 1, rng=np.random.default_rng(1))
    )
    for p in d.parameters():
        p.data = p.data.astype(np.float64)
    value = PENALTIES[name](1.0)(lambda x: d(x).reshape(-1), *points, (), np.random.default_rng(0))
    assert value.shape == ()
    value.backward()
    assert any(np.abs(p.grad.numpy()).max() > 0 for p in d.parameters() if p.grad is not None)

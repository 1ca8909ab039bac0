"""The ways to tell D the label: their formulas, what G and D are rewarded for, and the command."""

import numpy as np
import pytest

from minigan.commands import train
from minigan.gan import LABELS, Config, Run, draw_noise, load_run
from minigan.gan.labels import Classifier, Projection
from minigan.ops import cross_entropy
from minigan.tensor import Tensor
from tests.support.commands import refused
from tests.support.steps import assert_d_is_the_same_after_resuming

RNG = np.random.default_rng(0)
REAL = RNG.uniform(-1, 1, (6, 28, 28, 1)).astype(np.float32)
LABEL = np.array([0, 2, 1, 1, 0, 2])
Y = np.eye(3, dtype=np.float32)[LABEL]
OTHERS = [name for name in LABELS if name != "concatenation"]


def run_of(labels, **more):
    return Run(Config(conditional=True, classes=3, labels=labels, width=4, latent=5, batch_size=6, **more))


def step(run, real=REAL, y=Y):
    return run.game.step(Tensor(real), Tensor(draw_noise(np.random.default_rng(1), len(real), 5)), Tensor(y))


@pytest.mark.parametrize("labels", OTHERS)
@pytest.mark.parametrize(
    "settings",
    [{}, {"normaliser": "none"}, {"normaliser": "spectral"}, {"normaliser": "layer", "penalty": "r1"},
     {"loss": "relativistic"}, {"loss": "hinge", "augment": "translation"}, {"d_steps": 2}],
)  # fmt: skip
def test_a_step_changes_every_parameter(labels, settings):
    run = run_of(labels, **settings)
    before = {name: x.numpy().copy() for name, x in run.game.discriminator.named_tensors()}
    for _ in range(run.game.d_steps):
        metrics = step(run)
    assert np.isfinite([x.item() for x in metrics.values()]).all()
    for p in run.game.discriminator.parameters():
        if p.name != "net.layers.0.bias" or settings.get("loss") != "relativistic":
            assert (p.numpy() != before[p.name]).any() or p.size == 1, p.name


def test_projection_is_the_logit_and_a_product_with_the_vector_of_the_class():
    d = run_of("projection").game.discriminator
    assert isinstance(d, Projection)
    d.eval()
    features, logit = d.features_and_logit(Tensor(REAL), Tensor(Y))
    expected = [logit.numpy()[i] + features.numpy()[i] @ d.head.weight.numpy()[k] for i, k in enumerate(LABEL)]
    np.testing.assert_allclose(d(Tensor(REAL), Tensor(Y)).numpy(), expected, rtol=1e-4)
    other = d(Tensor(REAL), Tensor(np.roll(Y, 1, axis=1))).numpy()
    assert (np.abs(other - expected) > 1e-6).all()  # the label matters


def test_the_classifier_sees_the_image_only():
    d = run_of("classifier").game.discriminator
    assert isinstance(d, Classifier)
    d.eval()
    outputs = d(Tensor(REAL), Tensor(Y)).numpy()
    assert outputs.shape == (6, 4)
    np.testing.assert_array_equal(outputs, d(Tensor(REAL), Tensor(np.roll(Y, 1, axis=1))).numpy())


def test_both_losses_have_the_cross_entropy_of_the_labels():
    """D's gradient is that of its loss and the cross-entropy of real images alone; G's has that of its own images."""
    run = run_of("classifier")
    game, found = run.game, {}
    z = Tensor(draw_noise(np.random.default_rng(1), 6, 5))
    d, classes = game.discriminator, game.discriminator.head.weight
    for move in game.moves(Tensor(REAL), z, Tensor(Y)):
        if move.name == "D judges real images":
            found["real"] = classes.grad.numpy().copy()
        if move.name == "D judges fake images":
            found["fake"] = classes.grad.numpy().copy()
        if move.name == "D judges again, for G":
            found["g"] = run.generator.parameters()[0].grad.numpy().copy()
            after = {name: x.numpy().copy() for name, x in d.named_tensors()}
    np.testing.assert_array_equal(found["real"], found["fake"])

    again = run_of("classifier")
    cross_entropy(again.game.discriminator(Tensor(REAL), Tensor(Y))[:, 1:], LABEL).backward()
    np.testing.assert_allclose(found["real"], again.game.discriminator.head.weight.grad.numpy(), rtol=1e-4, atol=1e-7)

    g, d = again.generator, again.game.discriminator
    d.load_state_dict(after)
    with d.frozen():
        outputs = d(g(z, Tensor(Y)), Tensor(Y))
        (again.game.loss.for_generator(outputs[:, 0]) + cross_entropy(outputs[:, 1:], LABEL)).backward()
    np.testing.assert_allclose(found["g"], g.parameters()[0].grad.numpy(), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("labels", OTHERS)
def test_slopes(labels):
    """∂/∂x of all outputs, along ten random directions, by difference quotients in float64."""
    d, rng = run_of(labels, normaliser="layer").game.discriminator, np.random.default_rng(2)
    for p in d.parameters():
        p.data = p.data.astype(np.float64) * 5
    y, h = Tensor(Y.astype(np.float64)), 1e-5
    x = Tensor(REAL.astype(np.float64), requires_grad=True)

    def f(images):
        return (d(images, y) ** 2).sum()

    f(x).backward()
    for _ in range(10):
        v = rng.standard_normal(x.shape)
        slope = (f(Tensor(x.numpy() + h * v)) - f(Tensor(x.numpy() - h * v))).item() / (2 * h)
        assert (x.grad.numpy() * v).sum() == pytest.approx(slope, rel=1e-4)


@pytest.mark.parametrize("labels", OTHERS)
def test_the_command_trains_and_resumes_bit_for_bit(here, data, labels):
    argv = ["mnist", "--data-dir", str(data), "--conditional", "--labels", labels, "--width", "3", "--latent", "4",
            "--batch-size", "50"]  # fmt: skip
    assert_d_is_the_same_after_resuming(*argv)
    assert f"--labels {labels}" in load_run(here / "one").config.command()


def test_what_does_not_fit_is_refused(here, capsys):
    for argv, message in {
        "mnist --labels projection": "expected conditional networks with labels projection, got others",
        "mnist --conditional --labels x": "expected a way of labelling of concatenation, projection, classifier, got",
        "mnist --conditional --labels classifier --model mlp": "expected labels concatenation with the model mlp",
    }.items():
        assert message in refused(capsys, train, *argv.split())
    d = run_of("projection").game.discriminator
    with pytest.raises(ValueError, match=r"expected y of shape \(6, 3\), got None"):
        d(Tensor(REAL))
    with pytest.raises(ValueError, match="Discriminator expected images of shape"):
        d(Tensor(REAL[:, :20]), Tensor(Y))

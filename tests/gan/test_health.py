"""Signs of health: the measures against their definitions, and the words for metrics of each kind."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.arrays.backend import to_device, to_host
from minigan.gan import LOSSES, METRICS, PairedLoss
from minigan.gan.health import EARLY, WAITS, health_of, variety
from minigan.nn import Parameter
from minigan.optim import SGD
from minigan.tensor import Tensor

SMOOTHED = [(name, 0.0) for name in LOSSES] + [(name, 0.2) for name, loss in LOSSES.items() if loss.has_targets]


def nearest(images):
    """The mean distance to the nearest other image, pair by pair."""
    return np.mean([min(np.linalg.norm(a - b) for j, b in enumerate(images) if j != i) for i, a in enumerate(images)])


def drawn(rng, count):
    return rng.uniform(-1, 1, (count, 4, 4, 3)).astype(np.float32)


@given(st.integers(2, 9), st.integers(0, 99))
def test_variety_is_a_ratio_of_distances(count, seed):
    rng = np.random.default_rng(seed)
    fake, real = drawn(rng, count), drawn(rng, count)
    assert variety(fake, real) == pytest.approx(nearest(fake) / nearest(real), rel=1e-3)


def test_variety_of_one_image_is_0_and_of_real_ones_1():
    rng = np.random.default_rng(0)
    real = drawn(rng, 64)
    assert variety(real, real) == 1
    assert variety(np.repeat(real[:1], 64, 0), real) < 0.01
    twins = np.repeat(real[:32], 2, 0)  # a spread of pixels, as a standard deviation, would see nothing
    assert variety(twins, real) < 0.01
    assert variety(real[:1].repeat(2, 0), real[:1].repeat(2, 0)) == 1  # real images that are all the same


def test_variety_on_a_device(device):
    rng = np.random.default_rng(0)
    fake, real = drawn(rng, 8), drawn(rng, 8)
    on_device = variety(to_device(fake, device), to_device(real, device))
    assert to_host(on_device) == pytest.approx(float(variety(fake, real)), rel=1e-5)


def test_the_norm_of_gradients():
    a, b, idle = (Parameter(np.ones(shape, np.float32)) for shape in ((2, 3), 4, 5))
    adam = SGD([a, b, idle])
    with pytest.raises(RuntimeError, match="gradient_norm found no gradient"):
        adam.gradient_norm()
    (3 * a.sum() + 4 * b.sum()).backward()
    assert adam.gradient_norm().item() == pytest.approx(np.sqrt(6 * 9 + 4 * 16))
    assert a.grad is not None


@pytest.mark.parametrize(("name", "smoothing"), SMOOTHED)
def test_the_extent_of_a_loss(name, smoothing):
    """Its lower end by the best outputs of many for real and generated images, its upper by the best that are equal."""
    loss = LOSSES[name](smoothing)
    outputs = np.linspace(-30, 30, 6001)

    def of_d(real, fake):
        real, fake = Tensor(np.array([real])), Tensor(np.array([fake]))
        if isinstance(loss, PairedLoss):
            return np.array([loss.on_pairs(real, fake).item()])
        return np.array([loss.on_real(real).item(), loss.on_fake(fake).item()])

    if (extent := loss.extent()) is None:
        assert of_d(1e6, -1e6).sum() < -1e6
        return
    best = np.min([of_d(d, -d) for d in outputs], axis=0).sum()
    guessing = min(of_d(d, d).sum() for d in outputs)
    assert extent == pytest.approx((best, guessing), abs=1e-4)


def course(steps=1000, **metrics):
    """Metrics of a healthy run but for those given."""
    values = {**dict.fromkeys(METRICS, 1.0), "d_loss": 0.7, **metrics}
    return {"step": np.arange(1, steps + 1), **{name: np.full(steps, value) for name, value in values.items()}}


@pytest.mark.parametrize(
    ("verdict", "metrics", "scores"),
    [
        ("healthy", course(), ()),
        ("healthy", course(), [(1, 200.0), (2, 40.0), (3, 41.0)]),
        ("too early", course(EARLY - 1, variety=0.0), ()),
        ("D wins", course(d_loss=0.002), ()),
        ("D wins", course(d_loss=0.002, variety=0.3), ()),  # G has not begun to learn
        ("healthy", course(d_loss=0.02), ()),
        ("collapse", course(variety=0.1), ()),
        ("collapse", course(d_loss=0.01, variety=0.1), ()),
        ("worse again", course(), [(1, 200.0), (2, 40.0), (3, 100.0)]),
    ],
)
def test_words(verdict, metrics, scores):
    health = health_of(metrics, LOSSES["non-saturating"](), scores)
    assert health.verdict == verdict
    assert not health.sentence.endswith(".")


def test_only_the_last_steps_count():
    metrics = course(variety=0.1)
    metrics["variety"][-200:] = 1.0
    assert health_of(metrics, LOSSES["non-saturating"]()).verdict == "healthy"
    metrics["variety"][-200:] = 0.1
    assert health_of(metrics, LOSSES["non-saturating"]()).verdict == "collapse"


@pytest.mark.parametrize("gradient", [0.0, WAITS])
def test_only_steps_of_g_count_as_early(gradient):
    """A gradient of 0 is that of a G that has collapsed for good, not of one that waits."""
    metrics = course(EARLY + 100, variety=0.0, g_grad=gradient)
    assert health_of(metrics, LOSSES["non-saturating"]()).verdict == ("too early" if gradient == WAITS else "collapse")


def test_it_says_what_it_knows():
    sentence = health_of(course(d_loss=0.7, variety=0.51), LOSSES["non-saturating"]()).sentence
    assert sentence == "D's loss is 50.5% of what it would be if D guessed, and G's images are 51% as far from each " \
        "other as real ones"  # fmt: skip
    assert "guessed" not in health_of(course(), LOSSES["wasserstein"]()).sentence
    old = course()
    del old["variety"]
    assert "each other" not in health_of(old, LOSSES["non-saturating"]()).sentence
    assert health_of(old, LOSSES["wasserstein"]()).sentence == "nothing is known of who wins, with this loss"


def test_losses_without_an_end_and_metrics_without_variety():
    assert health_of(course(d_loss=-50), LOSSES["wasserstein"]()).verdict == "healthy"
    old = course(d_loss=0.001)
    del old["variety"]
    assert health_of(old, LOSSES["non-saturating"]()).verdict == "D wins"
    assert health_of(old, LOSSES["non-saturating"](0.1)).verdict == "D wins"  # even less than is possible

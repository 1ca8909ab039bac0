"""The stand-in for CuPy is a wall: nothing gets through it unseen.  (The ops run on it in `test_devices.py`.)"""

import numpy as np
import pytest

from minigan import Tensor
from minigan.arrays.backend import to_device, to_host
from minigan.gan import Discriminator, Game, Generator
from tests.support import standin
from tests.support.standin import FarArray, Refused, xp

HERE = np.array([[1.0, 2.0], [3.0, 4.0]])


def far() -> FarArray:
    return to_device(HERE, "standin")


@pytest.mark.parametrize(
    "attempt",
    [
        lambda x: np.asarray(x),
        lambda x: np.array([x, x]),
        lambda x: x + HERE,
        lambda x: HERE + x,
        lambda x: HERE @ x,
        lambda x: x * np.float64(2.0),
        lambda x: np.float64(2.0) * x,
        lambda x: x.__iadd__(HERE),
        lambda x: x.__setitem__(0, HERE[0]),
        lambda x: np.exp(x),
        lambda x: xp.maximum(x, HERE),
        lambda x: xp.exp(HERE),
        lambda x: xp.add(x, 1.0, out=HERE.copy()),
        lambda x: xp.concatenate([x, HERE]),
        lambda x: list(x),
        lambda x: next(iter(x)),
    ],
)
def test_what_crosses_the_wall_unasked_is_refused(attempt):
    """Conversion to NumPy, NumPy's arrays and scalars as operands, NumPy's functions, iteration."""
    with pytest.raises(TypeError):
        attempt(far())


@pytest.mark.parametrize(
    ("read", "count"),
    [
        (lambda x: to_host(x), 1),
        (lambda x: float(x.sum()), 1),
        (lambda x: int(x.sum()), 1),
        (lambda x: bool((x > 0).all()), 1),
        (lambda x: x.sum().item(), 1),
        (lambda x: x.tolist(), 1),
        (lambda x: (x.shape, x.dtype, x.ndim, x.size, len(x), x.strides), 0),
        (lambda x: (x + 1.0) @ x.T, 0),
    ],
)
def test_reads_are_counted(read, count):
    """Whatever brings a value to the host counts; shapes and arithmetic do not."""
    x = far()
    before = standin.reads
    read(x)
    assert standin.reads - before == count


def test_its_module_is_numpy_behind_the_wall():
    """Functions, ufuncs with out=, and nested modules take and give FarArrays; types stay what they are."""
    x = far()
    out = xp.zeros_like(x)
    assert xp.sqrt(x, out=out) is out
    np.testing.assert_array_equal(to_host(out), np.sqrt(HERE))
    windows = xp.lib.stride_tricks.as_strided(x, (2, 1), x.strides)
    assert isinstance(windows, FarArray)
    np.testing.assert_array_equal(to_host(windows), HERE[:, :1])
    assert isinstance(x.sum(), FarArray)
    assert isinstance(x[0, 0], FarArray)
    assert isinstance(xp.ones((2,)), FarArray)
    assert xp.float32 is np.float32
    x += 1.0
    np.testing.assert_array_equal(to_host(x), HERE + 1.0)


def test_what_is_put_there_is_a_copy():
    """As on a GPU: changing the array that was put there changes nothing there."""
    here = HERE.copy()
    there = to_device(here, "standin")
    here[...] = 0.0
    np.testing.assert_array_equal(to_host(there), HERE)


def test_refused_says_what_to_do():
    """The stand-in's own errors name the way that is allowed."""
    with pytest.raises(Refused, match="to_device"):
        far() * HERE


def test_a_training_step_reads_nothing_back():
    """One whole step of both networks on the device: forward, backward, Adam, metrics, with no copy to the host."""
    rng = np.random.default_rng(0)
    generator, discriminator = Generator(28, 1, 2, 4, rng=rng), Discriminator(28, 1, 2, rng=rng)
    game = Game(generator.to("standin"), discriminator.to("standin"), lr=1e-3, betas=(0.5, 0.999))
    real = Tensor(to_device(rng.uniform(-1, 1, (3, 28, 28, 1)).astype(np.float32), "standin"))
    z = Tensor(to_device(rng.normal(size=(3, 4)).astype(np.float32), "standin"))
    before = standin.reads
    metrics = game.step(real, z)
    assert standin.reads == before
    assert {x.device for x in metrics.values()} == {"standin"}
    assert all(np.isfinite(x.item()) for x in metrics.values())

"""The compiled kernels of the CPU: they compute what their NumPy definitions do, whatever the number of threads."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan import Tensor, ops
from minigan.gan import Config, Run
from minigan.gradcheck import check_gradients
from minigan.nn import Parameter
from minigan.ops.algorithms import TapPlanes, product, transposed
from minigan.ops.choice import choose
from minigan.ops.minimal_filtering import MinimalFiltering
from minigan.optim import Adam
from tests.support.arrays import normal
from tests.support.compiled import changed_modules, compiled_kernels
from tests.support.image_cases import Tiles2, Tiles4
from tests.support.nodes import leaves, weights_for
from tests.support.op_cases import CASES

pytest.importorskip("numba", reason="Numba is not installed")
from minigan.arrays.compiled import kernels, loops, products, tile_kernels, tile_loops

FEW = max(3, settings.default.max_examples // 6)


def values_and_gradients(function, *arrays) -> list[np.ndarray]:
    inputs = leaves(arrays, arrays[0].dtype)
    y = function(*inputs)
    y.backward(weights_for(y))
    return [y.numpy(), *(x.grad.numpy() for x in inputs)]


def as_defined(function, *arrays, threads=3) -> None:
    """The value of a function of Tensors, and its gradients, are those of the definitions, to rounding."""
    defined = values_and_gradients(function, *arrays)
    with compiled_kernels(threads):
        computed = values_and_gradients(function, *arrays)
    for a, b in zip(defined, computed, strict=True):
        assert b.dtype == a.dtype
        tolerance = (1e-12 if a.dtype == np.float64 else 1e-5) * max(1.0, np.abs(a).max(initial=0.0))
        np.testing.assert_allclose(b, a, rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
@settings(max_examples=FEW)
def test_every_op_as_its_definition(name, data):
    """Of the whole table of ops, with inputs in any order of memory."""
    call = data.draw(CASES[name].calls)
    as_defined(call.function, *call.inputs, threads=data.draw(st.sampled_from([1, 2, 5])))


OPS_WITH_KERNELS = [name for name, case in CASES.items() if re.search("conv|Conv|Kernel|norm|bias|matmul", name)]


@pytest.mark.parametrize("name", OPS_WITH_KERNELS)
@given(data=st.data())
@settings(max_examples=FEW)
def test_gradients_match_difference_quotients(name, data):
    """To second order."""
    call = data.draw(CASES[name].calls)
    with compiled_kernels():
        check_gradients(call.function, call.inputs, order=2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(data=st.data())
def test_convolutions_of_every_size(dtype, data):
    """4×4, stride 2, padding 1: 1 to 9 outputs in both directions, so complete tiles, and each number left over."""
    h, w, n = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9)), data.draw(st.integers(1, 4))
    c, d = data.draw(st.integers(5, 7)), data.draw(st.integers(1, 6))
    algorithm = data.draw(st.sampled_from([Tiles2, Tiles4]))
    images, weights = (n, 2 * h, 2 * w, c), (4, 4, c, d)
    x, k = data.draw(normal(images)).astype(dtype), data.draw(normal(weights)).astype(dtype)

    def convolve(x, k):
        return ops.convolution.Convolution(algorithm(images, weights, (2, 2), (1, 1)))(x, k)

    as_defined(convolve, x, k)
    defined = values_and_gradients(lambda x, k: ops.conv2d_by_windows(x, k, 2, 1), x, k)
    with compiled_kernels():
        for a, b in zip(defined, values_and_gradients(convolve, x, k)):
            np.testing.assert_allclose(b, a, rtol=0, atol=(1e-12 if dtype == np.float64 else 3e-5) * np.abs(a).max())


@pytest.mark.parametrize("tile", [2, 4])
def test_rounding_errors_stay_small(tile):
    """In float32, with as many channels as in the paper's network: errors relative to the root mean square.

    (By the plain sum they are about 3 · 10⁻⁷, with the usual points 0, 1, −1, 2 of F(4, 2) above 2 · 10⁻⁶.)
    """
    rng = np.random.default_rng(0)
    images, weights, responses = (4, 16, 16, 128), (4, 4, 128, 64), (4, 8, 8, 64)
    x, w, g = (rng.normal(size=shape) for shape in (images, weights, responses))
    maps = MinimalFiltering(images, weights, (2, 2), (1, 1), tile)

    def three(dtype):
        image, kernel, response = (
            maps.image(x.astype(dtype)),
            maps.kernel(w.astype(dtype)),
            maps.response(g.astype(dtype)),
        )
        return (
            maps.conv(image, kernel), maps.conv_transpose(response, kernel), maps.kernel_gradient(image, response),
        )  # fmt: skip

    with compiled_kernels():
        for exact, rounded in zip(three(np.float64), three(np.float32)):
            error = np.sqrt(np.mean((exact - rounded) ** 2) / np.mean(exact**2))
            assert error < {2: 7e-7, 4: 2e-6}[tile]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("slope", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("shape", [(6, 9, 7, 5), (130, 3), (2, 1, 1, 300)])
def test_batch_norm_and_bias_in_parts(shape, slope, dtype):
    """378 pixels are 20 parts, the last one shorter.  Far from zero: sums must not cancel."""
    rng = np.random.default_rng(1)
    x, (scale, shift) = rng.normal(30.0, 1.0, size=shape).astype(dtype), rng.normal(size=(2, shape[-1])).astype(dtype)
    as_defined(lambda *inputs: ops.batch_norm(*inputs, slope=slope), x, scale, shift)
    as_defined(lambda *inputs: ops.add_bias(*inputs, slope=slope), x, shift)


@pytest.mark.parametrize("shape", [(0, 2, 2, 3), (0, 3)])
def test_a_batch_of_no_images(shape):
    """Has no values, and its gradients are zero, by the definition and by the kernels."""
    as_defined(lambda *inputs: ops.add_bias(*inputs, slope=0.2), np.zeros(shape, np.float32), np.ones(3, np.float32))


def test_statistics_of_numbers_far_from_zero():
    """Mean 10⁴, deviation 1, in float32: E[x²] − μ² would have lost every digit of the variance."""
    x = np.random.default_rng(0).normal(1e4, 1.0, (4000, 2)).astype(np.float32)
    with compiled_kernels():
        node, _ = ops.normalization.batch_norm_node(
            Tensor(x), Tensor(np.ones(2, np.float32)), Tensor(np.zeros(2, np.float32)), 1e-5, 1.0
        )
    exact = x.astype(np.float64)
    np.testing.assert_allclose(node.mean, exact.mean(0), rtol=1e-6)
    np.testing.assert_allclose(node.variance, exact.var(0), rtol=1e-4)


@pytest.mark.parametrize("slope", [0.0, 0.2])
def test_what_is_not_finite_stays_so(slope):
    """A run that diverges must not look healthy."""
    x = np.array([[np.nan, 1.0, -2.0], [np.inf, -np.inf, 0.0]], np.float32)
    zeros = Tensor(np.zeros(3, np.float32))
    defined = ops.add_bias(Tensor(x), zeros, slope).numpy()
    with compiled_kernels():
        np.testing.assert_array_equal(ops.add_bias(Tensor(x), zeros, slope).numpy(), defined)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_adam(dtype):
    """Ten steps of 1000 numbers, with a gradient that is not in C order."""
    results = []
    for threads in (0, 1, 3):
        rng = np.random.default_rng(0)
        p = Parameter(rng.normal(size=(20, 50)).astype(dtype))
        adam = Adam([p], 0.01)
        for _ in range(10):
            p.grad = Tensor(rng.normal(size=(50, 20)).astype(dtype).T)
            if threads:
                with compiled_kernels(threads):
                    adam.step()
            else:
                adam.step()
        results.append([p.numpy(), *adam.state_dict().values()])
    for others in results[1:]:
        for a, b in zip(results[0], others):
            np.testing.assert_allclose(b, a, rtol=1e-5 if dtype == np.float32 else 1e-12)


@given(data=st.data())
def test_products(data):
    """Of matrices, in any order of memory, of lists and of stacks, with sides of 0 and very long ones too."""
    sides = st.sampled_from([0, 1, 2, 3, 5, 40, 700])
    n, k, m = (data.draw(sides) for _ in range(3))
    a, b = data.draw(normal((n, k))), data.draw(normal((k, m)))
    tall = [data.draw(normal((rows, k))) for rows in (1, 9, 400)]
    stack = data.draw(normal((3, min(n, 9), k)))
    threads = data.draw(st.sampled_from([1, 2, 5]))
    with compiled_kernels(threads):
        np.testing.assert_allclose(product(a, b), a @ b, rtol=1e-9, atol=1e-9)
        for x, z in zip(tall, product(tall, [b] * 3)):
            np.testing.assert_allclose(z, x @ b, rtol=1e-9, atol=1e-9)
        for x, z in zip(tall, product(transposed(tall), tall)):
            np.testing.assert_allclose(z, x.T @ x, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(product(stack, b[None]), stack @ b[None], rtol=1e-9, atol=1e-9)


def test_small_products_of_a_tall_matrix(monkeypatch):
    """Where OpenBLAS multiplies small matrices directly: full parts, and the rows that remain."""
    monkeypatch.setattr(products, "SMALL", 40 * 12)
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(173, 4)), rng.normal(size=(4, 3))
    with compiled_kernels():
        np.testing.assert_allclose(product(a, b), a @ b, rtol=1e-12)


def step_of_both_networks(settings: dict) -> list[np.ndarray]:
    """Five training steps in float64: all weights, statistics, moments, and the metrics."""
    run = Run(Config(batch_size=6, width=6, latent=5, **settings))
    game, config, rng = run.game, run.config, np.random.default_rng(0)
    for network in (game.generator, game.discriminator):
        for tensor in network.parameters():
            tensor.data = tensor.data.astype(np.float64)
    betas = config.beta1, config.beta2
    game.generator_adam = Adam(game.generator.parameters(), config.lr, betas)
    game.discriminator_adam = Adam(game.discriminator.parameters(), config.lr, betas)
    size = config.image_size, config.image_size, config.channels
    for _ in range(5):
        metrics = game.step(Tensor(rng.uniform(-1, 1, (6, *size))), Tensor(rng.normal(size=(6, 5))))
    owners = game.generator, game.discriminator, game.generator_adam, game.discriminator_adam
    return [x for owner in owners for x in owner.state_dict().values()] + [x.numpy() for x in metrics.values()]


@pytest.mark.parametrize("settings", [{}, {"image_size": 32, "channels": 3}], ids=["28", "32"])
def test_five_training_steps(settings):
    """In float64 as by the definitions to 1e-9; with the same number of threads bit for bit, and so with another."""
    defined = step_of_both_networks(settings)
    runs = []
    for threads in (3, 3, 1):
        with compiled_kernels(threads):
            runs.append(step_of_both_networks(settings))
    for a, b, again, alone in zip(defined, *runs, strict=True):
        np.testing.assert_allclose(b, a, rtol=0, atol=1e-9 * max(1.0, np.abs(a).max()))
        assert b.tobytes() == again.tobytes()
        np.testing.assert_allclose(alone, b, rtol=0, atol=1e-9 * max(1.0, np.abs(a).max()))


def test_which_algorithm_is_chosen():
    """Minimal filtering where its loops are compiled; tiles of 4 where there are many, else of 2."""
    geometry = (4, 4, 5, 7), (2, 2), (1, 1), np.zeros(0, np.float32)
    with compiled_kernels():
        few, many = choose((3, 14, 14, 5), *geometry), choose((64, 14, 14, 5), *geometry)
        assert type(choose((64, 14, 14, 5), *geometry[:3], np.zeros(0, np.float16))) is not MinimalFiltering
    assert type(few) is type(many) is MinimalFiltering
    assert (few.tile_rows.size, many.tile_rows.size) == (2, 4)


# -- errors put into the loops on purpose -----------------------------------------------------------------------------

# Changes that change nothing: what is read there is multiplied by 0, or was 0 before.
HARMLESS = re.compile(
    r"min\(|max\(|tile_rows - 1|tile_columns - 1|len\(m0\)|shape\[1\] - 1|np\.zeros|h - tile \* t|TOGETHER // channels"
)


def check_channels() -> None:
    for slope in (0.0, 0.2):
        check_by_python(lambda *inputs, s=slope: ops.batch_norm(*inputs, slope=s), (3, 3, 1, 2), (2,), (2,))
        check_by_python(lambda *inputs, s=slope: ops.add_bias(*inputs, slope=s), (3, 3, 1, 2), (2,))
    states = []
    for by_loops in (False, True):
        p, rng = Parameter(np.ones(3)), np.random.default_rng(0)
        adam = Adam([p], 0.1, betas=(0.5, 0.9), epsilon=0.1)
        for _ in range(2):
            p.grad = Tensor(rng.normal(size=3))
            if by_loops:
                with compiled_kernels(1):
                    adam.step()
            else:
                adam.step()
        states.append([p.numpy(), *adam.state_dict().values()])
    for a, b in zip(*states):
        np.testing.assert_allclose(a, b, rtol=1e-9)
    maps = TapPlanes((2, 7, 5, 2), (3, 2, 2, 1), (2, 1), (1, 0))
    check_by_python(lambda x, w: ops.convolution.Convolution(maps)(x, w), (2, 7, 5, 2), (3, 2, 2, 1))


def check_tiles() -> None:
    for algorithm, n, height, width, c in ((Tiles2, 5, 6, 10, 2), (Tiles4, 5, 10, 14, 2), (Tiles4, 1, 4, 8, 5)):
        images, weights = (n, height, width, c), (4, 4, c, 4)
        maps = algorithm(images, weights, (2, 2), (1, 1))
        check_by_python(lambda x, w, m=maps: ops.convolution.Convolution(m)(x, w), images, weights)


def check_by_python(function, *shapes) -> None:
    rng = np.random.default_rng(0)
    as_defined(function, *(rng.normal(size=shape) for shape in shapes), threads=1)


@pytest.mark.parametrize(
    ("module", "user", "check"),
    [(loops, kernels, check_channels), (tile_loops, tile_kernels, check_tiles)],
    ids=["loops", "tile_loops"],
)
def test_every_error_in_a_loop_is_noticed(module, user, check, monkeypatch):
    """Every sum, product, comparison and index is changed in turn, in the loops run as Python on small arrays."""
    unnoticed, count = [], 0
    for place, changed in changed_modules(module):
        count += 1
        monkeypatch.setattr(user, "loops", changed)
        try:
            with np.errstate(all="ignore"):
                check()
        except (AssertionError, IndexError, ValueError, ZeroDivisionError, RuntimeError, TypeError):
            continue
        if not HARMLESS.search(place):
            unnoticed.append(place)
    assert count > 50
    assert not unnoticed, "\n".join(unnoticed)

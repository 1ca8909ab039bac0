"""The CUDA kernels, without a GPU: they compile for one, and compiled as C++ they compute what their definitions do.

That every op that runs on them has the right values and gradients is seen in `test_devices.py`.  Here is what the sizes
of its cases do not reach; on the stand-in and, if there is one, on a GPU.
"""

import re
from pathlib import Path

import numpy as np
import pytest

import minigan
from minigan import Tensor, ops
from minigan.arrays import cuda_kernels as kernels
from minigan.arrays.backend import kernel, open_device, to_device, to_host
from minigan.gan import Discriminator, Game, Generator
from minigan.nn import Parameter
from minigan.ops.algorithms import Im2col, TapPlanes
from minigan.ops.nine_products import NineProducts
from minigan.optim import Adam
from tests.support import kernel_runner, standin
from tests.support.kernel_runner import Runner, signatures
from tests.support.nodes import leaves, weights_for
from tests.support.nvidia_compilers import find_compiler

PACKAGE = Path(minigan.__file__).parent
COMPILER = find_compiler()
compiles_here = pytest.mark.skipif(
    COMPILER is None, reason="no CUDA compiler: pip install nvidia-cuda-nvrtc, or put nvcc on the PATH"
)
runs_here = pytest.mark.skipif(not kernel_runner.compiler(), reason="no C++ compiler: neither g++ nor clang++")


@compiles_here
@pytest.mark.parametrize("char", kernels.TYPES)
@pytest.mark.parametrize("architecture", ["sm_80", "sm_90"])
def test_they_compile_for_a_gpu(architecture, char):
    """Without a warning, for A100 and H100."""
    assert COMPILER(kernels.source(char), architecture) == ""


@compiles_here
def test_a_mistake_does_not_compile():
    """The check above can fail."""
    wrong = kernels.source("f").replace("const T u = x[item];", "const T u = x[item]; undeclared++;")
    assert "undeclared" in COMPILER(wrong, "sm_90")


@pytest.fixture
def gpu(device):
    """A device on which the kernels run."""
    if device == "standin" and not kernel_runner.compiler():
        pytest.skip("no C++ compiler: neither g++ nor clang++")
    return device


def step_of_both_networks() -> list[np.ndarray]:
    """One float32 training step of small networks on the stand-in: all weights, statistics, moments, metrics."""
    rng = np.random.default_rng(0)
    networks = Generator(28, 1, 8, 4, rng=rng).to("standin"), Discriminator(28, 1, 8, rng=rng).to("standin")
    game = Game(*networks, lr=1e-3, betas=(0.5, 0.999))
    real = Tensor(to_device(rng.uniform(-1, 1, (3, 28, 28, 1)).astype(np.float32), "standin"))
    z = Tensor(to_device(rng.normal(size=(3, 4)).astype(np.float32), "standin"))
    metrics = game.step(real, z)
    states = [owner.state_dict() for owner in (*networks, game.generator_adam, game.discriminator_adam)]
    return [x for state in states for x in state.values()] + [x.numpy() for x in metrics.values()]


@runs_here
def test_every_kernel_is_used_and_the_order_of_its_threads_does_not_show(monkeypatch):
    """A training step runs all kernels; with all threads backwards it gives the same bits."""
    launched, launch = set(), Runner.launch

    def listening(self, name, *arguments):
        launched.add(name)
        launch(self, name, *arguments)

    monkeypatch.setattr(Runner, "launch", listening)
    forwards = step_of_both_networks()
    assert launched == signatures(kernels.source("f")).keys()
    monkeypatch.setattr(Runner, "backwards", True)
    for a, b in zip(forwards, step_of_both_networks(), strict=True):
        assert np.isfinite(a).all()
        assert a.tobytes() == b.tobytes()


def on_both(gpu, function, *arrays) -> None:
    """The value of a function of Tensors, and its gradients: on the GPU as on the host, to rounding."""
    results = []
    for device in ("cpu", gpu):
        inputs = leaves(arrays, arrays[0].dtype, device)
        y = function(*inputs)
        y.backward(weights_for(y))
        results.append([y.numpy(), *(x.grad.numpy() for x in inputs)])
    for here, there in zip(*results):
        assert there.dtype == here.dtype
        scale = max(1.0, np.abs(here).max())
        tolerance = 1e-13 if here.dtype == np.float64 else 1e-5
        np.testing.assert_allclose(there, here, rtol=0, atol=tolerance * scale)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("algorithm", "size", "kernel", "stride", "padding"),
    [
        (NineProducts, (14, 14), 4, 2, 1),  # MNIST's: 7×7 responses, so tiles are cut off
        (NineProducts, (8, 10), 4, 2, 1),
        (Im2col, (9, 7), 3, 2, 1),
        (Im2col, (8, 6), 5, 3, 2),
        (TapPlanes, (12, 8), 4, 2, 1),
    ],
)
def test_convolutions_of_many_blocks_of_threads(algorithm, size, kernel, stride, padding, dtype, gpu):
    """Each algorithm forwards and backwards, with odd edges and more numbers than one block has threads."""
    rng = np.random.default_rng(0)
    images, weights = (5, *size, 3), (kernel, kernel, 3, 7)

    def convolve(x, w):
        return ops.convolution.Convolution(algorithm(images, weights, (stride, stride), (padding, padding)))(x, w)

    on_both(gpu, convolve, *(rng.normal(size=shape).astype(dtype) for shape in (images, weights)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("slope", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("shape", [(6, 9, 7, 5), (130, 3), (2, 1, 1, 300)])
def test_batch_norm_in_parts(shape, slope, dtype, gpu):
    """378 pixels are 20 parts, the last one shorter; 2 pixels are 2 parts.  Far from zero: sums must not cancel."""
    rng = np.random.default_rng(1)
    x = rng.normal(30.0, 1.0, size=shape).astype(dtype)
    on_both(
        gpu, lambda *inputs: ops.batch_norm(*inputs, slope=slope), x, *rng.normal(size=(2, shape[-1])).astype(dtype)
    )


def test_batch_norm_of_numbers_far_from_zero(gpu):
    """Mean 10⁴, deviation 1, in float32: E[x²] − μ² would have lost every digit of the variance."""
    x = np.random.default_rng(0).normal(1e4, 1.0, (4000, 2)).astype(np.float32)
    ones, zeros = (Tensor(to_device(f(2, np.float32), gpu)) for f in (np.ones, np.zeros))
    node, _ = ops.normalization.batch_norm_node(Tensor(to_device(x, gpu)), ones, zeros, 1e-5, 1.0)
    exact = x.astype(np.float64)
    np.testing.assert_allclose(to_host(node.mean), exact.mean(0), rtol=1e-6)
    np.testing.assert_allclose(to_host(node.variance), exact.var(0), rtol=1e-4)


def test_what_is_not_finite_stays_so(gpu):
    """A run that diverges must not look healthy on a GPU: nan and infinity come out as on the host."""
    x = np.array([[np.nan, 1.0, -2.0], [np.inf, -np.inf, 0.0]], np.float32)
    for function in (
        ops.softplus,
        ops.sigmoid,
        lambda x: ops.add_bias(x, Tensor(to_device(np.zeros(3, np.float32), x.device)), 0.0),
        lambda x: ops.add_bias(x, Tensor(to_device(np.zeros(3, np.float32), x.device)), 0.2),
    ):
        here, there = (function(Tensor(to_device(x, device))).numpy() for device in ("cpu", gpu))
        np.testing.assert_allclose(there, here, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_adam_on_a_large_parameter(dtype, gpu):
    """Ten steps of 1000 numbers, with a gradient that is not in C order."""
    results = []
    for device in ("cpu", gpu):
        rng = np.random.default_rng(0)
        p = Parameter(to_device(rng.normal(size=(20, 50)).astype(dtype), device))
        adam = Adam([p], 0.01)
        for _ in range(10):
            p.grad = Tensor(to_device(rng.normal(size=(50, 20)).astype(dtype), device).T)
            adam.step()
        results.append([p.numpy(), *adam.state_dict().values()])
    for here, there in zip(*results):
        np.testing.assert_allclose(there, here, rtol=1e-5 if dtype == np.float32 else 1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("turned", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("stacks", [(3, 3), (1, 3), (3, 1)])
@pytest.mark.parametrize("sizes", [(4, 5, 2), (1, 5, 2), (4, 1, 2), (4, 5, 1), (1, 1, 1)])
def test_products_of_stacks(sizes, stacks, turned, dtype, gpu):
    """What cuBLAS is told, in every order of the factors and for vectors too, gives what NumPy's matmul gives."""
    rng, (n, k, m) = np.random.default_rng(0), sizes
    factors = []
    for stack, shape, turn in zip(stacks, ((n, k), (k, m)), turned):
        x = rng.normal(size=(stack, *(shape[::-1] if turn else shape))).astype(dtype)
        factors.append((x, turn))
    here, there = (
        [to_device(x, device).swapaxes(1, 2) if turn else to_device(x, device) for x, turn in factors]
        for device in ("cpu", gpu)
    )
    np.testing.assert_allclose(
        to_host(ops.algorithms.product(*there)), here[0] @ here[1], rtol=1e-5 if dtype == np.float32 else 1e-13
    )


@runs_here
@pytest.mark.parametrize(("setting", "compute"), [("0", 68), ("1", 77)])
def test_tf32_is_asked_for_by_the_variable_of_cupy(setting, compute, monkeypatch):
    """Products of stacks follow CUPY_TF32, as CuPy's own of two matrices do; float64 is left alone."""
    from minigan.arrays.cuda import cupy_backend

    monkeypatch.setenv("CUPY_TF32", setting)
    asked = []
    cublas = standin.SimpleNamespace(**vars(standin.cublas))
    cublas.gemmStridedBatchedEx = lambda *arguments: asked.append(arguments[-2])
    multiply = cupy_backend(standin.xp, cublas).stacked_product
    for dtype in (np.float32, np.float64):
        multiply(*(to_device(np.zeros((2, 2, 2), dtype), "standin") for _ in range(3)))
    assert asked == [compute, 70]


@runs_here
def test_half_precision_is_left_to_the_definitions():
    """And what else the kernels do not know."""
    assert kernel("softplus", to_device(np.ones(3, np.float16), "standin")) is None
    assert kernel("tanh", to_device(np.ones(3), "standin")) is None
    assert kernel("softplus", np.ones(3)) is None
    assert kernel("softplus", to_device(np.ones(3), "standin")) is kernels.softplus


def test_every_kernel_of_the_table_is_asked_for():
    """By its name, in the source of an op; and no op asks for one that no table has."""
    compiled = pytest.importorskip("minigan.arrays.compiled.kernels", reason="Numba is not installed").KERNELS
    sources = [
        path.read_text("utf-8")
        for path in [path for room in ("ops", "optim") for path in (PACKAGE / room).glob("*.py")]
    ]
    asked = {name for text in sources for name in re.findall(r"kernel\(\"(\w+)\"", text)}
    assert asked == {*kernels.KERNELS, *compiled}


@runs_here
def test_more_numbers_than_the_kernels_can_count(monkeypatch):
    monkeypatch.setattr(kernels, "LARGEST", 9)
    with pytest.raises(ValueError, match="softplus expected arrays of at most 9 numbers; use a smaller batch"):
        ops.softplus(Tensor(to_device(np.ones(10), "standin")))


@runs_here
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((np.ones(4), np.ones(4), np.int32(5)), "wrote outside"),
        ((np.ones(4), np.int32(4)), "2 arguments for 3 parameters"),
        ((np.ones(4, np.float32), np.ones(4), np.int32(4)), "float32 for float64"),
        ((np.ones(4), np.ones(4), 4), "int expected"),
        ((np.ones((4, 4))[:, ::2], np.ones(8), np.int32(8)), "not dense"),
    ],
)
def test_the_runner_is_strict(arguments, words):
    """What a GPU would not notice: a thread too many, an argument too few, the wrong type, a gap in memory."""
    runner = Runner(kernels.source("d"))
    with pytest.raises(AssertionError, match=words):
        runner.launch("softplus", (1,), (8,), list(arguments))


@runs_here
def test_the_runner_refuses_an_array_under_two_names():
    x = np.ones(4)
    with pytest.raises(AssertionError, match="under another name"):
        Runner(kernels.source("d")).launch("softplus", (1,), (4,), [x, x, np.int32(4)])


def test_kernels_are_shipped():
    """The source is read from the package, and has a kernel for each launch."""
    assert open_device("cpu").stacked_product is None
    assert len(signatures(kernels.source("f"))) > 10

"""An array library for machines without a GPU that is as strict as one with a GPU, and stricter.

Its arrays hold a NumPy array behind a wall.  Nothing crosses the wall but through the two doors: `put` (copy in) and
`get` (copy out, counted in `reads`).  Whatever would quietly copy on CuPy, or fail there, fails here: conversion to
NumPy, a NumPy array or scalar as an operand, iteration.  `float(x)`, `bool(x)` and the like are counted as reads,
because each one makes the host wait for the GPU; what is copied in is listed in `copies`.

CUDA kernels run as well, from the same source, one thread after the other (`kernel_runner.py`); so does the one
function of cuBLAS that is called directly.  New memory is full of nan: a number that nobody wrote does not go unseen.
"""

import ctypes
from types import ModuleType, SimpleNamespace

import numpy as np

from minigan.arrays import backend, cuda

from . import kernel_runner

DEVICE = "standin"
reads = 0  # how many times something was copied back to the host
copies: list[tuple[tuple[int, ...], str]] = []  # shape and type of all that was copied in


class Refused(TypeError):
    """Something that a GPU array would not do, or not without a hidden copy."""


class FarArray:
    """An array on the other side of the wall."""

    __array_ufunc__ = None  # NumPy's operators and functions leave us alone
    __hash__ = None

    def __init__(self, behind: np.ndarray):
        self._behind = behind

    def __array__(self, *args, **kwargs):
        raise Refused("implicit conversion to a NumPy array; use minigan.arrays.backend.to_host")

    def __iter__(self):
        raise Refused("iteration over an array of the device")

    def __len__(self):
        return len(self._behind)

    def __getitem__(self, index):
        return _wrap(self._behind[_unwrap(index)])

    def __setitem__(self, index, value):
        self._behind[_unwrap(index)] = _unwrap(value)

    def __getattr__(self, name):
        """Attributes (shape, dtype …) as they are, methods (sum, reshape …) with arguments and result wrapped."""
        if name.startswith("_"):
            raise AttributeError(name)
        return _cross(getattr(self._behind, name))

    def ravel(self, order="C"):
        if order not in "CF":
            raise NotImplementedError(f"CuPy has no ravel with order={order!r}")
        return _wrap(self._behind.ravel(order))

    @property
    def data(self):
        """The address in memory, as in CuPy."""
        return SimpleNamespace(ptr=self._behind.ctypes.data)

    def get(self) -> np.ndarray:
        """A copy on the host, counted."""
        global reads
        reads += 1
        return self._behind.copy()

    def item(self):
        return self.get().item()

    def tolist(self):
        return self.get().tolist()

    def __float__(self):
        return float(self.get())

    def __int__(self):
        return int(self.get())

    def __bool__(self):
        return bool(self.get())


def _add_operators():
    """Give FarArray the operators of NumPy's arrays: + − * / …, the reflected ones, and the ones in place."""
    arithmetic = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor"]
    names = [prefix + name for name in arithmetic for prefix in ("", "r")] + ["eq", "ne", "lt", "le", "gt", "ge"]
    for name in names:

        def operator(self, other, name=f"__{name}__"):
            return _wrap(getattr(self._behind, name)(_unwrap(other)))

        setattr(FarArray, f"__{name}__", operator)
    for name in ["neg", "pos", "abs", "invert"]:

        def unary(self, name=f"__{name}__"):
            return _wrap(getattr(self._behind, name)())

        setattr(FarArray, f"__{name}__", unary)
    for name in arithmetic:

        def in_place(self, other, name=f"__i{name}__"):
            getattr(self._behind, name)(_unwrap(other))
            return self

        setattr(FarArray, f"__i{name}__", in_place)


_add_operators()


def _unwrap(x):
    """An argument on its way behind the wall."""
    if isinstance(x, FarArray):
        return x._behind
    if isinstance(x, np.ndarray):
        raise Refused(f"a NumPy array of shape {x.shape} as an operand; use minigan.arrays.backend.to_device")
    if isinstance(x, np.generic):
        raise Refused(f"a NumPy scalar ({type(x).__name__}) as an operand; it would promote float32")
    if isinstance(x, (tuple, list)):
        return type(x)(_unwrap(item) for item in x)
    return x


def _wrap(x):
    """A result on its way out: arrays, and NumPy's scalars too, stay behind the wall."""
    if isinstance(x, np.ndarray):
        return FarArray(x)
    if isinstance(x, np.generic):
        return FarArray(np.asarray(x))
    if isinstance(x, (tuple, list)) and any(isinstance(item, (np.ndarray, np.generic)) for item in x):
        return type(x)(_wrap(item) for item in x)
    return x


def _cross(thing):
    """Something of NumPy's made fit for FarArrays: functions and modules wrapped, types and constants as they are."""
    if isinstance(thing, ModuleType):
        return FarModule(thing)
    if isinstance(thing, np.ndarray):
        return _wrap(thing)
    if isinstance(thing, type) or not callable(thing):
        return thing

    def crossing(*args, out=None, **kwargs):
        kwargs = {name: _unwrap(value) for name, value in kwargs.items()}
        if out is not None:
            kwargs["out"] = _unwrap(out)
        result = thing(*_unwrap(args), **kwargs)
        return _wrap(result) if out is None else out

    if isinstance(thing, np.ufunc):
        crossing.at = _cross(thing.at)
    return crossing


class FarModule:
    """A module of NumPy's, seen through the wall: the `xp` of the stand-in."""

    def __init__(self, module: ModuleType):
        self._module = module

    def __getattr__(self, name):
        return _cross(getattr(self._module, name))

    def asarray(self, x, dtype=None):
        """The door in, as in CuPy: NumPy arrays and numbers are copied to the device."""
        if isinstance(x, FarArray):
            return FarArray(np.asarray(x._behind, dtype=dtype))
        here = np.array(x, dtype=dtype)
        copies.append((here.shape, here.dtype.name))
        return FarArray(here)

    array = asarray

    def empty(self, shape, dtype=np.float64):
        return FarArray(np.full(shape, np.nan, dtype) if np.dtype(dtype).kind == "f" else np.empty(shape, dtype))

    def empty_like(self, x):
        return FarArray(np.full_like(x._behind, np.nan) if x.dtype.kind == "f" else np.empty_like(x._behind))


class RawModule:
    """CUDA source, as CuPy takes it."""

    def __init__(self, code: str):
        self.runner = kernel_runner.Runner(code)

    def get_function(self, name: str):
        def launch(grid, block, arguments):
            self.runner.launch(name, grid, block, [x._behind if isinstance(x, FarArray) else x for x in arguments])

        return launch


def gemm_strided_batched_ex(
    handle, turn_a, turn_b, m, n, k, alpha, a, type_a, lda, step_a, b, type_b, ldb, step_b, beta, c, type_c, ldc,
    step_c, count, compute, algorithm,
):  # fmt: skip
    """cuBLAS's function of that name, for addresses on the host: C ← α op(A) op(B) + β C, everything by columns."""
    assert handle == HANDLE
    assert (type_a, type_b, compute) == (type_c, type_c, COMPUTE[type_c])
    real = {0: ctypes.c_float, 1: ctypes.c_double}[type_c]

    def matrices(address, rows, columns, leading, step):
        """A view (count, rows, columns) of matrices stored by columns."""
        assert leading >= rows
        flat = np.ctypeslib.as_array(
            (real * ((count - 1) * step + (columns - 1) * leading + rows)).from_address(address)
        )
        strides = [flat.itemsize * i for i in (step, 1, leading)]
        return np.lib.stride_tricks.as_strided(flat, (count, rows, columns), strides)

    left = matrices(a, *((k, m) if turn_a else (m, k)), lda, step_a)
    right = matrices(b, *((n, k) if turn_b else (k, n)), ldb, step_b)
    out = matrices(c, m, n, ldc, step_c)
    factors = [np.ctypeslib.as_array((real * 1).from_address(x))[0] for x in (alpha, beta)]
    assert factors[1] == 0  # then C may hold anything, nan too
    out[...] = factors[0] * ((left.swapaxes(1, 2) if turn_a else left) @ (right.swapaxes(1, 2) if turn_b else right))


HANDLE = 77
COMPUTE = {0: 68, 1: 70}  # CUBLAS_COMPUTE_32F and _64F, by CUDA_R_32F and _64F
cublas = SimpleNamespace(
    gemmStridedBatchedEx=gemm_strided_batched_ex, CUBLAS_GEMM_DEFAULT=-1,
    CUBLAS_COMPUTE_32F=68, CUBLAS_COMPUTE_64F=70, CUBLAS_COMPUTE_32F_FAST_TF32=77,
)  # fmt: skip


class Device:
    """The GPU: the last one `use`d, of those there are."""

    current, count = 0, 2

    def __init__(self, number: int | None = None):
        self.id = Device.current if number is None else number

    def use(self):
        assert self.id < Device.count
        Device.current = self.id

    def synchronize(self):
        pass


class FakeCuPy(FarModule):
    """As much of CuPy as minigan uses."""

    __version__ = "14.0.0"
    ndarray = FarArray
    RawModule = RawModule
    cuda = SimpleNamespace(
        Device=Device,
        device=SimpleNamespace(get_cublas_handle=lambda: HANDLE),
        runtime=SimpleNamespace(
            CUDA_R_32F=0,
            CUDA_R_64F=1,
            driverGetVersion=lambda: 13000,
            runtimeGetVersion=lambda: 12090,
            getDeviceCount=lambda: Device.count,
            getDeviceProperties=lambda number: {"name": b"Stand-in 100"},
        ),
    )

    @staticmethod
    def get_default_memory_pool():
        return SimpleNamespace(total_bytes=lambda: 3 << 20)

    @staticmethod
    def asnumpy(x: FarArray) -> np.ndarray:
        return x.get()


xp = FakeCuPy(np)


def install() -> None:
    """Let minigan know the device "standin"; without a C++ compiler the definitions run in place of the kernels."""
    made = cuda.cupy_backend(xp, cublas)
    backend.register(DEVICE, made if kernel_runner.compiler() else made._replace(kernels={}))

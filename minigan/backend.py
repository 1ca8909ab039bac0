"""Where arrays live: NumPy on the host, CuPy on a GPU.

One door in (`to_device`), one door out (`to_host`), and `namespace(x)`, which answers with the module whose
functions work on `x`.  There is no "current device": an array knows where it is, and results stay there.  A process
works on one GPU.  Another array library enters through `register`.
"""

import os
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Array = Any  # an array of any registered library


INSTALL = "pip install 'minigan[cuda12]', or cuda13 (nvidia-smi says which CUDA the driver is for)"


class DeviceError(ValueError):
    """A device was asked for that this machine cannot give."""


class Backend(NamedTuple):
    """An array library: its NumPy-like module, its array type, and its two doors.

    A GPU's also has `stacked_product(a, b, out)` for stacks of matrices; `wait()` until all that was asked for is done;
    and for reports `memory()`, the most bytes that it has taken, and `facts()`, short texts by name.
    """

    xp: Any
    array_type: type
    put: Callable[[np.ndarray], Array]
    get: Callable[[Array], np.ndarray]
    stacked_product: Callable[[Array, Array, Array], None] | None = None
    wait: Callable[[], object] = lambda: None
    memory: Callable[[], int] = lambda: 0
    facts: Callable[[], dict[str, str]] = dict


_backends = {"cpu": Backend(np, np.ndarray, np.asarray, np.asarray)}


def register(device: str, backend: Backend) -> None:
    """Make `to_device(x, device)` mean `backend`."""
    _backends[device] = backend


def namespace(x: Array) -> Any:
    """The module (`numpy`, `cupy`, …) whose functions take `x`.

    Raises TypeError for anything that is not an array.
    """
    if isinstance(x, (np.ndarray, np.generic)):
        return np
    return backend_of(x).xp


def backend_of(x: Array) -> Backend:
    """The backend of the device that holds `x`."""
    return _backends[device_of(x)]


def device_of(x: Array) -> str:
    """The name of the device that holds `x`: "cpu", "cuda", "cuda:1", …"""
    if isinstance(x, np.generic):
        return "cpu"
    for device, backend in _backends.items():
        if isinstance(x, backend.array_type):
            return device
    raise TypeError(f"expected an array, got {type(x).__name__}; wrap it with numpy.asarray first")


def to_device(x: np.ndarray, device: str) -> Array:
    """Copy a host array to `device`; raises DeviceError where there is no such device."""
    return open_device(device).put(x)


def to_host(x: Array) -> np.ndarray:
    """Copy an array back to the host as a NumPy array (no copy if it is there already)."""
    return backend_of(x).get(x)


def open_device(device: str) -> Backend:
    """The backend of a device name; "cuda", which is "cuda:0", and "cuda:1" and so on load CuPy when first asked for.

    Raises DeviceError if the name is unknown or nothing answers to it here, and says what is missing.
    """
    device = canonical(device)
    if device not in _backends:
        if not re.fullmatch(r"cuda(:\d+)?", device):
            raise DeviceError(f"expected device 'cpu', 'cuda' or 'cuda:N' (N from 0 on), got {device!r}")
        opened = [name for name in _backends if name.startswith("cuda")]
        if opened:  # CuPy computes where it last was told to, and its arrays would not say which GPU that is
            raise DeviceError(f"device {device!r}: this process already works on {opened[0]!r}, and takes one GPU only")
        register(device, _open_cuda(device))
    return _backends[device]


def canonical(device: str) -> str:
    """One name for each device: "cuda" for "cuda:0", the others as they are."""
    return "cuda" if device == "cuda:0" else device


def _open_cuda(device: str) -> Backend:
    """CuPy on one GPU; raises DeviceError, saying whether a package, the driver or the device is missing."""
    try:
        import cupy
        from cupy_backends.cuda.libs import cublas
    except ImportError as error:
        if error.name in ("cupy", "cupy_backends"):
            raise DeviceError(f"device {device!r} needs the package CuPy, which is not installed: {INSTALL}") from error
        reason = str(error).strip().splitlines()[0]
        raise DeviceError(f"device {device!r}: CuPy is installed but lacks a library ({reason}): {INSTALL}") from error
    number = int(device.partition(":")[2] or 0)
    _find_gpu(cupy.cuda.runtime, device, number)
    try:  # one real operation, that compiles a kernel and calls cuBLAS
        cupy.cuda.Device(number).use()
        working = float((cupy.ones((2, 3)) @ cupy.ones((3, 2))).sum()) == 12
    except Exception as error:
        raise DeviceError(f"device {device!r}: the GPU is there but does not compute ({error})") from error
    if not working:
        raise DeviceError(f"device {device!r}: the GPU is there but computes wrongly; use cpu")
    return cupy_backend(cupy, cublas)


def _find_gpu(runtime: Any, device: str, number: int) -> None:
    """Raise DeviceError unless there is a driver and a GPU of that number: `import cupy` succeeds without either."""
    driver, needed = (version() // 1000 for version in (runtime.driverGetVersion, runtime.runtimeGetVersion))
    if driver == 0:
        raise DeviceError(f"device {device!r}: CuPy is installed, but this machine has no NVIDIA driver; use cpu")
    try:
        found = runtime.getDeviceCount()
    except Exception as error:
        if driver < needed:
            raise DeviceError(
                f"device {device!r}: the NVIDIA driver is for CUDA {driver}, the CuPy installed for CUDA {needed}: "
                f"update the driver, or put in its place minigan[cuda{driver}]"
            ) from error
        raise DeviceError(f"device {device!r}: there is a driver, but no GPU ({error}); use cpu") from error
    if number >= found:
        there = {0: "no GPU; use cpu", 1: "one GPU, 'cuda'"}.get(found, f"{found} GPUs, 'cuda:0' to 'cuda:{found - 1}'")
        raise DeviceError(f"device {device!r}: the NVIDIA driver finds {there}")


def cupy_backend(cupy: Any, cublas: Any) -> Backend:
    """The backend made of the modules `cupy` and `cupy_backends.cuda.libs.cublas`."""
    tf32 = os.environ.get("CUPY_TF32") == "1"  # as CuPy decides it for products of two matrices
    single = cupy.cuda.runtime.CUDA_R_32F, cublas.CUBLAS_COMPUTE_32F_FAST_TF32 if tf32 else cublas.CUBLAS_COMPUTE_32F
    double = cupy.cuda.runtime.CUDA_R_64F, cublas.CUBLAS_COMPUTE_64F

    def stacked_product(a: Array, b: Array, out: Array) -> None:
        """out = a b for stacks (S, n, k), (S, k, m), (S, n, m); each matrix of a and b in C order or its transpose.

        CuPy's own would first copy what is transposed, and knows no TF32.  cuBLAS takes matrices by columns, to which
        out in C order is outᵀ = bᵀ aᵀ.  A stack of one matrix is used for all (a step of 0).
        """
        stack, n, m = out.shape
        kind, compute = double if out.dtype == np.float64 else single
        one, zero = (np.array(value, out.dtype) for value in (1.0, 0.0))

        def factor(x: Array) -> tuple[int, tuple[int, int, int, int]]:
            """Whether cuBLAS has to transpose x; then its address, its type, the length of its columns, the step."""
            turned = not x[0].flags.c_contiguous
            step = 0 if x.shape[0] == 1 else x.shape[1] * x.shape[2]
            return int(turned), (x.data.ptr, kind, x.shape[1 if turned else 2], step)

        (turn_a, a_in_memory), (turn_b, b_in_memory) = factor(a), factor(b)
        cublas.gemmStridedBatchedEx(
            cupy.cuda.device.get_cublas_handle(), turn_b, turn_a, m, n, a.shape[2],
            one.ctypes.data, *b_in_memory, *a_in_memory, zero.ctypes.data, out.data.ptr, kind, m, n * m,
            stack, compute, cublas.CUBLAS_GEMM_DEFAULT,
        )  # fmt: skip

    def facts() -> dict[str, str]:
        properties = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)
        driver, runtime = (
            f"{version // 1000}.{version % 1000 // 10}"
            for version in (cupy.cuda.runtime.driverGetVersion(), cupy.cuda.runtime.runtimeGetVersion())
        )
        return {
            "GPU": properties["name"].decode(),
            "CuPy": f"{cupy.__version__}, CUDA {runtime}, driver for CUDA {driver}",
        }

    def wait() -> None:
        cupy.cuda.Device().synchronize()

    memory = cupy.get_default_memory_pool().total_bytes  # it gives nothing back, so what it has is the most it had
    return Backend(cupy, cupy.ndarray, cupy.asarray, cupy.asnumpy, stacked_product, wait, memory, facts)

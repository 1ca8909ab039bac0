"""An NVIDIA GPU as a backend: CuPy, cuBLAS, and the CUDA kernels.  Loaded on the first use of a "cuda" device."""

import os
from typing import Any

import numpy as np

from ..errors import DeviceError
from .backend import Array, Backend
from .cuda_kernels import KERNELS

INSTALL = "pip install 'minigan[cuda12]', or cuda13 (nvidia-smi says which CUDA the driver is for)"


def open_cuda(device: str) -> Backend:
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
    try:  # one real computation, which compiles a kernel and calls cuBLAS
        cupy.cuda.Device(number).use()
        working = float((cupy.ones((2, 3)) @ cupy.ones((3, 2))).sum()) == 12
    except Exception as error:
        hint = "; set CUPY_CACHE_DIR to a folder that can be written" if isinstance(error, OSError) else ""
        raise DeviceError(f"device {device!r}: the GPU was found, but computing on it fails ({error}){hint}") from error
    if not working:
        raise DeviceError(f"device {device!r}: the GPU was found, but gives wrong results; use cpu")
    return cupy_backend(cupy, cublas)


def count_gpus() -> int:
    """The number of GPUs that CuPy finds; 0 if it is not installed, or cannot say."""
    try:
        import cupy

        return cupy.cuda.runtime.getDeviceCount()
    except Exception:  # `open_cuda` says what is missing
        return 0


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
                f"update the driver, or install minigan[cuda{driver}] instead"
            ) from error
        raise DeviceError(f"device {device!r}: there is a driver, but no GPU ({error}); use cpu") from error
    if number >= found:
        there = {0: "no GPU; use cpu", 1: "one GPU, 'cuda'"}.get(found, f"{found} GPUs, 'cuda:0' to 'cuda:{found - 1}'")
        raise DeviceError(f"device {device!r}: the NVIDIA driver finds {there}")


def cupy_backend(cupy: Any, cublas: Any) -> Backend:
    """The backend made of the modules `cupy` and `cupy_backends.cuda.libs.cublas`."""
    tf32 = os.environ.get("CUPY_TF32") == "1"  # the same setting that CuPy uses for products of two matrices
    single = cupy.cuda.runtime.CUDA_R_32F, cublas.CUBLAS_COMPUTE_32F_FAST_TF32 if tf32 else cublas.CUBLAS_COMPUTE_32F
    double = cupy.cuda.runtime.CUDA_R_64F, cublas.CUBLAS_COMPUTE_64F

    def stacked_product(a: Array, b: Array, out: Array) -> None:
        """out = a b for stacks (S, n, k), (S, k, m), (S, n, m); each matrix of a and b in C order or its transpose.

        CuPy's own function would first copy transposed matrices, and never uses TF32.  cuBLAS expects matrices stored
        by columns: read so, `out` in C order is outᵀ = bᵀ aᵀ.  A stack of one matrix is used for all (a step of 0).
        """
        stack, n, m = out.shape
        kind, compute = double if out.dtype == np.float64 else single
        one, zero = (np.array(value, out.dtype) for value in (1.0, 0.0))

        def factor(x: Array) -> tuple[int, tuple[int, int, int, int]]:
            """Whether cuBLAS must transpose x; then its address, type, column length, and step to the next matrix."""
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

    memory = cupy.get_default_memory_pool().total_bytes  # the pool never shrinks, so its size now is its maximum
    return Backend(cupy, cupy.ndarray, cupy.asarray, cupy.asnumpy, KERNELS, stacked_product, wait, memory, facts)

"""The machine of a measurement: CPU, BLAS, its kernel, threads, allocator.  Times depend on all of them."""

import ctypes
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from ..arrays.allocator import has_glibc
from ..arrays.backend import open_device


def describe(device: str = "cpu") -> dict[str, str]:
    """Short descriptions of the machine and its device, by name."""
    config = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    threads, kernel = openblas()
    pinned = os.environ.get("OPENBLAS_CORETYPE")
    return {
        **open_device(device).facts(),
        "CPU": f"{cpu()}, {len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores",
        "Python, NumPy": f"{platform.python_version()}, {np.__version__}",
        "BLAS": f"{config.get('name')} {config.get('version')}, kernel {kernel}, {threads} threads",
        "OPENBLAS_CORETYPE": pinned or "not set",
        "PyTorch": torch(),
        "allocator": "glibc malloc, set to keep freed memory" if has_glibc() else "the system's default",
    }


def torch() -> str:
    """PyTorch's version; it is not imported, because child processes inherit the peak memory of their parent."""
    try:
        return f"{version('torch')}, as many threads as cores"
    except PackageNotFoundError:
        return "not installed"


def cpu() -> str:
    """The processor's name, or its architecture if the system does not report a name."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def openblas() -> tuple[str, str]:
    """Threads and kernel (the instruction set chosen at run time) of NumPy's OpenBLAS; "unknown" for another BLAS."""
    folder = Path(np.__file__).parent.parent / "numpy.libs"
    for path in folder.glob("*openblas*"):
        library = ctypes.CDLL(str(path))
        for prefix in ("scipy_", ""):
            for suffix in ("64_", ""):
                try:
                    corename = getattr(library, f"{prefix}openblas_get_corename{suffix}")
                    threads = getattr(library, f"{prefix}openblas_get_num_threads{suffix}")
                except AttributeError:
                    continue
                corename.restype = ctypes.c_char_p
                return str(threads()), corename().decode()
    return "unknown", "unknown"

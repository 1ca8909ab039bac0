"""The machine of a measurement: CPU, BLAS, its kernel, threads, allocator.  Times depend on all of them."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from ..arrays.allocator import has_glibc
from ..arrays.backend import open_device
from ..arrays.blas import openblas
from ..arrays.cpu import compiled_kernels_installed


def describe(device: str = "cpu") -> dict[str, str]:
    """Short descriptions of the machine and its device, by name."""
    config = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    threads, kernel = openblas()
    pinned = os.environ.get("OPENBLAS_CORETYPE")
    return {
        **open_device(device).facts(),
        "CPU": f"{cpu()}, {len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores",
        "Python, NumPy": f"{platform.python_version()}, {np.__version__}",
        **({"kernels": cpu_kernels()} if device == "cpu" else {}),
        "BLAS": f"{config.get('name')} {config.get('version')}, kernel {kernel}, {threads} threads",
        "OPENBLAS_CORETYPE": pinned or "not set",
        "PyTorch": torch(),
        "allocator": "glibc malloc, set to keep freed memory" if has_glibc() else "the system's default",
    }


def cpu_kernels() -> str:
    """The kernels that training uses on the CPU by default."""
    return f"compiled by Numba {version('numba')}" if compiled_kernels_installed() else "NumPy's functions"


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

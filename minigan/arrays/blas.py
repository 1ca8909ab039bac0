"""Which BLAS, the library of matrix products, NumPy uses."""

import ctypes
from pathlib import Path

import numpy as np


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

"""Which BLAS, the library of matrix products, NumPy uses, and with how many threads."""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np


def openblas() -> tuple[str, str]:
    """Threads and kernel (the instruction set chosen at run time) of NumPy's OpenBLAS; "unknown" for another BLAS."""
    threads, corename = _function("get_num_threads"), _function("get_corename")
    if threads is None or corename is None:
        return "unknown", "unknown"
    corename.restype = ctypes.c_char_p  # type: ignore[attr-defined]
    return str(threads()), corename().decode()


@contextmanager
def one_thread() -> Iterator[None]:
    """Within this context OpenBLAS uses one thread: with more, many small products wait for each other."""
    threads, set_threads = _function("get_num_threads"), _function("set_num_threads")
    if threads is None or set_threads is None:
        yield
        return
    before = threads()
    set_threads(1)
    try:
        yield
    finally:
        set_threads(before)


def _function(name: str) -> Callable[..., Any] | None:
    """A function of NumPy's OpenBLAS, or None: the wheels of NumPy add something before or after its name."""
    folder = Path(np.__file__).parent.parent / "numpy.libs"
    for path in folder.glob("*openblas*"):
        library = ctypes.CDLL(str(path))
        for prefix in ("scipy_", ""):
            for suffix in ("64_", ""):
                if found := getattr(library, f"{prefix}openblas_{name}{suffix}", None):
                    return found
    return None

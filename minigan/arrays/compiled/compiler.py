"""How loops are compiled: by Numba, which keeps the machine code in a folder for the next process."""

import contextlib
from collections.abc import Callable
from typing import Any

import llvmlite.binding
import numba

# Before a loop runs by vectors, LLVM checks that its arrays do not overlap.  By default it does so for few arrays only.
llvmlite.binding.set_option("minigan", "-runtime-memory-check-threshold=128")


def compiled(loop: Callable) -> Callable:
    """The loop as machine code: compiled when it is first called with arrays of a dtype, and kept on disk if possible.

    The folder is `__pycache__` beside the source or, if that cannot be written to, the user's cache; NUMBA_CACHE_DIR
    names another.
    """
    function: Any = numba.njit(nogil=True, error_model="numpy")(loop)
    with contextlib.suppress(RuntimeError):  # there is no folder that can be written to
        function.enable_caching()
        function._cache = _Cache(function._cache)
    return function


class _Cache:
    """Numba's cache of a function, whose failures (a damaged file, a full disk) only mean that it compiles again."""

    def __init__(self, cache: Any):
        self._cache = cache

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)

    def load_overload(self, *key: Any) -> Any:
        with contextlib.suppress(Exception):  # what unpickling raises can be anything
            return self._cache.load_overload(*key)
        return None

    def save_overload(self, *overload: Any) -> None:
        with contextlib.suppress(Exception):
            self._cache.save_overload(*overload)

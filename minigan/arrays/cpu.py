"""The kernels of the CPU: none, so that NumPy's functions compute everything, or those compiled by Numba.

Nothing is switched on by an import.  The commands switch on the compiled kernels if Numba is installed.
"""

import importlib.util
import os
from importlib.metadata import version
from typing import Any

from ..errors import BadInput, not_installed
from .backend import HOST, backend_of, device_of, register
from .blas import openblas

_limits: Any = None  # on the threads of BLAS, while the compiled kernels are in use


def compiled_kernels_installed() -> bool:
    """Whether the packages that the compiled kernels need are installed: pip install 'minigan[fast]'."""
    try:
        return all(importlib.util.find_spec(name) for name in ("numba", "threadpoolctl"))
    except ValueError:  # what find_spec raises for a module that was put in place by hand
        return False


def use_compiled_kernels(threads: int | None = None) -> None:
    """Compute on the CPU by loops that Numba compiles, in so many threads; each is compiled when it is first called.

    By default there are as many threads as NumPy's BLAS has, which follows OMP_NUM_THREADS, OPENBLAS_NUM_THREADS, the
    cores that this process may use, and `threadpoolctl`.  From then on BLAS itself uses one thread: the kernels divide
    products among their own.  Raises BadInput if Numba or threadpoolctl is not installed, or does not work here.
    """
    global _limits
    try:
        from threadpoolctl import threadpool_limits

        from .compiled.kernels import KERNELS
        from .compiled.sharing import workers
    except Exception as error:  # Numba's own, if it does not know this NumPy or this Python
        if compiled_kernels_installed():
            raise BadInput(f"Numba is installed, but does not work here: {error}") from error
        raise not_installed("numba", "fast", "computing with compiled kernels") from error
    use_numpy()
    workers.count = threads or blas_threads()
    _limits = threadpool_limits(1, user_api="blas")
    register("cpu", HOST._replace(kernels=KERNELS))


def use_compiled_kernels_if_installed() -> None:
    """As the training command does by default: `use_compiled_kernels()` if it can be used, else nothing."""
    if compiled_kernels_installed():
        use_compiled_kernels()


def use_numpy() -> None:
    """Compute on the CPU by NumPy's functions, with the threads that BLAS had before."""
    global _limits
    if _limits is not None:
        _limits.restore_original_limits()
        _limits = None
    register("cpu", HOST)


def blas_threads() -> int:
    """How many threads NumPy's BLAS uses now; if that is not known, the number of cores that this process may use."""
    known, _ = openblas()
    if known.isdigit():
        return int(known)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def arithmetic(x: Any) -> str:
    """What computes with arrays like x, in words: where it is the same, on one machine, results agree bit for bit.

    Raises TypeError for what is no array.
    """
    if device_of(x) != "cpu":
        return f"the GPU's kernels ({device_of(x)})"
    if not backend_of(x).kernels:
        return f"NumPy, BLAS with {counted(blas_threads())}"
    from .compiled.sharing import workers

    return f"kernels compiled by Numba {version('numba')}, {counted(workers.count)}"


def counted(threads: int) -> str:
    """Their number in words: "1 thread", "2 threads"."""
    return f"{threads} thread" + "s" * (threads > 1)

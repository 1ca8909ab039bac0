"""What has to happen before NumPy is imported, when a command of the package is started."""

import os
import signal
import sys
from collections.abc import Iterable
from types import FrameType

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
NUMPY = 2  # the major version that is needed, at least


def is_command() -> bool:
    """Whether this Python was started as `python -m minigan…` or as the script `minigan`."""
    program = sys.orig_argv[1:]
    module = program[program.index("-m") + 1 :][:1] if "-m" in program else []
    return any(name.split(".")[0] == "minigan" for name in module) or any(
        os.path.basename(word).removesuffix(".exe") == "minigan" for word in sys.orig_argv[:2]
    )


def quiet_ctrl_c() -> None:
    """Until `run_command` takes over, Ctrl-C ends a command in one line; an import would show where it was."""
    if is_command() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


def _leave(number: int, frame: FrameType | None) -> None:
    os.write(2, b"minigan: interrupted\n")
    os._exit(130)


def check_numpy(version: str) -> None:
    """ImportError, or one line and exit code 2 in a command, if NumPy is too old: another package may ask for that."""
    if int(version.split(".")[0]) >= NUMPY:
        return
    message = f"minigan needs NumPy {NUMPY}.0 or newer, found {version}: pip install 'numpy>={NUMPY}'"
    if is_command():
        os.write(2, f"minigan: error: {message}\n".encode())
        os._exit(2)
    raise ImportError(message)


def number_in_environment(names: Iterable[str], default: int) -> int:
    """The first of these variables that is set to a number."""
    return next((int(os.environ[name]) for name in names if os.environ.get(name, "").isdigit()), default)


def share_cores() -> None:
    """Several processes on one machine, started by mpiexec, share its cores: as many threads of BLAS for each."""
    count = number_in_environment(("MPI_LOCALNRANKS", "OMPI_COMM_WORLD_LOCAL_SIZE", "PMI_LOCAL_SIZE"), 1)
    if count > 1 and not any(name in os.environ for name in THREADS):
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        os.environ.update(dict.fromkeys(THREADS, str(max(1, cores // count))))


quiet_ctrl_c()
share_cores()

import numpy  # noqa: E402

check_numpy(numpy.__version__)

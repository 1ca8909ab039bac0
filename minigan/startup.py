"""What has to happen before NumPy is imported, when a command of the package is started."""

import os
import signal
import sys
from types import FrameType

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


quiet_ctrl_c()

import numpy  # noqa: E402

check_numpy(numpy.__version__)

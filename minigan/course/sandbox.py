"""Running code that nobody has read: a process in namespaces of its own, with limits (Linux).

What it sees is an empty file system in memory, into which Python, NumPy, the emptied package and the submission are
mounted, all read-only.  There is no network, no process but its own, no /proc, no environment of ours, and of the
teacher's folders nothing.  It needs no root and no service: an unprivileged user may make such namespaces, where the
kernel allows it; where it does not, `check_isolation` raises BadInput.

`entering.py`, run as a program, does this to itself and then becomes the worker; here is what it is told.
"""

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import BadInput

ENTERING = Path(__file__).with_name("entering.py")
SITE = "/site"  # where packages lie in the sandbox
SUBMISSION = "/submission"
# What makes a process of this machine run: read-only, and the same for everybody.
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives", "/nix", "/gnu")
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")


class Limits(NamedTuple):
    """What a submission may use."""

    memory: int = 2 << 30  # bytes of address space
    cpu: int = 120  # seconds, over all parts
    file_size: int = 1 << 20  # bytes of one file
    disk: int = 16 << 20  # bytes of its folder in memory
    open_files: int = 64
    processes: int = 32


LIMITS = Limits()


def start(package: Path, submission: Path, arguments: Sequence[str], limits: Limits = LIMITS) -> subprocess.Popen:
    """Start the worker, see `worker.py`, in a sandbox; stdin and stdout are its pipes.

    `package` is the folder that holds the emptied minigan, `submission` the folder with the student's files;
    the arguments are the names of the assignment and of its file.
    """
    numpy = Path(np.__file__).parent
    mounts = {path: path for path in (*SYSTEM, *DEVICES) if os.path.lexists(path)}
    mounts |= {str(prefix): str(prefix) for prefix in _python_folders()}
    site = {f"{SITE}/{path.name}": str(path) for path in (numpy, numpy.with_name("numpy.libs")) if path.exists()}
    mounts |= {**site, f"{SITE}/minigan": str(package / "minigan"), SUBMISSION: str(submission)}
    plan = {
        "mounts": mounts,
        "hidden": [str(folder) for folder in _other_packages()],
        "limits": _rlimits(limits),
        "disk": limits.disk,
        "command": [_python(), "-I", "-S", "-c", _boot([SITE], SUBMISSION, arguments)],
    }
    command = [_python(), "-I", "-S", str(ENTERING), json.dumps(plan)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={}, start_new_session=True
    )


def start_unprotected(package: Path, submission: Path, arguments: Sequence[str]) -> subprocess.Popen:
    """The same as a process like any other, with no protection: for a student's own code, on their own machine."""
    boot = _boot([str(package), str(Path(np.__file__).parent.parent)], str(submission), arguments)
    environment = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", boot],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**environment, "OPENBLAS_NUM_THREADS": "1"},
    )


def _boot(site: Sequence[str], submission: str, arguments: Sequence[str]) -> str:
    """The program of the worker's Python: it finds the packages in `site`, and none that are installed beside them."""
    return (
        f"import sys; sys.path += {list(site)!r}\n"
        f"from minigan.course.worker import main; main({submission!r}, *{list(arguments)!r})"
    )


def check_isolation() -> None:
    """Raise BadInput, with the reason, unless a process can be separated here."""
    advice = "use a Linux machine that allows it, or grade people whom you trust with --i-trust-them"
    if sys.platform != "linux":
        raise BadInput(f"submissions can be separated from this machine only on Linux, not on {sys.platform}; {advice}")
    plan = json.dumps({"mounts": {}, "hidden": [], "limits": {}, "disk": 1 << 20, "command": []})
    command = [_python(), "-I", "-S", str(ENTERING), plan]
    try:
        tried = subprocess.run(command, capture_output=True, text=True, env={}, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BadInput(f"no process can be separated on this machine ({error}); {advice}") from error
    if tried.returncode:
        why = (tried.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise BadInput(f"no process can be separated on this machine ({why}); {advice}")


def _rlimits(limits: Limits) -> dict[str, int]:
    return {
        "RLIMIT_AS": limits.memory, "RLIMIT_CPU": limits.cpu, "RLIMIT_FSIZE": limits.file_size,
        "RLIMIT_NOFILE": limits.open_files, "RLIMIT_NPROC": limits.processes, "RLIMIT_CORE": 0,
    }  # fmt: skip


def _python() -> str:
    """Python itself, not the link to it in a virtual environment: that need not be mounted."""
    return os.path.realpath(sys.executable)


def _python_folders() -> list[Path]:
    """Python's library and program, unless they lie in a folder of SYSTEM."""
    # Those of Python itself: a virtual environment has other packages, such as the whole of this one.
    folders = {Path(sysconfig.get_path("stdlib")).resolve(), Path(_python()).parent}
    folders |= {Path(prefix, "lib").resolve() for prefix in (sys.base_prefix, sys.base_exec_prefix)}
    return sorted(x for x in folders if not any(x.is_relative_to(Path(top).resolve()) for top in SYSTEM[:6]))


def _other_packages() -> list[Path]:
    """Folders of installed packages in what is mounted: an installed minigan, which is not emptied, may lie there."""
    roots = [
        Path("/usr/lib"),
        Path("/usr/local/lib"),
        *(Path(p, "lib") for p in (sys.base_prefix, sys.base_exec_prefix)),
    ]
    found = {p.resolve() for root in roots for kind in ("site", "dist") for p in root.glob(f"python3*/{kind}-packages")}
    return sorted(found)

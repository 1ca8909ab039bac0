"""In a released package some functions are emptied; checking and training need the whole engine, to compare with.

The release keeps the text of those files in `emptied/`.  For a command, a copy of the package is made with them put
back.  The submission has no part in it: that runs in a process of its own, with the emptied package.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .hollow import PACKAGE

ORIGINALS = "course/emptied"  # a folder of the released package
SUFFIX = ".txt"  # after the names of the files, so that nothing imports them


def is_emptied() -> bool:
    """Whether this is a released package."""
    return (PACKAGE / ORIGINALS).is_dir()


def run_whole(arguments: Sequence[str]) -> int:
    """Run `python -m minigan.course` with the arguments in the whole package; returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="minigan-course-") as name:
        whole = Path(name, "minigan")
        shutil.copytree(PACKAGE, whole, ignore=shutil.ignore_patterns(Path(ORIGINALS).name))
        for path in (PACKAGE / ORIGINALS).rglob(f"*{SUFFIX}"):
            target = whole / path.relative_to(PACKAGE / ORIGINALS).with_suffix("")
            shutil.copyfile(path, target)
        paths = os.pathsep.join(filter(None, [name, os.environ.get("PYTHONPATH", "")]))
        command = [sys.executable, "-m", "minigan.course", *arguments]
        return subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}).returncode

"""Writing files so that nothing is ever half-written; and where those lie that are shipped in the package."""

import os
import tempfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import BinaryIO


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Call `write(file)` on a new file and, once it is safely on disk, put it in the place of `path`."""
    temporary = path.with_name(path.name + ".part")
    try:
        with open(temporary, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def try_writing(folder: Path) -> None:
    """Make and remove a folder in an existing one; raises OSError if that fails.  Permissions alone do not tell."""
    os.rmdir(tempfile.mkdtemp(dir=folder))


def shipped(room: str) -> Path:
    """The folder of what is shipped with a room of the package: data, gan, or evaluate."""
    return Path(str(files("minigan") / room / "shipped"))

"""The folder that a command writes into: new, or empty."""

from pathlib import Path

from ..errors import BadInput
from ..files import UNFINISHED, try_writing
from . import folder_lock


def new_folder(out: Path | None, parent: Path) -> Path:
    """Make the folder `out`, or the next free 001, 002, … in `parent`; BadInput if it is in use or unwritable."""
    check_unused(out, parent)
    try:
        if out is None:
            return _next_free(parent)
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(out or parent, error) from error
    return out


def check_unused(out: Path | None, parent: Path) -> None:
    """Raise BadInput if `new_folder` would: to be called before anything long is computed."""
    try:
        if out is not None and out.exists() and not out.is_dir():
            raise BadInput(f"{out}: cannot be written into, it is not a folder; choose another --out")
        if out is not None and out.exists() and in_use(out):
            raise BadInput(f"{out}: not empty; choose another --out")
        path = (out or parent).absolute()
        try_writing(next(folder for folder in (path, *path.parents) if folder.exists()))
    except OSError as error:
        raise _unwritable(out or parent, error) from error


def _unwritable(path: Path, error: OSError) -> BadInput:
    return BadInput(f"{path}: cannot be written ({error.strerror}); choose another --out")


def _next_free(parent: Path) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        path = parent / f"{number:03d}"
        try:
            path.mkdir()
            return path
        except FileExistsError:
            number += 1


def in_use(folder: Path) -> bool:
    """Whether a folder holds anything but what a process leaves that is killed at once: a lock, an empty folder."""
    for path in folder.iterdir():
        empty = path.is_dir() and not any(path.iterdir())
        if not empty and path.name != folder_lock.NAME and not path.name.startswith(UNFINISHED):
            return True
    return False

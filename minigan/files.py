"""Files: written whole or not at all; tables as CSV; what is shipped in the package."""

import csv
import errno
import hashlib
import io
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import BinaryIO

UNFINISHED = ".unfinished-"  # how the names of files begin that are being written


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Call `write(file)` on a new file and, once it is safely on disk, move it to `path`.

    The new file lies in the same folder, under a random name that no other file has, so that nothing else is
    overwritten, and several processes do not share it.  Raises OSError, naming `path`, if the disk is full, say.
    """
    unfinished = None
    try:
        descriptor, unfinished = tempfile.mkstemp(prefix=UNFINISHED, dir=path.parent)
        with open(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(unfinished, 0o666 & ~_umask())  # mkstemp's own mode is for its owner alone
        os.replace(unfinished, path)
        unfinished = None
        sync_folder(path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        if unfinished is not None:
            Path(unfinished).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder written to disk, too; where the system cannot, nothing is done."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)


def remove_unfinished(folder: Path) -> None:
    """Remove what a process that was killed left of its writing.  No other process may be writing there."""
    for path in folder.glob(UNFINISHED + "*"):
        path.unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits; "" if there is no such file."""
    try:
        digest = hashlib.sha256()
        with open(path, "rb") as file:
            while block := file.read(2**20):
                digest.update(block)
        return digest.hexdigest()
    except OSError:
        return ""


def _umask() -> int:
    """What the user's new files may not be; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8, atomically.  Raises OSError as `write_atomically` does."""
    write_atomically(path, lambda file: file.write(text.encode()))


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV table: a header line, then one line per row; values that contain a comma are quoted.

    Raises OSError as `write_atomically` does.
    """
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(path, table.getvalue())


def try_writing(folder: Path) -> None:
    """Raise OSError if nothing can be written in an existing folder.

    It creates and removes a temporary folder: permission bits do not show, for example, a read-only file system.
    """
    os.rmdir(tempfile.mkdtemp(dir=folder))


def shipped(subpackage: str) -> Path:
    """The folder of data files in a subpackage: "data", "gan" or "evaluate"."""
    return Path(str(files("minigan") / subpackage / "shipped"))


def open_regular(path: Path) -> BinaryIO:
    """A file opened for reading in binary; OSError for a pipe or a device, which may never end, or a folder."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return open(descriptor, "rb")


def write_new(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Like `write_atomically`, but FileExistsError if there is a file, also one that has just been made."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))  # takes the name; no other process gets it now
    try:
        write_atomically(path, write)
    except BaseException:
        path.unlink(missing_ok=True)
        raise

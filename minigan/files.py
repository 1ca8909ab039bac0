"""Files: written whole or not at all; tables as CSV; arrays by name in an archive; what is shipped in the package.

An archive is a .npz file of arrays beside a JSON header that says what they are.  Nothing is pickled, and reading
executes nothing.
"""

import csv
import hashlib
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .errors import BadInput

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
    """Write text as UTF-8, whole or not at all."""
    write_atomically(path, lambda file: file.write(text.encode()))


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table: a line of names, then a line for each row; what holds a comma is quoted."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(path, table.getvalue())


def try_writing(folder: Path) -> None:
    """Make and remove a folder in an existing one; raises OSError if that fails.  Permissions alone do not tell."""
    os.rmdir(tempfile.mkdtemp(dir=folder))


def shipped(room: str) -> Path:
    """The folder of what is shipped with a subpackage: data, gan, or evaluate."""
    return Path(str(files("minigan") / room / "shipped"))


# -- archives ---------------------------------------------------------------------------------------------------------


def write_archive(path: Path, header: dict, arrays: dict[str, np.ndarray], *, compress: bool = False) -> None:
    """Write the arrays and the header to `path`, whole or not at all."""
    everything = {**arrays, "header": np.frombuffer(json.dumps(header).encode(), np.uint8)}
    save = np.savez_compressed if compress else np.savez
    write_atomically(path, lambda file: save(file, **everything))  # type: ignore[arg-type]


def in_half_precision(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays as float16, half as large on disk.  Raises BadInput if a number is too large for that."""
    with np.errstate(over="ignore"):
        halves = {name: x.astype(np.float16) for name, x in arrays.items()}
    for name, x in halves.items():
        if not np.isfinite(x).all():
            raise BadInput(f"{name}: expected numbers up to 65504, which half precision holds, got larger ones")
    return halves


def read_archive(path: Path, form: str, versions: Sequence[int], what: str) -> tuple[dict, dict[str, np.ndarray]]:
    """The header and the arrays of a file whose header has this format and one of these versions.

    Raises BadInput, saying that `what` was expected, if the file is missing, damaged, foreign or of another version.
    """
    try:
        if not zipfile.is_zipfile(path):
            path.open("rb").close()  # raises where there is no such file
            raise zipfile.BadZipFile
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        header = json.loads(arrays.pop("header").tobytes())
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; expected {what}") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error
    except Exception as error:  # damaged bytes can raise nearly anything in the parsers of zip, npy and JSON
        raise BadInput(f"{path}: damaged, or not {what} ({type(error).__name__})") from error
    if not isinstance(header, dict) or header.get("format") != form:
        raise BadInput(f"{path}: not a {form}; expected {what}")
    if header.get("version") not in versions:
        readable = " and ".join(map(str, versions))
        raise BadInput(f"{path}: {form} version {header.get('version')}, this program reads version {readable}")
    return header, arrays

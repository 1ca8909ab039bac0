"""Archives: .npz files of arrays beside a JSON header that says what they are.

Nothing is pickled, and reading executes nothing.  A file from a stranger may lie about its contents: what it declares
is compared with its size before memory is taken for it, so that a small file cannot become a large one.
"""

import json
import math
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .errors import BadInput
from .files import open_regular, write_atomically

MEMBERS = 10_000  # in an archive, at most
DEFLATED = 20  # how many times as large as on disk an array may become; weights hardly get smaller
SMALL = 1 << 20  # bytes that an array may have in any case, as one of zeros, and the header


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

    Raises BadInput, saying that `what` was expected, if the file is missing, damaged, foreign or of another version, or
    if an array is larger than the file can hold, or holds numbers that are not finite.
    """
    try:
        with open_regular(path) as file:
            archive = zipfile.ZipFile(check_directory(file))
            members = check_members(archive)
            header = json.loads(read_array(archive, members.pop("header")).tobytes())
            arrays = {name: read_array(archive, member) for name, member in members.items()}
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; expected {what}") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error
    except Exception as error:  # damaged bytes can raise nearly anything in the parsers of zip, npy and JSON
        why = f": {error}" if isinstance(error, zipfile.BadZipFile | ValueError) and str(error) else ""
        raise BadInput(f"{path}: damaged, or not {what} ({type(error).__name__}{why})") from error
    if not isinstance(header, dict) or header.get("format") != form:
        raise BadInput(f"{path}: not a {form}; expected {what}")
    if header.get("version") not in versions:
        readable = " and ".join(map(str, versions))
        raise BadInput(f"{path}: {form} version {header.get('version')}, this program reads version {readable}")
    for name, x in arrays.items():
        if not np.isfinite(x).all():
            raise BadInput(f"{path}: {name} holds numbers that are not finite; the file is damaged, or was made so")
    return header, arrays


def check_directory(file: BinaryIO) -> BinaryIO:
    """The file, if the end of it says that it is a zip of at most MEMBERS; `zipfile` would make a list of them all."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_557))  # the record is 22 bytes, and may be followed by a comment of 65,535
    end = file.read()
    at = end.rfind(b"PK\x05\x06")
    if at < 0 or len(end) < at + 22:
        raise zipfile.BadZipFile("not a zip file, or cut off")
    if (count := struct.unpack("<H", end[at + 10 : at + 12])[0]) > MEMBERS:
        raise zipfile.BadZipFile(f"{count} members, more than {MEMBERS}")
    file.seek(0)
    return file


def check_members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The members by name; BadZipFile if two share a name or bytes, or one would become much larger than it is."""
    members: dict[str, zipfile.ZipInfo] = {}
    end = 0
    for member in sorted(archive.infolist(), key=lambda member: member.header_offset):
        name = member.filename.removesuffix(".npy")
        if name in members:
            raise zipfile.BadZipFile(f"two members are called {name}")
        if member.header_offset < end:
            raise zipfile.BadZipFile(f"{name} lies within another member")
        end = member.header_offset + member.compress_size
        stored = member.compress_type == zipfile.ZIP_STORED and member.file_size == member.compress_size
        deflated = member.compress_type == zipfile.ZIP_DEFLATED
        if not stored and not (deflated and member.file_size <= max(SMALL, DEFLATED * member.compress_size)):
            raise zipfile.BadZipFile(f"{name}: {member.file_size} bytes of {member.compress_size} packed ones")
        members[name] = member
    return members


def read_array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    """The array of a member, of numbers alone; ValueError if its size is not what it declares."""
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(version)
        if read is None:
            raise ValueError(f"{member.filename}: NPY version {version}")
        shape, fortran, dtype = read(file)
        size = math.prod(shape) * dtype.itemsize
        if dtype.kind not in "fiub" or min(shape, default=0) < 0 or file.tell() + size != member.file_size:
            raise ValueError(f"{member.filename}: {dtype} of shape {shape} in {member.file_size} bytes")
        values = bytearray(file.read(size))
        file.read(1)  # so that the check sum of the whole is compared
    return np.frombuffer(values, dtype).reshape(shape, order="F" if fortran else "C")

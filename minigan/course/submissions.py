"""What was handed in: a folder or a zip as learning platforms give it, as one file for each student.

    Moodle   Ada Lovelace_1234_assignsubmission_file_/a05.py
    Canvas   lovelaceada_1234_56789_a05-1.py, also with _LATE after the name
    plain    1234/a05.py

Nothing is unpacked and no path from an archive is used as one; links are not followed.
"""

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ..archives import check_directory
from ..errors import BadInput, printable
from .assignment import Assignment
from .sources import MOST_NOTEBOOK

MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)$")  # the last number is Moodle's
CANVAS = re.compile(r"(?P<name>[^_]+)_(?:LATE_)?(?P<id>\d+)_\d+_(?P<file>.+)$")
KINDS = (".py", ".ipynb")
IGNORED = ("__MACOSX", ".ipynb_checkpoints", "__pycache__")


class Submission(NamedTuple):
    """One student's work: `data` is the file; where nothing can be graded, `problem` says why."""

    student: str  # the number, or the name of the folder
    name: str  # as the platform wrote it
    file: str
    data: bytes
    problem: str = ""


class Entry(NamedTuple):
    """A file that was found: its path in the folder or zip, and its contents or why there are none."""

    path: PurePosixPath
    data: bytes
    problem: str


def collect(source: Path, assignment: Assignment) -> list[Submission]:
    """All submissions in a zip or folder, sorted by student.

    Raises BadInput if there are none.
    """
    found: dict[str, list[tuple[str, str, Entry]]] = {}
    for entry in without_wrapper(list(_entries(source))):
        student, name, file = identify(entry.path)
        if student and not file.startswith(".") and not set(entry.path.parts) & set(IGNORED):
            found.setdefault(student, []).append((name, file, entry))
    if not found:
        raise BadInput(
            f"{source}: no submissions; expected files such as NUMBER/{assignment.file}, or the zip that Moodle or "
            "Canvas gives"
        )
    return [_choose(student, files, assignment) for student, files in sorted(found.items())]


def without_wrapper(entries: list[Entry]) -> list[Entry]:
    """The entries without a folder that all are in, if it has only folders in it."""
    tops = {entry.path.parts[0] for entry in entries}
    if len(tops) == 1 and all(len(entry.path.parts) > 2 for entry in entries):
        return [entry._replace(path=PurePosixPath(*entry.path.parts[1:])) for entry in entries]
    return entries


def unrecognised(source: Path) -> list[str]:
    """Files at the top, which belong to no student."""
    names = [path.name for path in source.iterdir() if path.is_file()] if source.is_dir() else []
    if not names and source.is_file():
        with zipfile.ZipFile(source) as archive:
            names = [member.filename for member in archive.infolist() if not member.is_dir()]
    return sorted(name for name in names if not identify(PurePosixPath(name))[0])


def identify(path: PurePosixPath) -> tuple[str, str, str]:
    """Student, name and file that a path stands for; an empty student if it stands for nobody.

    The outermost folder says whose it is: all below it is the student's own.
    """
    *folders, file = path.parts
    if folders:
        match = MOODLE.match(folders[0])
        return (match["id"], match["name"], file) if match else (folders[0], folders[0], file)
    match = MOODLE.match(file) or CANVAS.match(file)
    return (match["id"], match["name"], match["file"]) if match else ("", "", file)


def _choose(student: str, files: list[tuple[str, str, Entry]], assignment: Assignment) -> Submission:
    """The one file to grade: called like the assignment, or else the only one of a kind that can be graded."""
    name = files[0][0]
    kinds = [(file, entry) for _, file, entry in files if PurePosixPath(file).suffix.lower() in KINDS]
    named = [pair for pair in kinds if re.match(rf"{assignment.name}(?![0-9a-z])", pair[0].lower())]
    exact = [pair for pair in named if pair[0] == assignment.file]
    chosen = exact or named or kinds
    if not chosen:
        names = ", ".join(printable(file) for _, file, _ in files[:3])
        return Submission(student, name, "", b"", f"expected {assignment.file} or a notebook, got {names}")
    if len(chosen) > 1:
        names = ", ".join(printable(file) for file, _ in chosen[:3])
        return Submission(student, name, "", b"", f"expected one file for {assignment.name}, got {names}")
    file, entry = chosen[0]
    return Submission(student, name, file, entry.data, entry.problem)


def _entries(source: Path) -> Iterator[Entry]:
    try:
        if source.is_dir():
            yield from _in_folder(source)
        elif source.is_file():
            yield from _in_zip(source)
        else:
            raise BadInput(f"{source}: no such folder or zip")
    except zipfile.BadZipFile as error:
        raise BadInput(f"{source}: expected a folder or a zip ({error})") from error
    except OSError as error:
        raise BadInput(f"{source}: cannot be read ({error.strerror or error})") from error


def _in_folder(source: Path) -> Iterator[Entry]:
    for path in sorted(source.rglob("*")):  # does not descend into linked folders
        name = path.relative_to(source).as_posix()
        relative = PurePosixPath(name.encode("utf-8", "backslashreplace").decode())  # names may be any bytes
        if path.is_symlink():
            yield Entry(relative, b"", "it is a link to another file, which is not followed")
        elif path.is_file():
            size = path.stat().st_size
            yield Entry(relative, path.read_bytes() if size <= MOST_NOTEBOOK else b"", _too_large(size))


def _in_zip(source: Path) -> Iterator[Entry]:
    with open(source, "rb") as file:
        archive = zipfile.ZipFile(check_directory(file))
        for member in archive.infolist():
            path = PurePosixPath(member.filename.replace("\\", "/"))
            if member.is_dir() or not path.parts:
                continue
            if path.is_absolute() or ".." in path.parts:
                inside = [part for part in path.parts if part not in ("/", "..")]
                yield Entry(PurePosixPath(*inside[-2:]), b"", "a path leads outside")
            elif stat.S_ISLNK(member.external_attr >> 16):
                yield Entry(path, b"", "it is a link to another file, which is not followed")
            elif problem := _too_large(member.file_size):
                yield Entry(path, b"", problem)
            else:
                yield Entry(path, *_unpacked(archive, member))


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[bytes, str]:
    try:
        with archive.open(member) as file:
            data = file.read(member.file_size + 1)  # whatever it declares, no more than that
        return data, ""
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        return b"", f"cannot be unpacked ({type(error).__name__}: {error})"


def _too_large(size: int) -> str:
    return f"{size:,} bytes, more than the {MOST_NOTEBOOK:,} that are read" if size > MOST_NOTEBOOK else ""

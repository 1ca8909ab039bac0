"""A zip for a class: the notebook, the stub, how to begin, and the package without what the assignment asks for."""

import base64
import hashlib
import io
import tempfile
import zipfile
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import minigan

from ..files import write_atomically
from .assignment import Assignment
from .hollow import PACKAGE, write_hollow
from .pages import page_of
from .whole import ORIGINALS, SUFFIX

TIME = (2000, 1, 1, 0, 0, 0)  # of all files in the zips, so that the same release gives the same bytes
EVERYTHING = ("**/*",)


def write_release(folder: Path, assignment: Assignment, deadline: str) -> Path:
    """Write NAME.zip into the folder, and return its path.  `deadline` is any text; empty: none is named."""
    notebook, page = page_of(assignment)
    wheel_name, wheel = hollow_wheel(assignment)
    files = {
        notebook: page.encode(),
        assignment.file: assignment.stub.encode(),
        wheel_name: wheel,
        "README.md": readme(assignment, notebook, wheel_name, deadline).encode(),
    }
    path = folder / f"{assignment.name}.zip"
    content = zipped({f"{assignment.name}/{name}": data for name, data in files.items()})
    write_atomically(path, lambda file: file.write(content))
    return path


def readme(assignment: Assignment, notebook: str, wheel: str, deadline: str) -> str:
    """How a student begins, in the words of the release."""
    due = f"\nHand in `{assignment.file}` (or the notebook, with your functions in it) by **{deadline}**.\n"
    parts = "\n".join(f"| {part.name} | {part.points} | {part.why} |" for part in assignment.parts)
    return f"""# {assignment.name}: {assignment.title}

About {assignment.minutes} minutes.
{due if deadline else ""}
    python3 -m venv .venv
    .venv/bin/pip install ./{wheel} jupyterlab
    .venv/bin/jupyter lab {notebook}

(On Windows: `.venv\\Scripts\\pip` and `.venv\\Scripts\\jupyter`.) The package in this folder is minigan without what
you are going to write. Write it in `{assignment.file}`, and check it as often as you like:

    .venv/bin/python -m minigan.course check {assignment.name}
    .venv/bin/python -m minigan.course check {assignment.name} --hint {assignment.parts[0].name}
    .venv/bin/python -m minigan.course train {assignment.name}

| part | points | why it matters |
|---|--:|---|
{parts}

Your work is graded by the same checks with other random numbers and sizes. "Notebook 4" and the like are those in
`notebooks/` of minigan's repository.
"""


def hollow_wheel(assignment: Assignment) -> tuple[str, bytes]:
    """The name and the bytes of a wheel of this package, emptied for the assignment."""
    version = f"{minigan.__version__}+{assignment.name}"
    info = f"minigan-{version}.dist-info"
    with tempfile.TemporaryDirectory(prefix="minigan-course-") as name:
        write_hollow(Path(name), assignment.removed, assignment.emptied_for, EVERYTHING)
        for file in assignment.removed:
            original = Path(name, "minigan", ORIGINALS, file + SUFFIX)
            original.parent.mkdir(parents=True, exist_ok=True)
            original.write_bytes((PACKAGE / file).read_bytes())
        files = {p.relative_to(name).as_posix(): p.read_bytes() for p in sorted(Path(name).rglob("*")) if p.is_file()}
    files[f"{info}/METADATA"] = _metadata(version).encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: minigan\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{path},sha256={_digest(data)},{len(data)}\n" for path, data in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    return f"minigan-{version}-py3-none-any.whl", zipped(files)


def _metadata(version: str) -> str:
    try:
        needed = [text for text in requires("minigan") or [] if "extra ==" not in text]
    except PackageNotFoundError:  # run from a folder, without being installed
        needed = ["numpy>=2.0"]
    lines = ["Metadata-Version: 2.1", "Name: minigan", f"Version: {version}"]
    return "\n".join([*lines, *(f"Requires-Dist: {text}" for text in needed)]) + "\n"


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip of the files, the same bytes whenever it is made."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            member = zipfile.ZipInfo(name, TIME)
            member.external_attr = 0o644 << 16
            archive.writestr(member, data, zipfile.ZIP_DEFLATED)
    return content.getvalue()

"""Shared by the commands of the course."""

from pathlib import Path

from ...course.assignment import NAMES, Assignment, find_assignment
from ...course.grading import PartResult
from ...course.sources import read_source
from ...errors import BadInput
from ...files import try_writing, write_new
from .. import cli

PUBLIC_SEED = "0"  # of `check`; grading takes another


def add_assignment(parser: cli.Parser, optional: bool = False) -> None:
    """Add the argument `assignment`; if it is optional, the default is None: see `assignment_here`."""
    names = f"one of {', '.join(NAMES)}"
    if optional:
        parser.add_argument("assignment", nargs="?", help=f"{names} (default: the one whose files are in this folder)")
    else:
        parser.add_argument("assignment", help=names)


def assignment_here() -> str:
    """The name of the assignment whose files are in this folder; BadInput unless it is exactly one."""
    here = [name for name in NAMES if Path(f"{name}.py").exists() or any(Path().glob(f"{name}_*.ipynb"))]
    if len(here) != 1:
        found = f"the files of {', '.join(here)} are" if here else "no assignment's files are"
        raise BadInput(f"expected the name of an assignment, since {found} in this folder; one of {', '.join(NAMES)}")
    return here[0]


def add_file(parser: cli.Parser) -> None:
    """Add --file."""
    parser.add_argument(
        "--file", type=Path, help="the file with your work, .py or .ipynb (default: the assignment's, in this folder)"
    )


def own_work(name: str, file: Path | None = None) -> tuple[Assignment, Path, str]:
    """The assignment, the student's file, and its source.

    By default NAME.py in this folder; or, if that is missing or still the stub, the notebook that begins with NAME.
    Raises BadInput if there is neither, or if it cannot be read.
    """
    assignment = find_assignment(name)
    path = file or _default_file(assignment)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        get = cli.command("minigan.course", "get", name)
        raise BadInput(f"{path}: no such file; {get} puts it here, or name yours with --file") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from error
    return assignment, path, read_source(path.name, data, assignment.functions)


def _default_file(assignment: Assignment) -> Path:
    path = Path(assignment.file)
    if path.exists() and path.read_bytes() != assignment.stub.encode():
        return path
    notebooks = [x for x in sorted(Path().glob(f"{assignment.name}*.ipynb")) if _has_work(x, assignment)]
    return notebooks[0] if notebooks else path


def _has_work(notebook: Path, assignment: Assignment) -> bool:
    try:
        read_source(notebook.name, notebook.read_bytes(), assignment.functions)
    except (BadInput, OSError):
        return False
    return True


def describe(result: PartResult, assignment: Assignment) -> str:
    """A part's result as text: its points and, if it is wrong, what is, why it matters, and where to read on."""
    line = f"  {result.name:16} {result.earned:3} of {result.points}"
    if result.right:
        return line
    part = assignment.part(result.name)
    hint = cli.command("minigan.course", "check", assignment.name, "--hint", result.name)
    rest = [*result.reason.splitlines(), part.why, f"See {part.section}. A hint: {hint}"]
    return "\n".join([line, *(f"      {text}" for text in rest)])


def make_folder(folder: Path) -> None:
    """Make a folder, if it is not there; BadInput if that is impossible, or nothing can be written into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try_writing(folder)
    except OSError as error:
        raise BadInput(f"{folder}: expected a folder to write into ({error.strerror})") from error


def write_new_text(path: Path, text: str) -> None:
    """Write a new file; BadInput if there is one already."""
    try:
        write_new(path, lambda file: file.write(text.encode()))
    except FileExistsError:
        raise BadInput(f"{path}: exists already, and may hold somebody's work; choose another folder") from None

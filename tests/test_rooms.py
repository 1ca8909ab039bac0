"""The plan of the house: imports only point down, CuPy is named in one file, and `import minigan` needs NumPy alone."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import minigan

PACKAGE = Path(minigan.__file__).parent

# From the ground up; modules on one line are of one room and may know each other.
ROOMS = [
    ["startup"],
    ["errors"],
    ["files"],
    ["archives"],
    ["arrays"],
    ["group"],
    ["graph"],
    ["array_protocol"],
    ["inputs"],
    ["tensor"],
    ["ops"],
    ["nn"],
    ["optim", "gradcheck"],
    ["data"],
    ["show"],
    ["stepper"],
    ["gan"],
    ["evaluate"],
    ["explore"],
    ["course"],
    ["commands"],
    ["bench"],
    ["__main__", "train", "train_judge", "sample", "export"],
]
FLOOR = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def room_of(path: Path) -> str:
    if path.name == "__main__.py":  # a door, wherever it is
        return "__main__"
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """The rooms of the package that a file imports from, wherever in the file."""
    here = ["minigan", *path.relative_to(PACKAGE).parts[:-1]]
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - node.level + 1] + (node.module.split(".") if node.module else [])
            rooms |= {base[1]} if len(base) > 1 else {x.name for x in node.names if not x.name.startswith("__")}
    return rooms


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_down(path):
    above = {room for room in imported_rooms(path) if FLOOR[room] > FLOOR[room_of(path)]}
    assert not above, f"{path.name} imports from above: {above}"


def test_imports_are_found():
    assert {"arrays", "graph"} <= imported_rooms(PACKAGE / "tensor.py")
    assert {"gan", "data", "arrays"} <= imported_rooms(PACKAGE / "commands" / "train_job.py")


def test_libraries_know_no_command_line():
    """What parses arguments, prints, or ends the process stands in commands/, bench/ and the doors.

    The program that separates a submission is started by the course, not by a user.
    """
    words = re.compile(r"\bargparse\b|^\s*print\(|\bsys\.exit\b|\bsys\.argv\b", re.MULTILINE)
    program = PACKAGE / "course" / "entering.py"
    files = [path for path in MODULES if path != program and words.search(path.read_text("utf-8"))]
    loud = {path.relative_to(PACKAGE).parts[0] for path in files}
    assert loud == {"commands", "bench", "__main__.py"}


def test_one_file_imports_cupy_and_no_other_loads_it():
    named = [path.relative_to(PACKAGE).as_posix() for path in MODULES if "import cupy" in path.read_text("utf-8")]
    assert named == ["arrays/cuda.py"]
    assert loaded_by("import minigan, minigan.gan", "minigan.arrays.cuda", "minigan.arrays.cuda_kernels") == []


def test_import_minigan_needs_numpy_alone():
    assert loaded_by("import minigan", "matplotlib", "PIL", "tqdm", "cupy", "torch") == []


def test_saving_a_picture_needs_no_stepper():
    assert loaded_by("import minigan.show", "minigan.stepper", "ipywidgets") == []


def loaded_by(code: str, *modules: str) -> list[str]:
    """Which of the modules a fresh Python has loaded after running `code`."""
    code = f"import sys\n{code}\nprint(*(m for m in {modules} if m in sys.modules))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_files_are_small_rooms():
    long = {path.name: n for path in MODULES if (n := len(path.read_text("utf-8").splitlines())) > 300}
    assert set(long) <= {"tensor.py"}, f"files of more than 300 lines: {long}"


def test_subpackages_are_attributes():
    """Without an import of their own, and loaded only then."""
    code = (
        "import minigan; minigan.gan.Config(); minigan.data.SOURCES; minigan.stepper.Stepper; minigan.show.image_grid"
    )
    assert loaded_by(code, "minigan.gan", "minigan.stepper") == ["minigan.gan", "minigan.stepper"]
    assert loaded_by("import minigan", "minigan.gan", "minigan.data", "minigan.show", "minigan.commands") == []
    assert {"gan", "evaluate", "nn", "Tensor"} <= set(dir(minigan))
    assert all(getattr(minigan, name).__name__ == f"minigan.{name}" for name in minigan.SUBPACKAGES)
    with pytest.raises(AttributeError, match="module 'minigan' has no attribute 'gann'"):
        _ = minigan.gann


def test_import_is_quick():
    """At most 0.15 s over NumPy's, the best of five."""
    code = "import time, numpy; t = time.perf_counter(); import minigan; print(time.perf_counter() - t)"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(5)]
    assert min(float(run.stdout) for run in runs) < 0.15

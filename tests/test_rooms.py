"""The plan of the house: imports only point down, CuPy is named in one file, and `import minigan` needs NumPy alone."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import minigan

PACKAGE = Path(minigan.__file__).parent

# From the ground up; modules on one line are of one room and may know each other.
ROOMS = [
    ["errors", "files", "allocator", "interrupt", "progress", "extras", "archive"],
    ["backend"],
    ["graph", "layout", "kernels"],
    ["tensor"],
    ["ops"],
    ["nn"],
    ["optim", "gradcheck", "inference"],
    ["data"],
    ["gan"],
    ["show"],
    ["evaluate"],
    ["explore"],
    ["cli", "runs"],
    ["train", "train_judge", "sample", "export", "bench"],
]
FLOOR = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def room_of(path: Path) -> str:
    if path.name == "__main__.py" or path.parent.name == "commands":  # a door, wherever it is
        return "train"
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """The rooms of the package that a file imports from, wherever in the file."""
    here = ["minigan", *path.relative_to(PACKAGE).parts[:-1]]
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - node.level + 1] + (node.module.split(".") if node.module else [])
            rooms |= {base[1]} if len(base) > 1 else {name.name for name in node.names}
    return rooms


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_down(path):
    above = {room for room in imported_rooms(path) if FLOOR[room] > FLOOR[room_of(path)]}
    assert not above, f"{path.name} imports from above: {above}"


def test_the_walk_finds_imports():
    assert {"backend", "graph", "tensor"} <= imported_rooms(PACKAGE / "tensor.py") | {"tensor"}
    assert {"cli", "gan", "data"} <= imported_rooms(PACKAGE / "train.py")


def test_only_the_backend_imports_cupy():
    named = [path.name for path in PACKAGE.rglob("*.py") if "import cupy" in path.read_text("utf-8")]
    assert named == ["backend.py"]


def test_import_minigan_needs_numpy_alone():
    code = "import sys, minigan; print([m for m in ('matplotlib', 'PIL', 'tqdm', 'cupy', 'torch') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_files_are_small_rooms():
    long = {path.name: n for path in MODULES if (n := len(path.read_text("utf-8").splitlines())) > 300}
    assert set(long) <= {"tensor.py"}, f"files of more than 300 lines: {long}"

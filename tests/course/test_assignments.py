"""Every right solution earns all points, every wrong one loses exactly the parts that its first line names."""

import shutil
from functools import cache, partial
from pathlib import Path

import pytest

from minigan.course import sandbox
from minigan.course.assignment import NAMES, find_assignment
from minigan.course.grading import grade_parts
from minigan.course.hollow import write_hollow
from minigan.course.pages import NOTEBOOKS, page_of
from tests.support import ROOT
from tests.support.sandbox import OBSTACLE

HERE = Path(__file__).parent
SOLUTIONS = sorted(path for name in NAMES for path in (HERE / name).glob("*.py"))


@pytest.fixture(scope="session")
def hollow(tmp_path_factory):
    """The folder of the package emptied for an assignment, made when it is first asked for."""

    @cache
    def folder(name: str) -> Path:
        target, assignment = tmp_path_factory.mktemp(name), find_assignment(name)
        write_hollow(target, assignment.removed, assignment.emptied_for)
        return target

    return folder


def lost(name: str, source: Path, hollow, tmp_path: Path, seed: str) -> dict[str, str]:
    """The parts that a file loses, and why, graded as a submission is."""
    assignment = find_assignment(name)
    shutil.copy(source, tmp_path / assignment.file)
    for folder in (tmp_path, hollow(name)):
        folder.chmod(0o755)  # where tests run as root, the sandbox does not
    start = sandbox.start_unprotected if OBSTACLE else sandbox.start
    results = grade_parts(assignment, partial(start, hollow(name), tmp_path, [assignment.name, assignment.file]), seed)
    return {result.name: result.reason for result in results if not result.right}


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_solution(path, hollow, tmp_path):
    first = path.read_text("utf-8").splitlines()[0]
    expected = set(first.removeprefix("# loses: ").split(", ")) if path.stem.startswith("wrong_") else set()
    assert not expected or first.startswith("# loses: ")
    found = lost(path.parent.name, path, hollow, tmp_path, "tests")
    assert set(found) == expected, found


@pytest.mark.parametrize("name", NAMES)
def test_the_docs_name_it_rightly(name):
    """In the table for students: title and minutes; in both for teachers: the name."""
    assignment = find_assignment(name)
    rows = [line for line in (ROOT / "docs/course/learn.md").read_text("utf-8").splitlines() if f"| {name} |" in line]
    assert [row.split(" | ")[:3] for row in rows] == [[f"| {name}", assignment.title, str(assignment.minutes)]]
    teach = (ROOT / "docs/course/teach.md").read_text("utf-8")
    assert f"\n| {name} |" in teach
    assert f" {name} " in teach.split("## What each")[0]
    assert [path.name for path in NOTEBOOKS.glob(f"{name}_*.ipynb")] == [page_of(assignment)[0]]


@pytest.mark.parametrize("name", sorted({path.parent.name for path in SOLUTIONS}))
def test_assignment(name, hollow, tmp_path):
    """100 points, three hints and a reason for each part; the untouched stub earns nothing, enough is tried."""
    assignment = find_assignment(name)
    assert sum(part.points for part in assignment.parts) == 100
    assert all(len(part.hints) == 3 and part.why.endswith(".") and part.section for part in assignment.parts)
    (tmp_path / "stub.py").write_text(assignment.stub)
    found = lost(name, tmp_path / "stub.py", hollow, tmp_path, "tests")
    assert set(found) == {part.name for part in assignment.parts}
    kinds = [path.stem.partition("_")[0] for path in SOLUTIONS if path.parent.name == name]
    assert kinds.count("right") >= 3
    assert kinds.count("wrong") >= 10

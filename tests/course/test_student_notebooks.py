"""The notebook of each assignment runs as it is given, and with a right solution beside it."""

import json
import shutil
from pathlib import Path

import pytest

nbclient = pytest.importorskip("nbclient", reason="notebooks run with the test extra: pip install '.[test]'")
nbformat = pytest.importorskip("nbformat", reason="notebooks run with the test extra: pip install '.[test]'")

from minigan.course.assignment import NAMES, find_assignment  # noqa: E402
from minigan.course.pages import page_of  # noqa: E402

HERE = Path(__file__).parent
each = pytest.mark.parametrize("name", NAMES)


def run(name: str, folder: Path, source: str, allow_errors: bool):
    """The notebook after a run in a folder with this file; training is shortened to two steps."""
    assignment = find_assignment(name)
    (folder / assignment.file).write_text(source, "utf-8")
    notebook = nbformat.reads(page_of(assignment)[1], as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace(f"minigan.course train {name}", f"minigan.course train {name} --steps 2")
    settings = {"timeout": 300, "allow_errors": allow_errors, "resources": {"metadata": {"path": str(folder)}}}
    return nbclient.NotebookClient(notebook, **settings).execute()


def text_of(notebook) -> str:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.get("text", "") for output in outputs)


@pytest.mark.notebook
@each
def test_as_given(name, tmp_path):
    """Cells that need what is still to be written say so, and name the file; all others run."""
    notebook = run(name, tmp_path, find_assignment(name).stub, allow_errors=True)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    errors = [output for output in outputs if output.output_type == "error"]
    assert errors
    assert {(error.ename, f"{name}.py" in error.evalue) for error in errors} == {("NotImplementedError", True)}
    assert "0 of 100 points" in text_of(notebook)


@pytest.mark.notebook
@each
def test_with_a_right_solution(name, tmp_path):
    solution = sorted((HERE / name).glob("right_*.py"))[0]
    notebook = run(name, tmp_path, solution.read_text("utf-8"), allow_errors=False)
    assert "100 of 100 points" in text_of(notebook)
    assert "error:" not in text_of(notebook)
    shutil.rmtree(tmp_path)


@each
def test_is_stored_without_outputs_and_small(name):
    assignment = find_assignment(name)
    text = page_of(assignment)[1]
    cells = json.loads(text)["cells"]
    assert len(text) < 100_000
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
    source = "".join("".join(cell["source"]) for cell in cells)
    for command in (f"check {name}", f"import {name}"):
        assert command in source
    count = source.count("**Stop and think.**")
    assert source.count("<details><summary>Answer</summary>") == count == source.count("</details>")
    assert count >= 2

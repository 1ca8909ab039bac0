"""nbgrader generates the release of an assignment, grades submissions of it, and validates a right one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

api = pytest.importorskip("nbgrader.api", reason="needs nbgrader: pip install '.[nbgrader]'")

from minigan.commands.course import main  # noqa: E402

HERE = Path(__file__).parent


def nbgrader(*arguments):
    environment = {**os.environ, "JUPYTER_PLATFORM_DIRS": "1", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)


def with_solution(released: Path, source: str) -> dict:
    """The released notebook with the student's code in place of the stub."""
    notebook = json.loads(released.read_text("utf-8"))
    (cell,) = (cell for cell in notebook["cells"] if "class Convolution" in "".join(cell["source"]))
    cell["source"] = source
    return notebook


def test_generate_autograde_and_validate(here):
    (here / "seed").write_text("secret")
    (here / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'gans'\n")
    assert main(["release", "a05", "--nbgrader", "source", "--seed-file", "seed"]) == 0
    made = nbgrader("generate_assignment", "a05")
    assert made.returncode == 0, made.stderr
    released = here / "release" / "a05" / "a05.ipynb"
    assert "secret" not in released.read_text()
    assert "HIDDEN TESTS" not in released.read_text()

    for student, file in {"ada": "right_taps.py", "bob": "wrong_overlap.py", "eve": "wrong_redirected.py"}.items():
        folder = here / "submitted" / student / "a05"
        folder.mkdir(parents=True)
        notebook = with_solution(released, (HERE / "a05" / file).read_text())
        (folder / "a05.ipynb").write_text(json.dumps(notebook))
    graded = nbgrader("autograde", "a05")
    assert graded.returncode == 0, graded.stderr
    with api.Gradebook("sqlite:///gradebook.db") as gradebook:
        scores = {s.student.id: s.score for s in gradebook.assignment_submissions("a05")}
    assert (scores["ada"], scores["bob"]) == (100, 75)

    right = nbgrader("validate", str(here / "submitted" / "ada" / "a05" / "a05.ipynb"))
    wrong = nbgrader("validate", str(here / "submitted" / "bob" / "a05" / "a05.ipynb"))
    assert "Success! Your notebook passes all the tests." in right.stdout
    assert "∂L/∂x, conv2d with stride" in wrong.stdout

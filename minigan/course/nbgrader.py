"""A source assignment of nbgrader: the notebook, a cell to write in, and a cell of hidden tests for each part.

In nbgrader the tests run in the process of the submission, so that this is no protection against a student who wants to
cheat; `course grade` is.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..files import write_text
from .assignment import Assignment, find_assignment
from .calls import find_calls
from .grading import grade_part
from .pages import page_of
from .wire import Message
from .worker import describe

HIDDEN = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"
PUBLIC_SEED = "0"


class Inside:
    """Asks the functions of a notebook in its own process: what `asking.Worker` does with another one."""

    def __init__(self, assignment: Assignment, names: Mapping[str, Any]):
        self._calls, self._student, self._file = find_calls(assignment.name), SimpleNamespace(**names), assignment.file

    def ask(self, text: Mapping[str, Any], arrays: Mapping[str, np.ndarray], deadline: float) -> Message:
        """The answer of a call, or the text of its exception."""
        try:
            given = {name: np.array(x) for name, x in arrays.items()}
            found = self._calls[text["call"]](self._student, dict(text), **given)
            return Message({}, {name: np.asarray(x) for name, x in found.items()})
        except Exception as error:
            return Message({"error": describe(error, self._file)}, {})


def check_part(name: str, part: str, names: Mapping[str, Any], seed: str = PUBLIC_SEED) -> None:
    """Raise AssertionError, saying what is wrong, unless the part is right; `names` are the notebook's `globals()`."""
    assignment = find_assignment(name)
    result = grade_part(assignment, assignment.part(part), Inside(assignment, names), seed)
    if not result.right:
        raise AssertionError(f"{result.reason}\n{assignment.part(part).why}")


def write_source(folder: Path, assignment: Assignment, seed: str) -> Path:
    """Write NAME/NAME.ipynb into nbgrader's source folder, and return its path."""
    path = folder / assignment.name / f"{assignment.name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(source_notebook(assignment, seed), indent=1, ensure_ascii=False) + "\n")
    return path


def source_notebook(assignment: Assignment, seed: str) -> dict[str, Any]:
    """The assignment's notebook with the stub as a solution cell, and a graded cell for each part."""
    notebook = json.loads(page_of(assignment)[1])
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    cells.append(_cell(assignment.stub, {}))  # nbgrader would empty a cell that it knows as a solution
    for part in assignment.parts:
        call = f"check_part({assignment.name!r}, {part.name!r}, globals()"
        source = f"from minigan.course.nbgrader import check_part\n\n{call})\n"
        source += HIDDEN.format(f"{call}, seed={seed!r})")
        graded: dict[str, Any] = {"grade": True, "locked": True, "solution": False, "task": False, "schema_version": 3}
        graded |= {"grade_id": f"{assignment.name}-{part.name}", "points": part.points}
        cells.append(_cell(source, {"nbgrader": graded}))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return {**notebook, "cells": cells, "nbformat": 4, "nbformat_minor": 5}


def _cell(source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": [],
        "source": source.splitlines(keepends=True),
    }  # fmt: skip

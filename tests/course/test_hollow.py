"""The emptied package: what an assignment asks for raises an error, and nothing else changes."""

import ast
import subprocess
import sys

import pytest

from minigan.course.assignment import NAMES, find_assignment
from minigan.course.hollow import ENGINE, PACKAGE, hollow_source, write_hollow
from minigan.course.likeness import alike, likeness, structure
from tests.support import ROOT

SOURCE = '''"""A file."""

import math


def f(x):
    """Doubles."""
    # why
    y = 2 * x
    return y


class A:
    """Holds."""

    size = 3

    def g(self):
        return math.pi

    def h(self):
        """Text."""
        return [
            1,
        ]


def last():
    return f(1)  # a comment that stays
'''


def test_functions_keep_signature_and_docstring_and_all_else_its_lines():
    found = hollow_source(SOURCE, ["f", "A.h"], "assignment a00")
    names: dict = {}
    exec(found, names)
    for call, name in ((lambda: names["f"](1), "f"), (names["A"]().h, "A.h")):
        with pytest.raises(NotImplementedError, match=f"{name} is yours to write: assignment a00"):
            call()
    assert names["f"].__doc__ == "Doubles."
    assert names["A"]().g() > 3
    assert "a comment that stays" in found
    assert "# why" in found or "y = 2 * x" not in found
    assert "return [" not in found


def test_a_class_stands_for_its_methods():
    found = hollow_source(SOURCE, ["A"], "x")
    assert "math.pi" not in found
    assert "size = 3" in found


@pytest.mark.parametrize("name", ["nothing", "A.nothing", "B.g"])
def test_a_name_that_is_not_there_is_an_error(name):
    with pytest.raises(ValueError, match="no function or class is called"):
        hollow_source(SOURCE, [name], "x")


@pytest.mark.parametrize("name", NAMES)
def test_every_assignment_can_be_emptied_and_imported(name, tmp_path):
    """And what is emptied is nowhere else in the package of the sandbox, under the same name."""
    assignment = find_assignment(name)
    write_hollow(tmp_path, assignment.removed, assignment.emptied_for, (*ENGINE, *assignment.removed))
    code = (
        f"import minigan, minigan.gan; from minigan.course.calls import find_calls; print(sorted(find_calls({name!r})))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    for file, names in assignment.removed.items():
        source = (tmp_path / "minigan" / file).read_text("utf-8")
        assert f"is yours to write: {assignment.emptied_for}" in source
        assert source != (PACKAGE / file).read_text("utf-8")
        assert names


def test_the_sandbox_has_no_answers(tmp_path):
    write_hollow(tmp_path, {}, "x")
    names = {path.relative_to(tmp_path / "minigan").as_posix() for path in tmp_path.rglob("*.py")}
    assert not {name for name in names if "probes" in name or name.startswith(("explore", "commands", "evaluate"))}
    assert "course/comparing.py" not in names
    assert ENGINE


def test_likeness_sees_through_other_names_but_not_other_ways():
    right = (ROOT / "tests" / "course" / "a05" / "right_taps.py").read_text("utf-8")
    other = (ROOT / "tests" / "course" / "a05" / "right_einsum.py").read_text("utf-8")
    renamed = ast.unparse(ast.parse(right)).replace("self", "me").replace("xp", "padded").replace("part", "window")
    stub = structure(find_assignment("a05").stub)
    assert likeness(structure(right), structure(renamed), stub) > 0.95
    assert likeness(structure(right), structure(other), stub) < 0.3
    pairs = alike({"a": structure(right), "b": structure(renamed), "c": structure(other)}, stub, 0.8)
    assert [(a, b) for _, a, b in pairs] == [("a", "b")]
    assert structure("def f(:") == []
    assert likeness(stub, stub, stub) == 0.0

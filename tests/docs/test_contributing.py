"""The examples of docs/CONTRIBUTING.md, pasted into a copy of the checkout: their code and commands work."""

import ast
import difflib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import ROOT

PAGE = (ROOT / "docs" / "CONTRIBUTING.md").read_text("utf-8")
SECTIONS = {part.split("\n", 1)[0].lower(): part for part in PAGE.split("\n### ")[1:]}
BLOCK = re.compile(r"```python\n# ([\w/.]+\.py)(?:, ([^\n]*))?\n(.*?\n)```", re.DOTALL)
LINKED = "shipped"  # large folders that no example changes
EXPECTED = {  # what the last command of each example prints
    "an op": "core, meaning",
    "a data source": "resumption work",
    "an experiment": "Open these:",
    "a loss": "resumption work",
    "a network of your own": "resumption work",
    "as a library": "net.layers.6.bias",
}


class Block(NamedTuple):
    """Code for the file `path`; `position` says where in it, and is empty for a new file."""

    path: str
    position: str
    code: str


def blocks(section: str) -> list[Block]:
    return [Block(*found) for found in BLOCK.findall(section)]


def names(statement: ast.stmt) -> set[str]:
    """The names that a statement of a module defines or imports; of a call, its first argument if that is a string."""
    match statement:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            return {name}
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return {name}
        case ast.ImportFrom(names=imported):
            return {alias.name for alias in imported}
        case ast.Expr(value=ast.Call(args=[ast.Constant(value=str(name)), *_])):
            return {name}
    return set()


def paste(text: str, position: str, code: str) -> str:
    """The text of a file with the code inserted at the position that the page names."""
    if found := re.fullmatch("in place of `(.*)`", position):
        assert text.count(found[1]) == 1, position
        return text.replace(found[1], code.rstrip("\n"))
    found = re.fullmatch(r"(after|in) (?:the \w+ (?:of )?)?(\w+)", position)
    assert found, f"unknown position {position!r}"
    (statement,) = (node for node in ast.parse(text).body if found[2] in names(node))
    lines = text.splitlines(keepends=True)
    end = statement.end_lineno - (found[1] == "in")  # before the closing bracket
    if isinstance(statement, ast.ClassDef | ast.FunctionDef):
        code = f"\n\n{code}"
    return "".join([*lines[:end], code, *lines[end:]])


@pytest.fixture(scope="module")
def changed(tmp_path_factory) -> Path:
    """A copy of the checkout with all examples pasted into it."""
    copy = tmp_path_factory.mktemp("contributing") / "checkout"
    for folder in ("minigan", "tests"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns(LINKED, "__pycache__"))
    for folder in (ROOT / "minigan").rglob(LINKED):
        (copy / folder.relative_to(ROOT)).symlink_to(folder, target_is_directory=True)
    shutil.copy(ROOT / "setup.cfg", copy)
    for path, position, code in (block for section in SECTIONS.values() for block in blocks(section)):
        assert bool(position) == (ROOT / path).exists(), path
        before = (copy / path).read_text("utf-8") if position else ""
        (copy / path).write_text(paste(before, position, code) if position else code, "utf-8")
    return copy


def run_python(folder: Path, arguments: str) -> subprocess.CompletedProcess:
    """Run Python with the package and the tests of a folder."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, *shlex.split(arguments)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_there_are_six_examples():
    assert SECTIONS.keys() == EXPECTED.keys()
    assert all(blocks(section) for section in SECTIONS.values())
    assert PAGE.count("```python") == sum(len(blocks(section)) for section in SECTIONS.values())


@pytest.mark.parametrize("example", EXPECTED)
def test_the_commands_of_the_example_work(example, changed):
    """The tests and commands on the page succeed."""
    commands = re.findall(r"^\.venv/bin/python (.*)$", SECTIONS[example], re.MULTILINE)
    assert commands
    for command in commands:
        result = run_python(changed, command)
        assert result.returncode == 0, result.stdout + result.stderr
    assert EXPECTED[example] in result.stdout


@pytest.mark.parametrize("example", EXPECTED)
def test_the_numbers_of_files_and_lines_are_right(example, changed):
    paths = {block.path for block in blocks(SECTIONS[example])}
    added = removed = 0
    for path in paths:
        before = (ROOT / path).read_text("utf-8").splitlines() if (ROOT / path).exists() else []
        after = (changed / path).read_text("utf-8").splitlines()
        changes = list(difflib.unified_diff(before, after, n=0))[2:]  # without the two file names
        added += sum(line.startswith("+") for line in changes)
        removed += sum(line.startswith("-") for line in changes)
    assert f"| {example} | {len(paths)} | +{added} −{removed} |" in PAGE.lower()


@pytest.mark.parametrize(
    ("path", "right", "wrong", "test", "case"),
    [
        (
            "minigan/ops/activation.py",
            "grad / (scale * scale)",
            "grad / scale",
            "tests/ops/test_gradients.py",
            "softsign",
        ),
        ("minigan/gan/losses.py", "0.25 * outputs**2", "0.5 * outputs**2", "tests/gan/test_losses.py", "pearson"),
    ],
    ids=["an op", "a loss"],
)
def test_a_mistake_in_an_example_fails_its_test(path, right, wrong, test, case, changed):
    text = (changed / path).read_text("utf-8")
    assert text.count(right) == 1
    (changed / path).write_text(text.replace(right, wrong), "utf-8")
    try:
        result = run_python(changed, f"-m pytest {test} -k {case}")
    finally:
        (changed / path).write_text(text, "utf-8")
    assert result.returncode == 1
    assert re.search(rf"FAILED {test}::\w+\[{case}\]", result.stdout)

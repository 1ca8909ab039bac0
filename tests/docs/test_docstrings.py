"""The reference is made of docstrings: nothing in it lacks one, errors are named, examples print what they show.

What it lists is in docs/api.  An error is looked for in the body of a function, and in private helpers that it calls.
"""

import ast
import builtins
import doctest
import functools
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

import minigan
from tests.support import ROOT

LISTED = re.compile(r"automodule:: (\S+)\n +:members:(.*)")
PACKAGE = Path(minigan.__file__).parent
WITH_EXAMPLES = [path for path in sorted(PACKAGE.rglob("*.py")) if ">>> " in path.read_text("utf-8")]
HEADING = re.compile(r"^ +Examples\n +-{8}\n +>>> ", re.MULTILINE)


class Entry(NamedTuple):
    """A function, class or method of the reference, its docstring, and the exceptions that it raises.

    `named_in` is where these are to be named: in the docstring or, of a method, in that of its class.
    """

    name: str
    docstring: str
    errors: set[str]
    named_in: str


def listed() -> Iterator[Any]:
    """The functions and classes on the pages of docs/api, and those of `import minigan`."""
    pages = "".join(path.read_text("utf-8") for path in sorted((ROOT / "docs" / "api").glob("*.md")))
    for name, members in [*LISTED.findall(pages), ("minigan", "")]:
        module = import_module(name)
        own = [key for key, x in vars(module).items() if key[0] != "_" and getattr(x, "__module__", "") == name]
        for key in members.replace(",", " ").split() or getattr(module, "__all__", own):
            x = getattr(module, key)
            if inspect.isfunction(x) or inspect.isclass(x):
                yield x


def entries() -> Iterator[Entry]:
    """All that is listed, each once, and the methods of the classes among it, whose docstrings may be inherited."""
    for x in dict.fromkeys(listed()):
        module, name = sys.modules[x.__module__], f"{x.__module__}.{x.__name__}"
        tree, names = tree_of(module), {**vars(builtins), **vars(module)}
        (node,) = (n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name == x.__name__)
        docstring, is_class = ast.get_docstring(node) or "", isinstance(node, ast.ClassDef)
        yield Entry(name, docstring, set() if is_class else raised(node, tree, names), docstring)
        for method in node.body if is_class else ():
            if isinstance(method, ast.FunctionDef) and not re.match("_[^_]", method.name):
                own = inspect.getdoc(getattr(x, method.name)) or ""
                yield Entry(f"{name}.{method.name}", own, raised(method, tree, names), f"{docstring} {own}")


@functools.cache
def tree_of(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module))


def raised(function: ast.AST, tree: ast.Module, names: Mapping[str, Any]) -> set[str]:
    """The exceptions that a function raises, or a private helper among the functions and methods of its module."""
    helpers = {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and re.match("_[^_]", n.name)}
    found, waiting = set[str](), [function]
    while waiting:
        for node in ast.walk(waiting.pop()):
            if isinstance(node, ast.Raise) and node.exc:
                found |= exceptions(node.exc, names)
            elif isinstance(node, ast.Call):
                called = getattr(node.func, "id", getattr(node.func, "attr", ""))
                waiting += [helpers.pop(called)] if called in helpers else []
    return found - {"NotImplementedError"}


def exceptions(node: ast.expr, names: Mapping[str, Any]) -> set[str]:
    """What is after `raise`: a class, its call, the call of a function that returns one; of a variable, nothing."""
    match node:
        case ast.IfExp(body=one, orelse=other):
            return exceptions(one, names) | exceptions(other, names)
        case ast.Call(func=ast.Name(id=name)) | ast.Name(id=name) if x := names.get(name):
            return {(x if inspect.isclass(x) else x.__annotations__["return"]).__name__}
    return set()


def test_errors_are_found():
    """In the body and in a private helper, made by a function, one of two; a variable and `raise` alone are none."""
    tree = ast.parse(
        "def f(x, error):\n  self._check(x)\n  if x: raise BadInput(x) if x else KeyError\n  raise error\n  raise\n"
        "def _check(x):\n  _check(x)\n  raise missing('a')\n"
        "def _other(): raise OSError\n"
    )

    def missing(name: str) -> TypeError:
        """A function that makes an error."""

    names = {**vars(builtins), "BadInput": minigan.GradientError, "missing": missing}
    assert raised(tree.body[0], tree, names) == {"GradientError", "KeyError", "TypeError"}


def test_everything_has_a_docstring():
    found = [entry for entry in entries() if not entry.name.endswith("__")]
    assert len(found) > 400
    assert [entry.name for entry in found if not entry.docstring] == []


def test_errors_are_named():
    found = [(entry, error) for entry in entries() for error in sorted(entry.errors)]
    assert len(found) > 100
    assert [f"{x.name}: {error}" for x, error in found if not re.search(rf"\b{error}\b", x.named_in)] == []


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_examples_print_what_is_shown(path):
    """Those of each docstring by themselves, as if they were pasted into a new session."""
    name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    module = pytest.importorskip(name.removesuffix(".__init__"), reason="needs an optional package")
    found = [test for test in doctest.DocTestFinder().find(module, globs={}) if test.examples]
    assert found
    assert [test.name for test in found if doctest.DocTestRunner().run(test).failed] == []


def test_there_are_examples():
    assert sum(len(HEADING.findall(path.read_text("utf-8"))) for path in WITH_EXAMPLES) >= 40

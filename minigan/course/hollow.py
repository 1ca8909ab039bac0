"""The package without what an assignment asks for: functions keep their signature and docstring, and raise an error.

The text is changed between the lines that the syntax tree names; all other lines, and their comments, stay as they are.
"""

import ast
from collections.abc import Mapping, Sequence
from pathlib import Path

import minigan

PACKAGE = Path(minigan.__file__).parent
Removed = Mapping[str, Sequence[str]]  # file in the package → functions, methods (Class.method), or whole classes
# What a submission may use in the sandbox: the engine, and what plays the grader's questions to it.
ENGINE = (
    "__init__.py", "errors.py", "files.py", "archives.py", "startup.py", "graph.py", "array_protocol.py", "inputs.py",
    "tensor.py", "gradcheck.py", "group.py",
    "arrays/*.py", "ops/*.py", "nn/*.py", "optim/*.py", "gan/*.py", "data/*.py",
    "course/__init__.py", "course/wire.py", "course/worker.py", "course/calls/*.py", "course/seams/*.py",
)  # fmt: skip


def hollow_source(source: str, names: Sequence[str], what: str) -> str:
    """The source with the bodies of these functions replaced by an error that says `what`.

    A name is a function, a method as "Class.method", or a class, which stands for all its methods.
    Raises ValueError if there is no such name.
    """
    lines, left = source.splitlines(keepends=True), set(names)
    bodies: list[tuple[int, int, int, str]] = []  # first line, last line, column, name
    for name, function in _functions(ast.parse(source)):
        owner = name.rpartition(".")[0]
        if name in names or owner in names:
            left -= {name, owner}
            body = function.body[1:] if ast.get_docstring(function) is not None else function.body
            first, column = (body[0].lineno, body[0].col_offset) if body else (0, 0)
            if body and first > function.lineno and not _shares_line(function, first):
                bodies.append((first, body[-1].end_lineno or first, column, name))
            else:  # the docstring is all that it has, or it stands on one line
                raise ValueError(f"{name} has no lines of its own to empty")
    if left:
        raise ValueError(f"no function or class is called {', '.join(sorted(left))}")
    for first, last, column, name in sorted(bodies, reverse=True):
        message = f"{name} is yours to write: {what}"
        lines[first - 1 : last] = [f"{' ' * column}raise NotImplementedError({message!r})\n"]
    return "".join(lines)


def _functions(tree: ast.Module) -> list[tuple[str, ast.FunctionDef]]:
    found = [(node.name, node) for node in tree.body if isinstance(node, ast.FunctionDef)]
    for owner in tree.body:
        if isinstance(owner, ast.ClassDef):
            found += [(f"{owner.name}.{x.name}", x) for x in owner.body if isinstance(x, ast.FunctionDef)]
    return found


def _shares_line(function: ast.FunctionDef, line: int) -> bool:
    """Whether the body begins on a line of the signature."""
    return any((argument.end_lineno or 0) >= line for argument in (*function.args.args, *function.args.kwonlyargs))


def write_hollow(folder: Path, removed: Removed, what: str, patterns: Sequence[str] = ENGINE) -> None:
    """Write `folder`/minigan: the files of the package that match the patterns, without the functions in `removed`.

    `what` ends the error message of the emptied functions.  Files that are not there need not be emptied.
    """
    for pattern in patterns:
        for path in sorted(PACKAGE.glob(pattern)):
            name = path.relative_to(PACKAGE).as_posix()
            if not path.is_file() or "__pycache__" in name:
                continue
            target = folder / "minigan" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            data = path.read_bytes()
            target.write_bytes(hollow_source(data.decode(), removed[name], what).encode() if name in removed else data)

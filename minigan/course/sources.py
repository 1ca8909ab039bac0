"""The student's functions, as the text of one Python file: from a .py file, or from the code cells of a notebook.

Of a notebook, the functions that the assignment names are taken, and what they need: all statements that define or
change those names, in order.  So the last definition counts, cells may be copied, split and deleted, and what else they
do is left out.
"""

import ast
import json
import re
import symtable
import unicodedata
from collections.abc import Iterable, Sequence

from ..errors import BadInput, printable

MOST_CODE = 1 << 18  # bytes of Python, 256 KiB: parsing takes a thousand times as much memory
MOST_NOTEBOOK = 32 << 20  # bytes of a notebook: outputs may be large, and are not looked at


def read_source(name: str, data: bytes, functions: Sequence[str]) -> str:
    """The Python source of a file that was handed in, called `name`.

    Raises BadInput if it is too large, cannot be read, or does not define the functions.
    """
    notebook = name.lower().endswith(".ipynb")
    check_size(name, len(data), MOST_NOTEBOOK if notebook else MOST_CODE)
    try:
        text = data.decode("utf-8-sig")
        source = extract(code_cells(name, text), functions) if notebook else text
        tree = ast.parse(source)
    except UnicodeDecodeError as error:
        raise BadInput(f"{name}: expected text in UTF-8 ({error})") from error
    except SyntaxError as error:
        raise BadInput(f"{name}: line {error.lineno}: {error.msg}") from error
    except BadInput:
        raise
    except (ValueError, RecursionError, MemoryError) as error:  # null bytes, or nested a thousand times
        raise BadInput(f"{name}: cannot be read as Python ({type(error).__name__})") from error
    check_functions(name, defined_in(tree), functions)
    return source


def check_size(name: str, size: int, most: int) -> None:
    """Raise BadInput if a file, or its code, is larger than what is read."""
    if size > most:
        raise BadInput(f"{name}: {size:,} bytes, more than the {most:,} that are read")


def code_cells(name: str, text: str) -> list[str]:
    """The sources of a notebook's code cells, in order; BadInput if it is no notebook, or has too much code."""
    try:
        cells = json.loads(text)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        sources = [source if isinstance(source, str) else "".join(source) for source in sources]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(f"{name}: expected a Jupyter notebook of version 4 ({type(error).__name__})") from error
    check_size(f"{name}: its code", sum(map(len, sources)), MOST_CODE)
    return sources


def extract(cells: Iterable[str], functions: Sequence[str]) -> str:
    """All statements of the cells that define or change these functions, or anything that they use, in order.

    Raises SyntaxError for a cell that defines one of the functions and cannot be parsed.
    """
    statements: list[ast.stmt] = []
    for cell in cells:
        try:
            statements += parse_cell(cell)
        except SyntaxError:  # such a cell does not run, and defines nothing
            if any(re.search(rf"^\s*(def|class)\s+{name}\b", cell, re.MULTILINE) for name in functions):
                raise
    needed, names = set[int](), set(functions)
    while True:
        found = {i for i, statement in enumerate(statements) if names_bound(statement) & names or _is_star(statement)}
        if found <= needed:
            break
        for position in found - needed:
            names |= names_used(statements[position])
        needed |= found
    return "\n\n\n".join(ast.unparse(statements[position]) for position in sorted(needed)) + "\n"


def parse_cell(cell: str) -> list[ast.stmt]:
    """The statements of a cell; lines for the notebook, such as %matplotlib, !pip and help?, are left out."""
    if cell.lstrip().startswith("%%"):
        return []
    try:
        return ast.parse(cell).body
    except SyntaxError:
        lines = ["" if re.match(r"[%!?]|.*\?\s*$", line) else line for line in cell.splitlines()]
        if lines == cell.splitlines():
            raise
        return ast.parse("\n".join(lines)).body


def names_used(statement: ast.stmt) -> set[str]:
    """The names at the top level that a statement uses: not those that are local to its functions."""
    names, todo = set[str](), [symtable.symtable(ast.unparse(statement), "cell", "exec")]
    while todo:
        scope = todo.pop()
        todo += scope.get_children()
        top = scope.get_type() == "module"
        names |= {s.get_name() for s in scope.get_symbols() if s.is_referenced() and (top or s.is_global())}
    return names


def names_bound(statement: ast.stmt) -> set[str]:
    """The names at the top level that a statement defines, or changes: also in parts of it, as of an `if`."""
    names, todo = set[str](), [statement]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {x.id for target in targets for x in ast.walk(target) if isinstance(x, ast.Name)}
        else:
            names |= {x.id for x in ast.iter_child_nodes(node) if isinstance(x, ast.Name) and _is_stored(x)}
            todo += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt | ast.excepthandler)]  # type: ignore[misc]
    return names


def _is_stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _is_star(statement: ast.stmt) -> bool:
    """Whether it imports all names of a module: which these are is not known."""
    return isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*"


def defined_in(tree: ast.Module) -> set[str]:
    """The names defined at the top level of a file."""
    return set[str]().union(*map(names_bound, tree.body))


def check_functions(name: str, defined: set[str], functions: Sequence[str]) -> None:
    """Raise BadInput, naming what looks like it, unless the functions are defined."""
    for function in functions:
        if function not in defined:
            alike = [other for other in sorted(defined) if looks_like(other, function)]
            hint = f"; it defines {printable(ascii(alike[0]))}, spelled with other letters" if alike else ""
            raise BadInput(f"{name}: expected the function {function}, which it does not define{hint}")


def looks_like(name: str, other: str) -> bool:
    """Whether two different names look the same: letters of other alphabets, or other cases."""
    return name != other and _skeleton(name) == _skeleton(other)


LOOKALIKES = str.maketrans("асеорхуіјѕԁԛԝһοαν", "aceopxyijsdqwhoav")  # Cyrillic and Greek → Latin


def _skeleton(name: str) -> str:
    return unicodedata.normalize("NFKC", name).lower().translate(LOOKALIKES)

"""The student's functions, as the text of one Python file: from a .py file, or from the code cells of a notebook.

Of a notebook, the functions that the assignment names are taken, and what they need; the last definition of a name
counts, so that copied, split, deleted and repeated cells do no harm, and what else the cells do is left out.
"""

import ast
import json
import unicodedata
from collections.abc import Iterable, Sequence

from ..errors import BadInput, printable

MOST_CODE = 1 << 20  # bytes of a Python file
MOST_NOTEBOOK = 32 << 20  # bytes of a notebook: outputs may be large, and are not looked at


def read_source(name: str, data: bytes, functions: Sequence[str]) -> str:
    """The Python source of a file that was handed in, called `name`.

    Raises BadInput if it is too large, cannot be read, or does not define the functions.
    """
    notebook = name.lower().endswith(".ipynb")
    most = MOST_NOTEBOOK if notebook else MOST_CODE
    if len(data) > most:
        raise BadInput(f"{name}: {len(data):,} bytes, more than the {most:,} that are read")
    try:
        text = data.decode("utf-8-sig")
        source = extract(code_cells(text), functions) if notebook else text
        tree = ast.parse(source)
    except UnicodeDecodeError as error:
        raise BadInput(f"{name}: expected text in UTF-8 ({error})") from error
    except SyntaxError as error:
        raise BadInput(f"{name}: line {error.lineno}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:  # null bytes, or nested a thousand times
        raise BadInput(f"{name}: cannot be read as Python ({type(error).__name__})") from error
    check_functions(name, defined_in(tree), functions)
    return source


def code_cells(text: str) -> list[str]:
    """The sources of a notebook's code cells, in order; ValueError if it is no notebook."""
    try:
        cells = json.loads(text)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        return [source if isinstance(source, str) else "".join(source) for source in sources]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a notebook of version 4") from error


def extract(cells: Iterable[str], functions: Sequence[str]) -> str:
    """The definitions of these functions in the cells, and of everything at the top level that they use, in order."""
    statements: list[ast.stmt] = []
    for cell in cells:
        try:
            statements += ast.parse(without_magics(cell)).body
        except SyntaxError:
            continue  # a cell that does not run defines nothing; if a function is missing, that is said
    last: dict[str, int] = {}  # name → the position of the statement that defined it last
    for position, statement in enumerate(statements):
        last.update(dict.fromkeys(names_bound(statement), position))
    needed, todo = set[int](), [last[name] for name in functions if name in last]
    while todo:
        position = todo.pop()
        if position not in needed:
            needed.add(position)
            used = {node.id for node in ast.walk(statements[position]) if isinstance(node, ast.Name)}
            todo += [last[name] for name in used if name in last]
    return "\n\n\n".join(ast.unparse(statements[position]) for position in sorted(needed)) + "\n"


def without_magics(cell: str) -> str:
    """The cell without the lines that are for the notebook, such as %matplotlib and !pip; nothing of a %% cell."""
    lines = cell.splitlines()
    if lines and lines[0].lstrip().startswith("%%"):
        return ""
    return "\n".join("" if line.lstrip()[:1] in ("%", "!", "?") else line for line in lines)


def names_bound(statement: ast.stmt) -> set[str]:
    """The names that a statement at the top level defines."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and _is_stored(node)}
    return set()


def _is_stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def defined_in(tree: ast.Module) -> set[str]:
    """The names defined at the top level of a file, also within `if` and `try`."""
    names, todo = set[str](), list(tree.body)
    while todo:
        statement = todo.pop()
        names |= names_bound(statement)
        if isinstance(statement, ast.If | ast.Try | ast.With):
            todo += [child for child in ast.walk(statement) if isinstance(child, ast.stmt) and child is not statement]
    return names


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

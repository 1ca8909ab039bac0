"""The core can be read in an afternoon: its lines of code are counted, and there is a limit."""

import ast
import io
import tokenize
from pathlib import Path

import minigan

LIMIT = 1350
PACKAGE = Path(minigan.__file__).parent
CORE = [PACKAGE / "graph.py", PACKAGE / "tensor.py", *(PACKAGE / "ops").glob("*.py"), *(PACKAGE / "nn").glob("*.py")]
CORE += [PACKAGE / "optim.py"]
NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def lines_of_code(source: str) -> int:
    """Lines with code on them: no blank lines, no comments, no docstrings."""
    occupied = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NO_CODE:
            occupied.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            occupied -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(occupied)


def test_lines_are_counted_as_we_say():
    """A docstring, a comment, and blank lines do not count; a string over two lines does, and a continued line."""
    source = '"""Doc\nstring."""\n\n# comment\nx = """a\nb"""  # two lines\n\n'
    source += 'def f(\n    y,\n):\n    "doc"\n    return y\n'
    assert lines_of_code(source) == 2 + 3 + 1


def test_the_core_stays_small(capsys):
    """tensor, graph, ops, nn and optim; the number is printed in every run."""
    sizes = {path.relative_to(PACKAGE).as_posix(): lines_of_code(path.read_text("utf-8")) for path in CORE}
    total = sum(sizes.values())
    with capsys.disabled():
        print(f"\ncore: {total} lines of code of at most {LIMIT}, in {len(sizes)} files")
    assert len(sizes) > 10
    assert total <= LIMIT, sizes

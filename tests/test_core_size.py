"""The core can be read in an afternoon: its lines of code are counted, in four numbers, and there is a limit to each.

The *meaning* is what is computed: tensors, the graph, ops, layers, optimisers.  The *speed* is how some of it is
computed faster: the algorithms of convolution, the order of memory, and the kernels.  What is *compiled* by Numba, the
kernels of the CPU and the algorithm that only they make fast, runs where that is installed.  What is *composed* of the
core, without an op of its own, can be left out by who reads it: methods, norms, schedules, what NumPy asks of an array.
The limits leave head room for a contribution; who needs more raises a limit, and says why.
"""

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

import minigan

PACKAGE = Path(minigan.__file__).parent
COMPILED = [*(PACKAGE / "arrays" / "compiled").glob("*.py"), PACKAGE / "ops" / "minimal_filtering.py"]
COMPILED += [PACKAGE / "arrays" / f"{name}.py" for name in ("blas", "cpu", "workers")]
FAST = [*(PACKAGE / "ops" / f"{name}.py" for name in ("algorithms", "choice", "nine_products"))]
SPEED = [*FAST, *(PACKAGE / "arrays" / f"{name}.py" for name in ("allocator", "cuda_kernels", "layout"))]
COMPOSED = [
    PACKAGE / f"{name}.py"
    for name in (
        "array_protocol", "inputs", "nn/embedding", "nn/norms", "nn/shape", "nn/spectral", "ops/composed",
        "ops/geometry", "ops/layer_functions", "ops/loss", "ops/methods", "ops/pooling", "optim/clipping",
        "optim/schedules",
    )
]  # fmt: skip
MEANING = [PACKAGE / "graph.py", PACKAGE / "tensor.py", *(PACKAGE / "optim").glob("*.py")]
MEANING += [path for room in ("ops", "nn") for path in (PACKAGE / room).glob("*.py") if path not in FAST]
MEANING = [path for path in MEANING if path not in [*COMPOSED, *COMPILED]]
LIMITS = {"meaning": (MEANING, 1600), "speed": (SPEED, 600), "compiled": (COMPILED, 800), "composed": (COMPOSED, 700)}
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


@pytest.mark.parametrize("path", COMPOSED, ids=lambda path: path.name)
def test_what_is_composed_defines_no_op(path):
    """No gradient is derived by hand there: each follows from those of the core."""
    assert not re.search(r"class \w+\((Op|Binary|Fused)\)|def backward", path.read_text("utf-8"))


def test_the_core_stays_small(capsys):
    """The numbers are printed in every run."""
    for name, (files, limit) in LIMITS.items():
        sizes = {path.relative_to(PACKAGE).as_posix(): lines_of_code(path.read_text("utf-8")) for path in files}
        with capsys.disabled():
            print(f"\ncore, {name}: {sum(sizes.values())} lines of code of at most {limit}, in {len(sizes)} files")
        assert len(sizes) > 5
        assert sum(sizes.values()) <= limit, sizes

"""How alike two submissions are, whatever their names, comments, formatting and the order of their functions.

The syntax tree of each function is written as a sequence of the kinds of its nodes; of every window of the sequence
a number is kept (its hash).  Likeness is the share of numbers that two submissions have in common (Jaccard index),
without those of the stub, which all have in common.  (After winnowing: Schleimer, Wilkerson & Aiken 2003.)
"""

import ast
import zlib
from collections.abc import Collection, Iterator
from itertools import combinations

WINDOW = 12  # nodes: about two lines
FEWEST = 15  # numbers below which two submissions are too short to be compared


def structure(source: str) -> list[int]:
    """The numbers of a file, sorted; empty if it cannot be parsed."""
    try:
        tree = ast.parse(source)
        sequences = [list(_kinds(statement)) for statement in tree.body]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    numbers = set()
    for kinds in sequences:
        for start in range(len(kinds) - WINDOW + 1):
            numbers.add(zlib.crc32(" ".join(kinds[start : start + WINDOW]).encode()))
    return sorted(numbers)


def _kinds(tree: ast.AST) -> Iterator[str]:
    """The kinds of the nodes, in the order of the text; names and numbers count as what they are, not as which."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr_context | ast.Load) and not _is_docstring(node):
            yield type(node).__name__


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def likeness(a: Collection[int], b: Collection[int], common: Collection[int] = ()) -> float:
    """The share of the numbers of either that both have, from 0 to 1; 0 if there are too few to tell."""
    first, second = set(a) - set(common), set(b) - set(common)
    if min(len(first), len(second)) < FEWEST:
        return 0.0
    return len(first & second) / len(first | second)


def alike(structures: dict[str, list[int]], stub: Collection[int], least: float) -> list[tuple[float, str, str]]:
    """The pairs that are at least so alike, the most alike first."""
    pairs = [(likeness(structures[a], structures[b], stub), a, b) for a, b in combinations(sorted(structures), 2)]
    return sorted((pair for pair in pairs if pair[0] >= least), key=lambda pair: (-pair[0], *pair[1:]))

"""Compiled kernels in tests: switched on for a while, however small the arrays, and with errors in their loops."""

import ast
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest

from minigan.arrays import cpu


@contextmanager
def compiled_kernels(threads: int = 3) -> Iterator[None]:
    """Within this context they compute, and the smallest array is worth a thread."""
    from minigan.arrays.compiled import products, sharing

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sharing, "WORTH_A_THREAD", 1)
        patch.setattr(products, "PRODUCT_WORTH_A_THREAD", 1)
        cpu.use_compiled_kernels(threads)
        try:
            yield
        finally:
            cpu.use_numpy()


class Changed(ast.NodeTransformer):
    """Changes one place of a module's functions: the sign of a sum, a factor, a comparison, an index or a range."""

    def __init__(self, number: int):
        self.number, self.place, self.seen, self.function = number, "", -1, ""

    def visit_FunctionDef(self, node):
        self.function = node.name
        return self.generic_visit(node)

    def here(self, node) -> bool:
        self.seen += bool(self.function)
        if self.function and self.seen == self.number:
            self.place = f"{self.function}: {ast.unparse(node)}"
            return True
        return False

    def visit_BinOp(self, node):
        swap = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult, ast.Mod: ast.Add}
        node = self.generic_visit(node)
        if type(node.op) in swap and self.here(node):
            node.op = swap[type(node.op)]()
        return node

    def visit_Compare(self, node):
        swap = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.Lt, ast.GtE: ast.Lt, ast.Eq: ast.NotEq}
        node = self.generic_visit(node)
        if type(node.ops[0]) in swap and self.here(node):
            node.ops[0] = swap[type(node.ops[0])]()
        return node

    def visit_Subscript(self, node):
        node = self.generic_visit(node)
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        for part in parts:
            if isinstance(part, ast.Constant) and isinstance(part.value, int) and self.here(node):
                part.value = (part.value + 1) % 2
        return node


def changed_modules(module: ModuleType) -> Iterator[tuple[str, ModuleType]]:
    """The module as Python that is not compiled, with one place changed, and the place: for every place."""
    source = inspect.getsource(module)
    number = 0
    while True:
        change = Changed(number)
        tree = ast.fix_missing_locations(change.visit(ast.parse(source)))
        if not change.place:
            return
        yield change.place, as_python(tree, module)
        number += 1


def as_python(tree: ast.Module, module: ModuleType) -> ModuleType:
    """The module of a tree, its loops as Python functions."""
    result = ModuleType(module.__name__)
    result.__package__ = module.__package__
    code = ast.unparse(tree).replace("from .compiler import compiled", "compiled = lambda loop: loop")
    exec(compile(code, module.__name__, "exec"), result.__dict__)
    result.__dict__.update({"TOGETHER": 6, "BLOCK": 3})  # so that small arrays have several such parts
    return result

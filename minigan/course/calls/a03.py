"""Calls of A3: an operation is what the grader writes, its value and its gradients; the student's check judges it.

Nothing here knows which gradients are right.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from types import CodeType
from typing import Any

import numpy as np

from ...tensor import Op, Tensor
from .common import Arrays, Text

NAMES = {"exp": np.exp, "log": np.log, "sqrt": np.sqrt, "tanh": np.tanh}  # of arrays, and of Tensors


@cache
def compiled(expression: str) -> CodeType:
    return compile(expression, "<expression>", "eval")


class Written(Op):
    """y and the ∂L/∂input, as Python expressions of the inputs a, b, c, of constants, and of y and g = ∂L/∂y.

    None instead of an expression gives None.
    """

    keeps = ("y",)

    def __init__(self, value: str, gradients: Sequence[str | None], constants: Mapping[str, Any]):
        self.value, self.gradients, self.constants = value, gradients, constants

    def forward(self, *arrays: Any) -> Any:
        self.y = np.asarray(eval(compiled(self.value), {**NAMES, **self.constants, **dict(zip("abc", arrays))}))
        return self.y

    def backward(self, grad: Tensor) -> Any:
        names = {**NAMES, **self.constants, **dict(zip("abc", self.inputs)), "y": self.result(self.y), "g": grad}
        wanted = zip(self.gradients, self.needs)
        return tuple(eval(compiled(text), names) if need and text else None for text, need in wanted)


def verdict(student: Any, text: Text, **arrays: Any) -> Arrays:
    """What check says about an operation, and its inputs as they are afterwards."""
    constants = text["constants"] | {name: x for name, x in arrays.items() if name not in "abc"}
    inputs = {name: x for name, x in arrays.items() if name in "abc"}

    def f(*tensors: Tensor) -> Tensor:
        return Written(text["value"], text["gradients"], constants)(*tensors)

    said = student.check(f, list(inputs.values()), text["order"])
    if not isinstance(said, (bool, np.bool_)):
        raise TypeError(f"check gave a {type(said).__name__}, expected True or False")
    return {"right": np.array(bool(said)), **{f"after_{name}": x for name, x in inputs.items()}}


CALLS = {"verdict": verdict}

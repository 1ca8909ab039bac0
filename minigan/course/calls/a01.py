"""Calls of A1: expressions, computed with the student's classes in the place of the engine's."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ...tensor import Tensor
from ..seams import plugged
from ..seams.a01 import changes
from .common import Arrays, Functions, Text, calls_of

FUNCTIONS: Functions = {
    "a + b": lambda student, text, a, b: a + b,
    "a * b": lambda student, text, a, b: a * b,
    "a + k": lambda student, text, a: a + text["k"],
    "k + a": lambda student, text, a: text["k"] + a,
    "a * k": lambda student, text, a: a * text["k"],
    "k * a": lambda student, text, a: text["k"] * a,
    "a ** k": lambda student, text, a: a ** text["k"],
    "a + a": lambda student, text, a: a + a,
    "a * a": lambda student, text, a: a * a,
    "((a * b + a) ** k + b) * a": lambda student, text, a, b: ((a * b + a) ** text["k"] + b) * a,
    "SumTo(k)(a)": lambda student, text, a: student.SumTo(tuple(text["k"]))(a),
}


def sent(student: Any, text: Text, v: Any, **arrays: Any) -> Arrays:
    """For each input of the last node, whether its backward gave a gradient; and v as it is afterwards."""
    tensors = {name: Tensor(x, requires_grad=name in text["by"]) for name, x in arrays.items()}
    seed = Tensor(v)
    step = next(FUNCTIONS[text["f"]](student, text, *tensors.values()).steps(seed))
    return {"sent": np.array([g is not None for g in step.grads]), "after_v": seed.data}


def with_students_classes(call: Callable[..., Arrays]) -> Callable[..., Arrays]:
    def of_students(student: Any, text: Text, **arrays: Any) -> Arrays:
        with plugged(changes(student)):
            return call(student, text, **arrays)

    return of_students


CALLS = {name: with_students_classes(call) for name, call in {**calls_of(FUNCTIONS), "sent": sent}.items()}

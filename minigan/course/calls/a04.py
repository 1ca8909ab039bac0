"""Calls of A4: activations and losses, and the number that says which activation is the student's own."""

from typing import Any

import numpy as np

from ...tensor import Tensor
from .common import calls_of

Text = dict[str, Any]
Arrays = dict[str, Any]


def bce_with_logits(student: Any, text: Text, x: Tensor, *target: Tensor) -> Any:
    return student.bce_with_logits(x, target[0] if target else text["target"])


SHARED = calls_of({
    "leaky_relu": lambda student, text, x: student.leaky_relu(x, text["slope"]),
    "sigmoid": lambda student, text, x: student.sigmoid(x),
    "softplus": lambda student, text, x: student.softplus(x),
    "bce_with_logits": bce_with_logits,
    "own_activation": lambda student, text, x: student.own_activation(x),
})  # fmt: skip


def careful(student: Any, text: Text, **arrays: Any) -> Arrays:
    """Like "gradient", with an exception where NumPy would warn; that small numbers become 0 is no reason to warn."""
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        answer: Arrays = SHARED["gradient"](student, text, **arrays)
    return answer


def number(student: Any, text: Text) -> Arrays:
    """The student's number; of a text such as "s1234567", its digits."""
    digits = "".join(c for c in str(student.STUDENT_NUMBER) if c in "0123456789")
    if not digits:
        raise ValueError("STUDENT_NUMBER is not set: write your own number at the top of the file")
    return {"number": np.array(int(digits[-18:]))}


CALLS = {**SHARED, "careful": careful, "number": number}

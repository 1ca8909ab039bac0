"""A1: +, * and ** of all Tensors, and all sums, are the student's: losses, means, gradients of what broadcasts."""

from collections.abc import Sequence
from typing import Any

from ... import tensor
from . import Change


def changes(student: Any) -> Sequence[Change]:
    return [
        Change(tensor, "Add", student.Add, "additions"),
        Change(tensor, "Multiply", student.Multiply, "multiplications"),
        Change(tensor, "Power", student.Power),
        Change(tensor, "SumTo", student.SumTo, "sums"),
    ]

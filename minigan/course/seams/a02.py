"""A2: every loss is differentiated by the student's backward pass."""

from collections.abc import Iterator
from typing import Any

from ... import tensor
from ...graph import Step
from ...tensor import Tensor
from . import Change


def changes(student: Any) -> list[Change]:
    engine = tensor.backward_steps

    def backward_steps(output: Tensor, grad: Tensor, **settings: Any) -> Iterator[Step]:
        if any(settings.values()):  # `grad` of some inputs alone, gradients of gradients, or a graph that is kept
            return engine(output, grad, **settings)
        return student.backward(output, grad)

    return [Change(tensor, "backward_steps", backward_steps, "backward passes")]

"""A5: the DCGAN's convolutions are the student's."""

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...ops.windows import pair
from ...tensor import Tensor
from . import Change


def changes(student: Any) -> Sequence[Change]:
    def conv2d(x: Tensor, w: Tensor, stride: Any = 1, padding: Any = 0, *_: Any) -> Tensor:
        return student.conv2d(x, w, pair(stride), pair(padding))

    return [Change(ops, "conv2d", conv2d, "convolutions")]

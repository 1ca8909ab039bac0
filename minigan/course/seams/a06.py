"""A6: the DCGAN's transposed convolutions, by which its generator makes images larger, are the student's."""

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...ops.windows import pair
from ...tensor import Tensor
from . import Change


def changes(student: Any) -> Sequence[Change]:
    def conv_transpose2d(x: Tensor, w: Tensor, stride: Any = 1, padding: Any = 0, extra: Any = 0, *_: Any) -> Tensor:
        return student.conv_transpose2d(x, w, pair(stride), pair(padding), pair(extra))

    return [Change(ops, "conv_transpose2d", conv_transpose2d, "transposed convolutions")]

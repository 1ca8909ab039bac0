"""What users of NumPy and PyTorch type: t.exp(), abs(t), np.mean(t).  Tensor is given ops as methods."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..array_protocol import NUMPY_FUNCTIONS
from ..tensor import Tensor
from .activation import relu, sigmoid, tanh
from .arrangement import amax, concatenate
from .composed import amin, clip, flatten, minimum, squeeze, stack, var
from .elementwise import absolute, exp, log, maximum, sqrt, where

METHODS = {
    "T": property(Tensor.transpose), "__abs__": absolute, "abs": absolute, "clip": clip, "exp": exp,
    "flatten": flatten, "log": log, "max": amax, "min": amin, "relu": relu, "sigmoid": sigmoid, "sqrt": sqrt,
    "squeeze": squeeze, "tanh": tanh, "var": var,
}  # fmt: skip
for name, function in METHODS.items():
    setattr(Tensor, name, function)


def of_two(name: str, mirrored: str) -> Callable:
    """An operator of two operands, one of which is a Tensor.  (`operator.mul` would ask the array first, and loop.)"""

    def apply(a: Any, b: Any) -> Any:
        return getattr(a, name)(b) if isinstance(a, Tensor) else getattr(b, mirrored)(a)

    return apply


NUMPY_FUNCTIONS.update({
    np.add: of_two("__add__", "__radd__"), np.subtract: of_two("__sub__", "__rsub__"),
    np.multiply: of_two("__mul__", "__rmul__"), np.divide: of_two("__truediv__", "__rtruediv__"),
    np.matmul: of_two("__matmul__", "__rmatmul__"), np.power: of_two("__pow__", "__rpow__"),
    np.equal: of_two("__eq__", "__eq__"), np.not_equal: of_two("__ne__", "__ne__"),
    np.less: of_two("__lt__", "__gt__"), np.less_equal: of_two("__le__", "__ge__"),
    np.greater: of_two("__gt__", "__lt__"), np.greater_equal: of_two("__ge__", "__le__"),
    np.maximum: maximum, np.minimum: minimum,
    np.abs: absolute, np.exp: exp, np.log: log, np.negative: Tensor.__neg__, np.sqrt: sqrt,
    np.square: lambda x: x * x, np.tanh: tanh,
    np.amax: amax, np.amin: amin, np.clip: clip, np.concatenate: lambda xs, axis=0: concatenate(xs, axis),
    np.max: amax, np.mean: Tensor.mean, np.min: amin, np.ravel: flatten, np.reshape: Tensor.reshape,
    np.squeeze: squeeze, np.stack: stack, np.sum: Tensor.sum, np.transpose: Tensor.transpose, np.var: var,
    np.where: where,
})  # fmt: skip

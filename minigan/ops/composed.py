"""Functions that NumPy and PyTorch have too, composed of other ops."""

from collections.abc import Sequence

import numpy as np

from ..tensor import Axis, Tensor, Value
from .arrangement import amax, concatenate
from .elementwise import both_operands, maximum, where


def minimum(x: Tensor, other: Value) -> Tensor:
    """The smaller of `x` and `other` (a Tensor, an array or a number), broadcast: −max(−x, −other).

    Raises TypeError if neither is a Tensor.
    """
    x, other = both_operands(x, other)
    return -maximum(-x, -other)


def clip(x: Tensor, low: float | None = None, high: float | None = None) -> Tensor:
    """`x` limited to low … high (None: no limit); the gradient is 1 within, the limits included, and 0 outside.

    Raises ValueError if low is above high.
    """
    if low is not None and high is not None and low > high:
        raise ValueError(f"clip expected low ≤ high, got {low} and {high}")
    y = x if low is None else where(x < low, low, x)
    return y if high is None else where(x > high, high, y)


def amin(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Minimum over an axis, several (a tuple), or all (None): −max(−x).  Raises ValueError as `amax` does."""
    return -amax(-x, axis, keepdims)


def stack(tensors: Sequence[Tensor], axis: int = 0) -> Tensor:
    """Join Tensors of one shape along a new axis: `axis` is its place in the result, the first by default.

    Raises TypeError unless it gets a list or tuple of Tensors, ValueError if their shapes differ, or if the result has
    no such axis.
    """
    if not isinstance(tensors, (list, tuple)) or not all(isinstance(x, Tensor) for x in tensors) or not tensors:
        raise TypeError("stack expected a list of Tensors, [a, b], and then the axis")
    shape = tensors[0].shape
    if any(x.shape != shape for x in tensors) or not -len(shape) <= axis + (axis < 0) <= len(shape):
        raise ValueError(
            f"stack expected Tensors of one shape and an axis of the result, got {[x.shape for x in tensors]}, {axis}"
        )
    at = axis % (len(shape) + 1)
    return concatenate([x.reshape((*shape[:at], 1, *shape[at:])) for x in tensors], at)


def var(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The mean squared distance from the mean (divided by the count, as in NumPy).

    Over an axis, several (a tuple), or all (None), which are left out of the shape or, with `keepdims`, get length 1.
    """
    distance = x - x.mean(axis, keepdims=True)
    return (distance * distance).mean(axis, keepdims)


def flatten(x: Tensor) -> Tensor:
    """All values along one axis, in C order: of shape (size,)."""
    return x.reshape(-1 if x.size else 0)


def squeeze(x: Tensor, axis: Axis = None) -> Tensor:
    """Without the axes of length 1: all of them, or those given.  Raises ValueError if one given is longer."""
    axes = [i for i, n in enumerate(x.shape) if n == 1] if axis is None else np.atleast_1d(np.array(axis)) % x.ndim
    if any(x.shape[i] != 1 for i in axes):
        raise ValueError(f"squeeze expected axes of length 1, got shape {x.shape} and axis {axis}")
    return x.reshape(tuple(n for i, n in enumerate(x.shape) if i not in axes))

"""Arranging values: concatenation, padding, zeros between neighbours, upsampling, the maximum along axes."""

from collections.abc import Sequence

from ..arrays.backend import Array, namespace
from ..tensor import Axis, Gradients, Op, Piecewise, PutAt, Tensor, Value, axes_of, operand
from .windows import Ints, pair


class Concatenate(Op):
    """y = the inputs one after the other along an axis        ∂L/∂xᵢ = the part of ∂L/∂y that comes from xᵢ"""

    reads_inputs = False

    def __init__(self, axis: int):
        self.axis = axis

    def forward(self, *xs: Array) -> Array:
        return namespace(xs[0]).concatenate(xs, axis=self.axis)

    def backward(self, grad: Tensor) -> Gradients:
        pieces, start = [], 0
        for x, need in zip(self.inputs, self.needs):
            end = start + x.shape[self.axis]
            index = tuple(slice(start, end) if i == self.axis else slice(None) for i in range(x.ndim))
            pieces.append(grad[index] if need else None)
            start = end
        return tuple(pieces)


class Max(Op):
    """y = max of x over axes        ∂L/∂x = ∂L/∂y where x is the maximum, shared equally among ties"""

    keeps = ("share",)

    def __init__(self, axes: tuple[int, ...]):
        self.axes = axes

    def forward(self, x: Array) -> Array:
        y = x.max(axis=self.axes, keepdims=True)
        share = (x == y).astype(x.dtype)
        self.share = share / share.sum(axis=self.axes, keepdims=True)
        return y

    def backward(self, grad: Tensor) -> Tensor:
        return grad * Piecewise(self.share)(self.inputs[0])


def concatenate(tensors: Sequence[Value], axis: int = -1) -> Tensor:
    """Join Tensors (and arrays) along an existing axis (channels by default); the other axes must agree.

    Raises TypeError unless it gets a list or tuple with a Tensor in it, ValueError for shapes that do not agree, or an
    axis that does not exist.

    Examples
    --------
    >>> from minigan import Tensor, ops
    >>> x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> ops.concatenate([x, x[:, :1]])
    Tensor([[1. 2. 1.]
            [3. 4. 3.]], shape=(2, 3), dtype=float32)
    """
    if not isinstance(tensors, (list, tuple)) or not any(isinstance(x, Tensor) for x in tensors):
        raise TypeError(
            f"concatenate expected a list of Tensors, [a, b], and then the axis, got {type(tensors).__name__}"
        )
    first = next(x for x in tensors if isinstance(x, Tensor))
    (axis,) = axes_of(first, axis)
    inputs = [operand(x, first) for x in tensors]
    for x in inputs:
        shape = x.shape if isinstance(x, Tensor) else ()
        if len(shape) != first.ndim or any(i != axis and n != m for i, (n, m) in enumerate(zip(shape, first.shape))):
            raise ValueError(f"concatenate expected shapes equal but for axis {axis}, got {first.shape} and {shape}")
    return Concatenate(axis)(*inputs)


def amax(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Maximum over an axis, several (a tuple), or all (None).

    These axes are left out of the shape or, with `keepdims`, get the length 1.  Values that are equally large share the
    gradient.  Raises ValueError if there is no such axis, or no value to take the maximum of.
    """
    axes = axes_of(x, axis)
    if any(x.shape[a] == 0 for a in axes):
        raise ValueError(f"expected at least one value to take the maximum of, got shape {x.shape} and axes {axes}")
    largest = Max(axes)(x)
    return largest if keepdims else largest.reshape(tuple(n for i, n in enumerate(x.shape) if i not in axes))


def pad(x: Tensor, *widths: tuple[int, int], value: float = 0.0) -> Tensor:
    """Add zeros (or `value`) along each axis: a pair of widths (before, after) for each; a negative width crops.

    Raises ValueError unless there is a pair for each axis, or if more is cropped than there is.

    Examples
    --------
    >>> from minigan import Tensor, ops
    >>> ops.pad(Tensor([[1.0, 2.0], [3.0, 4.0]]), (0, 1), (1, -1))
    Tensor([[0. 1.]
            [0. 3.]
            [0. 0.]], shape=(3, 2), dtype=float32)
    """
    if len(widths) != x.ndim:
        raise ValueError(f"pad expected a pair of widths for each of {x.ndim} axes, got {len(widths)}")
    if any(max(-a, 0) + max(-b, 0) > n for n, (a, b) in zip(x.shape, widths)):
        raise ValueError(f"pad cannot crop shape {x.shape} by {widths}: that is more than its size")
    crop = tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape, widths))
    x = x[crop] if any(min(pair) < 0 for pair in widths) else x
    if not any(max(pair) > 0 for pair in widths):
        return x
    grown = [(max(a, 0), max(b, 0)) for a, b in widths]
    shape = tuple(a + n + b for n, (a, b) in zip(x.shape, grown))
    inside = tuple(slice(a, a + n) for n, (a, _) in zip(x.shape, grown))
    padded = PutAt(shape, inside)(x)
    if value:
        around = namespace(x.data).full(shape, value, x.dtype)
        around[inside] = 0.0
        padded = padded + around
    return padded


def insert_zeros(x: Tensor, stride: tuple[int, int]) -> Tensor:
    """Put stride − 1 zeros between neighbouring rows and columns of images (N, H, W, C) (Dumoulin & Visin 2016, §4).

    `stride` s is (vertical, horizontal); gives (N, s (H − 1) + 1, s (W − 1) + 1, C).

    Examples
    --------
    >>> import numpy as np
    >>> from minigan import Tensor, ops
    >>> x = Tensor(np.arange(1.0, 5.0).reshape(1, 2, 2, 1))
    >>> ops.insert_zeros(x, (2, 2)).numpy()[0, :, :, 0]
    array([[1., 0., 2.],
           [0., 0., 0.],
           [3., 0., 4.]])
    """
    n, h, w, c = x.shape
    shape = (n, (h - 1) * stride[0] + 1, (w - 1) * stride[1] + 1, c)
    return PutAt(shape, (slice(None), slice(None, None, stride[0]), slice(None, None, stride[1])))(x)


def upsample_nearest(x: Tensor, scale: Ints = 2) -> Tensor:
    """Repeat every pixel of images (N, H, W, C) into a block of `scale` s, an int or (vertical, horizontal).

    Gives (N, sH, sW, C).  Raises ValueError for another number of axes, or a scale below 1.
    """
    vertical, horizontal = pair(scale)
    if x.ndim != 4 or min(vertical, horizontal) < 1:
        raise ValueError(f"upsample_nearest expected (N, H, W, C) and whole scales ≥ 1, got {x.shape} and {scale}")
    n, h, w, c = x.shape
    blocks = x.reshape(n, h, 1, w, 1, c).broadcast_to((n, h, vertical, w, horizontal, c))
    return blocks.reshape(n, h * vertical, w * horizontal, c)

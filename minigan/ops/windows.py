"""Windows of an image: cutting them out, and adding them back."""

import operator

from ..arrays.backend import Array, namespace
from ..tensor import Op, Tensor

Pair = tuple[int, int]  # (vertical, horizontal)
Ints = int | Pair  # an int stands for both directions


def pair(value: Ints) -> Pair:
    """An int, for both directions, or (vertical, horizontal), as (vertical, horizontal); or TypeError."""
    both = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    try:
        vertical, horizontal = (operator.index(v) for v in both)
    except (TypeError, ValueError):
        raise TypeError(f"expected an integer, or a pair of them (vertical, horizontal), got {value!r}") from None
    return vertical, horizontal


def window_count(size: int, kernel: int, stride: int, padding: int = 0) -> int:
    """How many windows fit along an axis: ⌊(i + 2p − k)/s⌋ + 1 (Dumoulin & Visin 2016, relationship 6)."""
    return (size + 2 * padding - kernel) // stride + 1


def unfold(x: Array, kernel: Pair, stride: Pair) -> Array:
    """All windows of images (N, H, W, C), as a view (N, h, w, kh, kw, C) that copies nothing."""
    n, height, width, c = x.shape
    h, w = window_count(height, kernel[0], stride[0]), window_count(width, kernel[1], stride[1])
    sn, sh, sw, sc = x.strides
    shape, strides = (n, h, w, *kernel, c), (sn, sh * stride[0], sw * stride[1], sh, sw, sc)
    return namespace(x).lib.stride_tricks.as_strided(x, shape, strides)


def fold(windows: Array, shape: tuple[int, ...], stride: Pair) -> Array:
    """Images of `shape` (N, H, W, C), sums of windows (N, h, w, kh, kw, C): the transpose of `unfold`."""
    x = namespace(windows).zeros(shape, windows.dtype)
    _, h, w, kh, kw, _ = windows.shape
    for i in range(kh):
        for j in range(kw):
            x[:, i : i + stride[0] * h : stride[0], j : j + stride[1] * w : stride[1]] += windows[:, :, :, i, j]
    return x


class Unfold(Op):
    """y[n, i, j, u, v] = x[n, s i + u, s j + v]        ∂L/∂x = ∂L/∂y, added where it was cut out"""

    reads_inputs = False

    def __init__(self, kernel: Pair, stride: Pair):
        self.kernel, self.stride = kernel, stride

    def forward(self, x: Array) -> Array:
        return unfold(x, self.kernel, self.stride).copy()

    def backward(self, grad: Tensor) -> Tensor:
        return Fold(self.inputs[0].shape, self.stride)(grad)


class Fold(Op):
    """y = windows, added where they overlap        ∂L/∂x = the windows of ∂L/∂y (the transpose of Unfold)"""

    reads_inputs = False

    def __init__(self, shape: tuple[int, ...], stride: Pair):
        self.shape, self.stride = shape, stride

    def forward(self, windows: Array) -> Array:
        return fold(windows, self.shape, self.stride)

    def backward(self, grad: Tensor) -> Tensor:
        return Unfold(self.inputs[0].shape[3:5], self.stride)(grad)


def windows_of(x: Tensor, kernel: Ints, stride: Ints | None = None) -> Tensor:
    """The windows of images (N, H, W, C) as (N, h, w, kh, kw, C); by default they do not overlap.

    `kernel` and `stride` are ints or (vertical, horizontal); the stride is by default the size of the window.  Raises
    ValueError if a window is larger than the images, or a size is below 1.
    """
    kernel, stride = pair(kernel), pair(kernel if stride is None else stride)
    if x.ndim != 4 or kernel[0] > x.shape[1] or kernel[1] > x.shape[2] or min(*kernel, *stride) < 1:
        raise ValueError(f"expected images (N, H, W, C) no smaller than the window {kernel}, got shape {x.shape}")
    return Unfold(kernel, stride)(x)

"""Dilation, groups and uneven padding of convolutions, composed of simpler ops."""

from collections.abc import Callable

from ..tensor import Tensor
from .arrangement import concatenate, insert_zeros, pad
from .windows import Ints, Pair, pair

Padding = Ints | tuple[Pair, Pair] | str  # on every side; ((top, bottom), (left, right)); or "same"


def dilate(w: Tensor, dilation: Pair) -> Tensor:
    """A kernel (kh, kw, …) with dilation − 1 zeros between its taps (Dumoulin & Visin 2016, §5.1)."""
    if dilation == (1, 1):
        return w
    kh, kw, c, d = w.shape
    spread = insert_zeros(w.reshape(1, kh, kw, c * d), dilation)
    return spread.reshape(*spread.shape[1:3], c, d)


def settle_padding(x: Tensor, kernel: tuple[int, ...], stride: Pair, padding: Padding) -> tuple[Tensor, Pair]:
    """The images, and how to pad them on all sides; padding that is not the same on both sides is done here.

    "same" gives an output of ⌈size / stride⌉, with one zero more at the bottom and right where the sum is odd.
    """
    if isinstance(padding, str):
        if padding != "same":
            raise ValueError(f"expected padding as a number, a pair, or 'same', got {padding!r}")
        totals = [max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(x.shape[1:3], kernel, stride)]
        sides = [(total // 2, total - total // 2) for total in totals]
    elif isinstance(padding, (tuple, list)) and all(isinstance(side, (tuple, list)) for side in padding):
        if len(padding) != 2:
            raise TypeError(f"expected padding ((top, bottom), (left, right)), got {padding!r}")
        sides = [pair(side) for side in padding]
    else:
        v, h = pair(padding)  # type: ignore[arg-type]
        sides = [(v, v), (h, h)]
    if min(min(side) for side in sides) < 0:
        raise ValueError(f"expected padding ≥ 0, got {padding}")
    (top, bottom), (left, right) = sides
    if top == bottom and left == right:
        return x, (top, left)
    return pad(x, (0, 0), (top, bottom), (left, right), (0, 0)), (0, 0)


def in_groups(convolve: Callable[[Tensor, Tensor], Tensor], x: Tensor, w: Tensor, groups: int) -> Tensor:
    """Each part of the channels of x, convolved with its part of the kernels (both axis 3), and joined again."""
    inputs, kernels = x.shape[3] // groups, w.shape[3] // groups
    parts = [
        convolve(x[..., i * inputs : (i + 1) * inputs], w[..., i * kernels : (i + 1) * kernels]) for i in range(groups)
    ]
    return concatenate(parts, axis=3)

"""Pooling: the maximum or the mean of windows."""

from ..arrays.backend import namespace
from ..tensor import Tensor, check_tensors
from .arrangement import amax, pad
from .windows import Ints, Pair, pair, unfold, window_count, windows_of


def max_pool2d(
    x: Tensor, kernel: Ints, stride: Ints | None = None, padding: Ints = 0, ceil_mode: bool = False
) -> Tensor:
    """The maximum of every window; stride = kernel by default.

    Images (N, H, W, C) → (N, h, w, C); the sizes are ints or (vertical, horizontal).  `padding` adds a border that is
    never the maximum, at most half a window wide; with `ceil_mode` a last window that covers only a part of the image
    counts too.  Raises ValueError if the shape or a size does not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan import Tensor, ops
    >>> x = Tensor(np.arange(16.0).reshape(1, 4, 4, 1))
    >>> ops.max_pool2d(x, 2).numpy()[0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    widths = pool_borders(x, kernel, stride, padding, ceil_mode)
    return amax(windows_of(pad(x, *widths, value=-float("inf")), kernel, stride), axis=(3, 4))


def avg_pool2d(
    x: Tensor,
    kernel: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of every window; stride = kernel by default.

    Images (N, H, W, C) → (N, h, w, C); the sizes are ints or (vertical, horizontal).  `padding` adds a border of zeros,
    at most half a window wide, which counts in the mean unless `count_include_pad` is False; with `ceil_mode` a last
    window that covers only a part of the (padded) image counts too, and what lies beyond does not count.  Raises
    ValueError if the shape or a size does not fit.
    """
    (pv, ph), widths = pair(padding), pool_borders(x, kernel, stride, padding, ceil_mode)
    windows = windows_of(pad(x, *widths), kernel, stride)
    if not any(max(width) for width in widths):
        return windows.mean(axis=(3, 4))
    inside = namespace(x.data).zeros([sum(width) + n for width, n in zip(widths[1:3], x.shape[1:3])], x.dtype)
    v, h = (0, 0) if count_include_pad else (pv, ph)
    inside[v : x.shape[1] + 2 * pv - v, h : x.shape[2] + 2 * ph - h] = 1.0
    counts = unfold(inside[None, :, :, None], pair(kernel), pair(kernel if stride is None else stride)).sum(axis=(3, 4))
    return windows.sum(axis=(3, 4)) / counts


def pool_borders(x: Tensor, kernel: Ints, stride: Ints | None, padding: Ints, ceil_mode: bool) -> list[Pair]:
    """What to pad before and after along each axis of images (N, H, W, C) for pooling; or ValueError."""
    check_tensors("pooling", x)
    kernel, stride, padding = pair(kernel), pair(kernel if stride is None else stride), pair(padding)
    if x.ndim != 4 or min(*kernel, *stride) < 1 or not all(0 <= p <= k // 2 for p, k in zip(padding, kernel)):
        raise ValueError(
            f"pooling expected (N, H, W, C), a window and stride ≥ 1, and padding from 0 to half a window, "
            f"got shape {x.shape}, window {kernel}, stride {stride}, padding {padding}"
        )
    widths = [(0, 0)]
    for n, k, s, p in zip(x.shape[1:3], kernel, stride, padding):
        count = -((n + 2 * p - k) // -s) + 1 if ceil_mode else window_count(n, k, s, p)
        if (count - 1) * s >= n + p:  # the last window would lie in the border alone
            count -= 1
        widths.append((p, max((count - 1) * s + k - n - p, p)))
    return [*widths, (0, 0)]


def global_avg_pool2d(x: Tensor) -> Tensor:
    """The mean of every channel over the whole image: (N, H, W, C) → (N, C).

    Lin et al. 2014, arXiv:1312.4400, §3.2.
    """
    return x.mean(axis=(1, 2))

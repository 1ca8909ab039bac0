"""What some layers compute, composed of simpler ops: dropout, embedding, norms within an image, bilinear resizing."""

import numpy as np

from ..arrays.backend import Array, is_array, to_device, to_host
from ..tensor import Tensor, check_tensors
from .elementwise import sqrt


def dropout(x: Tensor, p: float, rng: np.random.Generator) -> Tensor:
    """x · m / (1 − p), where each mₙ is 0 with probability p, else 1 (Srivastava et al. 2014; inverted, as in PyTorch).

    `p` is from 0 to below 1; m is drawn from `rng`, on the host.  Raises ValueError for another p.
    """
    if not 0 <= p < 1:
        raise ValueError(f"dropout expected a probability from 0 to below 1, got {p}")
    kept = (rng.random(x.shape, np.float32) >= p) * (1.0 / (1.0 - p))
    return x * Tensor(to_device(kept.astype(x.dtype), x.device))


def embedding(weight: Tensor, indices: Array) -> Tensor:
    """The rows of `weight` (count, features) at `indices`, integers from 0 on of any shape: (*indices.shape, features).

    Equal to a one-hot vector times `weight`; a row that is chosen twice gets the sum of both gradients.  Raises
    ValueError for indices that are not such integers, or a `weight` that is no matrix.
    """
    indices = to_host(indices) if is_array(indices) else np.asarray(indices)
    if weight.ndim != 2 or indices.dtype.kind not in "iu" or not ((indices >= 0) & (indices < len(weight))).all():
        raise ValueError(
            f"embedding expected a matrix, and integers from 0 to {len(weight) - 1} as indices, "
            f"got shape {weight.shape} and {indices!r}"
        )
    return weight[indices]


def layer_norm(x: Tensor, scale: Tensor, shift: Tensor, epsilon: float = 1e-5) -> Tensor:
    """(x − μ)/√(σ² + ε) · scale + shift, with μ and σ² of each vector along the last axis (Ba et al. 2016, eq. 4).

    x is (N, …, C), scale and shift are (C,), σ² is the biased variance.  Raises ValueError for other shapes.
    """
    _check("layer_norm", x, scale, shift)
    return _standardize(x, (-1,), epsilon) * scale + shift


def group_norm(x: Tensor, groups: int, scale: Tensor, shift: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Like `layer_norm`, of (N, …, C), with μ and σ² of each image and group of channels (Wu & He 2018, eq. 7).

    Raises ValueError if the shapes do not fit, or if the number of groups does not divide that of channels.
    """
    _check("group_norm", x, scale, shift)
    n, *middle, channels = x.shape
    if groups < 1 or channels % groups:
        raise ValueError(f"group_norm expected groups that divide the {channels} channels, got {groups}")
    parts = x.reshape((n, *middle, groups, channels // groups))
    axes = (*range(1, x.ndim - 1), x.ndim)
    return _standardize(parts, axes, epsilon).reshape(x.shape) * scale + shift


def instance_norm(x: Tensor, scale: Tensor, shift: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Like `group_norm`, with each channel a group (Ulyanov et al. 2016).  Raises ValueError as it does."""
    return group_norm(x, x.shape[-1], scale, shift, epsilon)


def resize_bilinear(x: Tensor, height: int, width: int, align_corners: bool = False) -> Tensor:
    """Images (N, H, W, C) resized to (N, height, width, C) by linear interpolation along both axes.

    Pixel i of n, in the size m it comes from, lies at (i + ½) m/n − ½, limited to the image; with `align_corners` at
    i (m − 1)/(n − 1).  (No smoothing when it gets smaller: as PyTorch's `interpolate`.)  Raises ValueError for another
    number of axes, or a size below 1.
    """
    check_tensors("resize_bilinear", x)
    if x.ndim != 4 or min(height, width, *x.shape[1:3]) < 1:
        raise ValueError(f"resize_bilinear expected (N, H, W, C) and sizes ≥ 1, got {x.shape}, {height} and {width}")
    n, h, w, c = x.shape
    rows, columns = (
        Tensor(to_device(interpolation(m, size, align_corners).astype(x.dtype), x.device))
        for m, size in ((h, height), (w, width))
    )
    tall = (rows @ x.reshape(n, h, w * c)).reshape(n * height, w, c)
    return (columns @ tall).reshape(n, height, width, c)


def interpolation(source: int, target: int, align_corners: bool) -> np.ndarray:
    """The matrix (target, source) of linear interpolation along one axis: two weights in each row, of sum 1."""
    i = np.arange(target)
    if align_corners:
        at = i * ((source - 1) / max(target - 1, 1))
    else:
        at = np.clip((i + 0.5) * (source / target) - 0.5, 0, source - 1)
    left = np.minimum(at.astype(int), max(source - 2, 0))
    matrix = np.zeros((target, source))
    matrix[i, left] = 1.0 - (at - left)
    matrix[i, np.minimum(left + 1, source - 1)] += at - left
    return matrix


def _standardize(x: Tensor, axes: tuple[int, ...], epsilon: float) -> Tensor:
    """(x − μ)/√(σ² + ε), with the mean μ and the biased variance σ² over `axes`."""
    centred = x - x.mean(axes, keepdims=True)
    return centred / sqrt((centred * centred).mean(axes, keepdims=True) + epsilon)


def _check(name: str, x: Tensor, scale: Tensor, shift: Tensor) -> None:
    check_tensors(name, x, scale, shift)
    if x.ndim < 2 or scale.shape != x.shape[-1:] or shift.shape != x.shape[-1:]:
        raise ValueError(
            f"{name} expected (N, …, C) and C scales and shifts, got {x.shape}, {scale.shape} and {shift.shape}"
        )

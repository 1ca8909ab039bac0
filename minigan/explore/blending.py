"""Poisson blending: the colours of one image with the gradients of another (Pérez, Gangnet & Blake 2003)."""

from typing import Any

import numpy as np

from ..errors import import_optional

WHAT = "Poisson blending"


def blend(images: np.ndarray, fills: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Fill the holes of images seamlessly, with the gradients of the fills: float64 (N, H, W, C).

    The result x is equal to the image at the known pixels, and minimises

        Σ ((x_p − x_q) − (g_p − g_q))²        over all pairs p, q of neighbours (left, right, above, below),

    where g is the fill (eq. 3, discretised as in eq. 7).  Images and fills (N, H, W, C) must have the same scale;
    `known` is bool (N, H, W).  Values can be outside their range: clip them.  Raises ValueError if the shapes do not
    fit or an image has no known pixel, BadInput if SciPy is not installed.
    """
    if images.shape != fills.shape or known.shape != images.shape[:3]:
        shapes = f"{images.shape}, {fills.shape} and {known.shape}"
        raise ValueError(f"expected images, fills and masks with the same N, H and W, got {shapes}")
    if not known.any(axis=(1, 2)).all():
        raise ValueError("expected at least one known pixel in every image: without one its colours are undetermined")
    difference = differences(*images.shape[1:3])
    blended = images.astype(np.float64)
    for image, fill, mask in zip(blended, fills, known):
        if not mask.all():
            solve(image, fill.astype(np.float64), mask, difference)
    return blended


def solve(image: np.ndarray, fill: np.ndarray, known: np.ndarray, difference: Any) -> None:
    """Fill the hole of one image y (H, W, C) in place.

    Solves Dₕᵀ Dₕ xₕ = Dₕᵀ (D g − Dₖ yₖ), where D computes differences, h are the pixels of the hole, k the known ones.
    """
    from scipy.sparse.linalg import splu

    hole = ~known.ravel()
    channels = image.shape[-1]
    y, g = image.reshape(-1, channels), fill.reshape(-1, channels)  # y is a view
    in_hole = difference[:, hole]
    right = in_hole.T @ (difference @ g - difference[:, ~hole] @ y[~hole])
    y[hole] = splu((in_hole.T @ in_hole).tocsc()).solve(right)


def differences(height: int, width: int) -> Any:
    """The sparse matrix D (pairs, pixels): D x are the differences x_q − x_p of each pixel's right and lower neighbour.

    Raises BadInput if SciPy is not installed.
    """
    sparse: Any = import_optional("scipy.sparse", "blend", WHAT)

    def line(n: int) -> Any:
        return sparse.diags([-np.ones(n - 1), np.ones(n - 1)], [0, 1], shape=(n - 1, n))

    across, down = sparse.kron(sparse.eye(height), line(width)), sparse.kron(line(height), sparse.eye(width))
    return sparse.vstack([across, down]).tocsc()

"""Poisson blending: the colours of one image, the gradients of another (Pérez, Gangnet & Blake 2003)."""

from typing import Any

import numpy as np

from ..errors import import_optional

WHAT = "Poisson blending"


def blend(images: np.ndarray, fills: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The images with their holes filled, with the gradients of the fills and without a seam: float64.

    Of all x that agree with the image y at the known pixels, the one with the least

        Σ ((x_p − x_q) − (g_p − g_q))²        over all pairs p, q of neighbours (left, right, above, below),

    where g is the fill (equation 3 there, with the pairs of equation 7).  Pairs beyond the edge of the image do not
    count.  Images and fills are (N, H, W, C) of numbers in one scale, `known` bool (N, H, W).  The result can
    exceed their range: clip it.  Raises ValueError if nothing of an image is known, BadInput if SciPy is not installed.
    """
    if images.shape != fills.shape or known.shape != images.shape[:3]:
        raise ValueError(f"expected images, fills, masks that fit, got {images.shape}, {fills.shape}, {known.shape}")
    if not known.any(axis=(1, 2)).all():
        raise ValueError("expected at least one known pixel in every image: without one its colours are undetermined")
    difference = differences(*images.shape[1:3])
    blended = images.astype(np.float64)
    for image, fill, mask in zip(blended, fills, known):
        if not mask.all():
            solve(image, fill.astype(np.float64), mask, difference)
    return blended


def solve(image: np.ndarray, fill: np.ndarray, known: np.ndarray, difference: Any) -> None:
    """Fill the hole of one image (H, W, C) in place: Dₕᵀ Dₕ xₕ = Dₕᵀ (D g − Dₖ yₖ), h the hole, k what is known."""
    from scipy.sparse.linalg import splu

    hole = ~known.ravel()
    channels = image.shape[-1]
    y, g = image.reshape(-1, channels), fill.reshape(-1, channels)  # y is a view
    in_hole = difference[:, hole]
    right = in_hole.T @ (difference @ g - difference[:, ~hole] @ y[~hole])
    y[hole] = splu((in_hole.T @ in_hole).tocsc()).solve(right)


def differences(height: int, width: int) -> Any:
    """D, sparse (pairs, pixels): D x is the difference x_q − x_p of every pixel and its neighbour, right and below."""
    sparse: Any = import_optional("scipy.sparse", "blend", WHAT)

    def line(n: int) -> Any:
        return sparse.diags([-np.ones(n - 1), np.ones(n - 1)], [0, 1], shape=(n - 1, n))

    across, down = sparse.kron(sparse.eye(height), line(width)), sparse.kron(line(height), sparse.eye(width))
    return sparse.vstack([across, down]).tocsc()

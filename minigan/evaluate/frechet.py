"""Fréchet distance between two sets of features, the formula of FID (Heusel et al. 2017, arXiv:1706.08500, eq. 6)."""

import numpy as np

from .rows import as_rows


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """The squared Fréchet distance between the Gaussians with the means and covariances of a (N, F) and b (M, F).

        ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½)

    FID is this distance for features of Inception-v3; distances for other features cannot be compared with FID.
    Covariances are unbiased estimates.  Everything is computed in float64; the rounding error is about
    1e-8 tr(Σ₁ + Σ₂) if a covariance is nearly singular, as for a set smaller than F, and much smaller otherwise.  The
    sets should be much larger than F: for small sets the distance is biased upwards.

    Raises ValueError if a set has fewer than 2 rows, or if the sets differ in F.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan.evaluate import frechet_distance
    >>> a = np.array([[0.0, 0.0], [0.0, 2.0], [2.0, 0.0], [2.0, 2.0]])
    >>> round(frechet_distance(a, a + 1), 6)
    2.0
    """
    a, b = (x.astype(np.float64) for x in as_rows(a, b))
    if min(len(a), len(b)) < 2:
        raise ValueError(f"expected at least 2 rows in each set, got {len(a)} and {len(b)}")
    difference = a.mean(axis=0) - b.mean(axis=0)
    cov_a, cov_b = covariance(a), covariance(b)
    eigenvalues, vectors = np.linalg.eigh(cov_a)
    root = (vectors * square_roots(eigenvalues)) @ vectors.T  # Σ₁^½
    # The trace of a matrix square root is the sum of the square roots of the eigenvalues.
    cross = square_roots(np.linalg.eigvalsh(root @ cov_b @ root)).sum()
    distance = difference @ difference + np.trace(cov_a) + np.trace(cov_b) - 2.0 * cross
    return max(0.0, float(distance))  # rounding can make it negative


def covariance(x: np.ndarray) -> np.ndarray:
    """The unbiased covariance (F, F) of rows (N, F)."""
    centred = x - x.mean(axis=0)
    return centred.T @ centred / (len(x) - 1)


def square_roots(eigenvalues: np.ndarray) -> np.ndarray:
    """√λ of eigenvalues of a positive semidefinite matrix; those that are negative, by rounding, count as 0."""
    return np.sqrt(np.maximum(eigenvalues, 0.0))

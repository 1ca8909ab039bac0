"""Improved precision and recall (Kynkäänniemi et al. 2019, arXiv:1904.06991, §2)."""

from typing import NamedTuple

import numpy as np

from ..errors import Progress, quiet
from .neighbours import blocks, nearest
from .rows import as_rows


class Fidelity(NamedTuple):
    """Precision: the share of generated images that look real.  Recall: the share of real ones that are covered."""

    precision: float
    recall: float


def precision_recall(real: np.ndarray, fake: np.ndarray, k: int = 3, progress: Progress = quiet) -> Fidelity:
    """Precision and recall, 0 … 1, of the features fake (M, F) of generated images against those of real ones (N, F).

    The manifold of a set is the union of balls, one around each of its points, that reach to its k-th nearest
    neighbour in that set.  Precision is the share of fake within the manifold of real, recall the share of real within
    that of fake (eq. 2).  The paper takes equally many of both, and k = 3.  With fewer points the balls
    are larger, so only results from sets of the same size can be compared.

    Raises ValueError if a set has no more than k points, or if the sets differ in F.
    """
    real, fake = as_rows(real, fake)
    if not 1 <= k < min(len(real), len(fake)):
        raise ValueError(f"expected k from 1, and more than k points in each set; got {k}, {len(real)} and {len(fake)}")
    return Fidelity(share_inside(fake, real, k, progress), share_inside(real, fake, k, progress))


def share_inside(queries: np.ndarray, references: np.ndarray, k: int, progress: Progress) -> float:
    """The share of queries q with ‖q − r‖ ≤ ‖r − NN_k(r)‖ for some reference r (eq. 1)."""
    _, distances = nearest(references, references, k + 1, progress)
    radii = distances[:, k]  # the first of the k + 1 is the reference itself
    inside = np.zeros(len(queries), bool)
    for rows, columns, squared in blocks(queries, references, progress):
        inside[rows] |= (np.sqrt(squared) <= radii[columns]).any(axis=1)
    return float(inside.mean())

"""Improved precision and recall (Kynkäänniemi et al. 2019, arXiv:1904.06991, §2)."""

from typing import NamedTuple

import numpy as np

from ..errors import Progress, quiet
from .neighbours import blocks, nearest
from .rows import as_rows


class Fidelity(NamedTuple):
    """Precision: the share of generated images that look real.  Recall: the share of real images that are covered."""

    precision: float
    recall: float


def precision_recall(real: np.ndarray, fake: np.ndarray, k: int = 3, progress: Progress = quiet) -> Fidelity:
    """Precision and recall, 0 … 1, from features of real images (N, F) and of generated images (M, F).

    The manifold of a set is approximated by balls around its points; the radius is the distance to the k-th nearest
    neighbour in the set.  Precision is the share of fake points in the manifold of the real ones, recall the share of
    real points in the manifold of the fake ones (eq. 2).  The paper uses k = 3 and sets of equal size.  With fewer
    points the balls are larger, so compare only results for sets of the same size.

    Raises ValueError if a set has at most k points, or if the sets differ in F.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan.evaluate import precision_recall
    >>> real = np.arange(10.0).reshape(10, 1)
    >>> precision_recall(real, real[:5] + 0.1, k=1)
    Fidelity(precision=1.0, recall=0.6)
    """
    real, fake = as_rows(real, fake)
    if not 1 <= k < min(len(real), len(fake)):
        raise ValueError(f"expected k from 1, and more than k points in each set; got {k}, {len(real)} and {len(fake)}")
    return Fidelity(share_inside(fake, real, k, progress), share_inside(real, fake, k, progress))


def share_inside(queries: np.ndarray, references: np.ndarray, k: int, progress: Progress) -> float:
    """The share of queries q with ‖q − r‖ ≤ ‖r − NN_k(r)‖ for some reference r (eq. 1)."""
    _, distances = nearest(references, references, k + 1, progress)
    radii = distances[:, k]  # the nearest of the k + 1 is the reference itself
    inside = np.zeros(len(queries), bool)
    for rows, columns, squared in blocks(queries, references, progress):
        inside[rows] |= (np.sqrt(squared) <= radii[columns]).any(axis=1)
    return float(inside.mean())

"""Nearest neighbours by brute force: every query against every reference, a block at a time."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import Progress, quiet
from .rows import as_rows, check_labels

BLOCK = 1024  # queries and references whose distances are in memory at a time: about 50 MB
EXACT = 1024  # products of two bytes that float32 can add without rounding, see `squared_distances`


def nearest(
    queries: np.ndarray, references: np.ndarray, k: int = 1, progress: Progress = quiet
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest references of each query: their indices (Q, k) and Euclidean distances (Q, k), ascending.

    Queries (Q, …) and references (R, …) are flattened to rows of F numbers.  Of references at the same distance the one
    with the lower index comes first.  Bytes are compared exactly, other numbers in float64.  The time grows with
    Q · R · F, and a little with k.  Raises ValueError if k is not from 1 to R, or if the rows differ in length.
    """
    queries, references = as_rows(queries, references)
    if not 1 <= k <= len(references):
        raise ValueError(f"expected k from 1 to the {len(references)} references, got {k}")
    indices = np.zeros((len(queries), k), np.int64)
    squared = np.full((len(queries), k), np.inf)
    for rows, columns, block in blocks(queries, references, progress):
        positions, values = smallest(block, k)
        # References found before have lower indices: a stable sort keeps them before equally near ones.
        values = np.hstack([squared[rows], values])
        order = values.argsort(axis=1, kind="stable")[:, :k]
        squared[rows] = np.take_along_axis(values, order, axis=1)
        indices[rows] = np.take_along_axis(np.hstack([indices[rows], positions + columns.start]), order, axis=1)
    return indices, np.sqrt(squared)


def blocks(
    queries: np.ndarray, references: np.ndarray, progress: Progress
) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """All squared distances between queries (Q, F) and references (R, F), in blocks.

    Each item is a slice of the queries, a slice of the references, and the distances between these; the references
    come in ascending order.
    """
    corners = [(i, j) for j in range(0, len(references), BLOCK) for i in range(0, len(queries), BLOCK)]
    for i, j in progress(corners, len(corners), "measuring distances"):
        rows, columns = slice(i, i + BLOCK), slice(j, j + BLOCK)
        yield rows, columns, squared_distances(queries[rows], references[columns])


def squared_distances(queries: np.ndarray, references: np.ndarray) -> np.ndarray:
    """‖q − r‖² of every query (Q, F) and every reference (R, F), by one matrix product: float64 (Q, R).

        ‖q − r‖² = ‖q‖² − 2 q·r + ‖r‖²

    For bytes it is exact, although the product is float32: 128 is subtracted, so they are −128 … 127, a product of two
    is at most 2¹⁴, a sum of 1024 of them at most 2²⁴, and up to there float32 holds every integer.  Other numbers are
    multiplied in float64; the first reference is subtracted, so that little cancels where all are far from 0.
    """
    exact = queries.dtype == references.dtype == np.uint8
    dtype: Any = np.float32 if exact else np.float64
    squared = np.zeros((len(queries), len(references)))
    for start in range(0, queries.shape[1], EXACT):
        features = slice(start, start + EXACT)
        q, r = (x[:, features].astype(dtype) for x in (queries, references))
        origin = 128 if exact else r[0].copy()
        q -= origin
        r -= origin
        squared += np.add.outer(*(np.einsum("nf,nf->n", x, x).astype(np.float64) for x in (q, r)))
        squared += (-2.0 * q) @ r.T
    return squared if exact else np.maximum(squared, 0.0, out=squared)  # rounding can leave less than 0


def smallest(values: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions and values (Q, k) of the k smallest in each row of (Q, R), ascending; of equal ones the first.

    The values are overwritten with ∞; a row with fewer than k finite ones gives ∞ for the rest.
    """
    rows = np.arange(len(values))
    positions, found = np.empty((len(values), k), np.int64), np.empty((len(values), k))
    for i in range(k):
        positions[:, i] = values.argmin(axis=1)
        found[:, i] = values[rows, positions[:, i]]
        values[rows, positions[:, i]] = np.inf
    return positions, found


def one_nn_error(
    train_images: np.ndarray,
    train_labels: np.ndarray,
    test_images: np.ndarray,
    test_labels: np.ndarray,
    progress: Progress = quiet,
) -> float:
    """The share, 0 … 1, of test images whose nearest training image, by pixels, has another label.

    Images are uint8 (N, H, W, C), labels (N,).
    """
    check_labels(train_labels, train_images)
    check_labels(test_labels, test_images)
    indices, _ = nearest(test_images, train_images, progress=progress)
    return float((train_labels[indices[:, 0]] != test_labels).mean())

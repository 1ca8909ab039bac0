"""Nearest neighbours by brute force: all queries against all references, in blocks."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import Progress, quiet
from ..ops.algorithms import product
from .rows import as_rows, check_labels

BLOCK = 1024  # queries and references per block; about 50 MB of memory
EXACT = 1024  # number of products of two bytes that float32 can sum without rounding, see `squared_distances`


def nearest(
    queries: np.ndarray, references: np.ndarray, k: int = 1, progress: Progress = quiet
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest references of each query, the nearest first: indices (Q, k) and Euclidean distances (Q, k).

    Queries (Q, …) and references (R, …) are flattened to rows of F numbers.  At equal distances the lower index comes
    first.  Distances between bytes are exact, those between other numbers are computed in float64.  The time is
    proportional to Q · R · F.  Raises ValueError if k is not from 1 to R, or if the rows differ in length.
    """
    queries, references = as_rows(queries, references)
    if not 1 <= k <= len(references):
        raise ValueError(f"expected k from 1 to the {len(references)} references, got {k}")
    indices = np.zeros((len(queries), k), np.int64)
    squared = np.full((len(queries), k), np.inf)
    for rows, columns, block in blocks(queries, references, progress):
        positions, values = smallest(block, k)
        # References from earlier blocks have lower indices; a stable sort keeps them first at equal distances.
        values = np.hstack([squared[rows], values])
        order = values.argsort(axis=1, kind="stable")[:, :k]
        squared[rows] = np.take_along_axis(values, order, axis=1)
        indices[rows] = np.take_along_axis(np.hstack([indices[rows], positions + columns.start]), order, axis=1)
    return indices, np.sqrt(squared)


def blocks(
    queries: np.ndarray, references: np.ndarray, progress: Progress
) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """All squared distances between queries (Q, F) and references (R, F), in blocks.

    Yields a slice of the queries, a slice of the references, and the squared distances between them; slices of the
    references are in ascending order.
    """
    corners = [(i, j) for j in range(0, len(references), BLOCK) for i in range(0, len(queries), BLOCK)]
    for i, j in progress(corners, len(corners), "measuring distances"):
        rows, columns = slice(i, i + BLOCK), slice(j, j + BLOCK)
        yield rows, columns, squared_distances(queries[rows], references[columns])


def squared_distances(queries: np.ndarray, references: np.ndarray) -> np.ndarray:
    """‖q − r‖² for all queries (Q, F) and references (R, F), by matrix products: float64 (Q, R).

        ‖q − r‖² = ‖q‖² − 2 q·r + ‖r‖²

    For bytes it is exact, although products are computed in float32: after subtracting 128, bytes are −128 … 127, a
    product of two is at most 2¹⁴, a sum of 1024 products at most 2²⁴, and float32 represents all integers up to that.
    Other numbers are multiplied in float64; the first reference is subtracted to reduce cancellation for data far
    from 0.
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
        squared += product(-2.0 * q, r.T)
    return squared if exact else np.maximum(squared, 0.0, out=squared)  # rounding can make it negative


def smallest(values: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions and values (Q, k) of the k smallest values in each row of (Q, R), ascending; for ties, the first.

    `values` is modified.  If a row has fewer than k finite values, the rest are ∞.
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
    """The error, 0 … 1, of a 1-nearest-neighbour classifier on pixels: the share of wrong labels for the test images.

    Images are uint8 (N, H, W, C), labels (N,).  Raises ValueError if the shapes do not fit.
    """
    check_labels(train_labels, train_images)
    check_labels(test_labels, test_images)
    indices, _ = nearest(test_images, train_images, progress=progress)
    return float((train_labels[indices[:, 0]] != test_labels).mean())

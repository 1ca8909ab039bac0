"""Flattening sets of images or features to rows of numbers."""

import numpy as np


def as_rows(*sets: np.ndarray) -> list[np.ndarray]:
    """Each set (N, …) reshaped to rows (N, F), without a copy if possible.

    Raises ValueError if a set is empty, if the sets differ in any axis but the first, or if a number is not finite.
    """
    for x in sets:
        if x.ndim < 2 or x.size == 0 or x.shape[1:] != sets[0].shape[1:]:
            shapes = " and ".join(str(x.shape) for x in sets)
            raise ValueError(f"expected sets (N, …) of images or features of one shape, got {shapes}")
        if x.dtype.kind == "f" and not np.isfinite(x).all():
            raise ValueError("expected finite numbers, got nan or infinity")
    return [np.asarray(x).reshape(len(x), -1) for x in sets]


def check_labels(labels: np.ndarray, rows: np.ndarray) -> None:
    """Raise ValueError unless there is one label for each row."""
    if labels.shape != rows.shape[:1]:
        raise ValueError(f"expected {len(rows)} labels, one for each row, got shape {labels.shape}")

"""Which classes, or attributes, a set of images shows, and how often."""

from collections.abc import Sequence

import numpy as np


def class_shares(labels: np.ndarray, classes: int) -> np.ndarray:
    """The share of each class, (classes,), adding up to 1, among labels (N,): integers from 0 to classes − 1."""
    if labels.ndim != 1 or labels.size == 0 or labels.dtype.kind not in "iu":
        raise ValueError(f"expected labels (N,), whole numbers, got {labels.dtype} of shape {labels.shape}")
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"expected labels 0 … {classes - 1}, got {labels.min()} … {labels.max()}")
    return np.bincount(labels, minlength=classes) / labels.size


def attribute_shares(attributes: np.ndarray) -> np.ndarray:
    """The share of images with each attribute, (A,); attributes (N, A) are 0 or 1."""
    if attributes.ndim != 2 or attributes.size == 0 or not np.isin(attributes, (0, 1)).all():
        raise ValueError(f"expected attributes (N, A), each 0 or 1, got shape {attributes.shape}")
    return attributes.mean(axis=0, dtype=np.float64)


def entropy_bits(shares: Sequence[float] | np.ndarray) -> float:
    """−Σ p log₂ p in bits, of shares p that add up to 1; a share of 0 adds nothing (Shannon 1948, §6)."""
    p = np.asarray(shares, np.float64)
    if p.ndim != 1 or not (p >= 0).all() or not abs(p.sum() - 1.0) < 1e-6:
        raise ValueError(f"expected shares, none below 0, that add up to 1, got {p}")
    p = p[p > 0]
    return float((p * np.log2(1.0 / p)).sum())

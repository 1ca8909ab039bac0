"""How often classes or attributes occur in a set of images."""

from collections.abc import Sequence

import numpy as np

SURE = 0.9  # a probability that a judge gives to what it is sure of


def class_shares(labels: np.ndarray, classes: int) -> np.ndarray:
    """The share of each class among labels (N,), integers from 0 to classes − 1: float64 (classes,), with sum 1.

    Raises ValueError for other labels, or if there are none.
    """
    if labels.ndim != 1 or labels.size == 0 or labels.dtype.kind not in "iu":
        raise ValueError(f"expected labels (N,), whole numbers, got {labels.dtype} of shape {labels.shape}")
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"expected labels 0 … {classes - 1}, got {labels.min()} … {labels.max()}")
    return np.bincount(labels, minlength=classes) / labels.size


def attribute_shares(attributes: np.ndarray) -> np.ndarray:
    """The share of images with each attribute, float64 (A,); attributes (N, A) are 0 or 1.

    Raises ValueError for other values, or if there are none.
    """
    if attributes.ndim != 2 or attributes.size == 0 or not np.isin(attributes, (0, 1)).all():
        raise ValueError(f"expected attributes (N, A), each 0 or 1, got shape {attributes.shape}")
    return attributes.mean(axis=0, dtype=np.float64)


def sure_share(logits: np.ndarray, exclusive: bool) -> float:
    """The share of images of which a judge is sure: it gives a class, or all attributes, a probability of 0.9 or more.

    `logits` (N, outputs) are of classes if they are `exclusive`, else of attributes, for each of which the probability
    of its absence counts too.  Raises ValueError if there are none.
    """
    if logits.ndim != 2 or logits.size == 0:
        raise ValueError(f"expected logits (N, outputs), got shape {logits.shape}")
    x = logits.astype(np.float64)
    if exclusive:
        odds = np.exp(x - x.max(axis=1, keepdims=True))  # the largest is 1
        sure = 1 / odds.sum(axis=1) >= SURE
    else:
        sure = (1 / (1 + np.exp(-np.abs(x))) >= SURE).all(axis=1)
    return float(sure.mean())


def entropy_bits(shares: Sequence[float] | np.ndarray) -> float:
    """The entropy −Σ p log₂ p, in bits, of shares p; terms with p = 0 are 0 (Shannon 1948, §6).

    Raises ValueError unless the shares are not negative and add up to 1.

    Examples
    --------
    >>> from minigan.evaluate import entropy_bits
    >>> entropy_bits([0.5, 0.25, 0.25])
    1.5
    """
    p = checked(shares)
    p = p[p > 0]
    return float((p * np.log2(1.0 / p)).sum())


def kl_divergence(shares: Sequence[float] | np.ndarray, reference: Sequence[float] | np.ndarray) -> float:
    """Σ p ln(p / q), in nats, of shares p from reference shares q; infinite if one is 0 in q alone.

    Kullback & Leibler 1951, eq. 2.4.  Raises ValueError unless both add up to 1, or if they differ in number.
    """
    p, q = checked(shares), checked(reference)
    if p.shape != q.shape:
        raise ValueError(f"expected as many shares as in the reference, got {p.size} and {q.size}")
    seen = p > 0
    with np.errstate(divide="ignore"):
        return max(0.0, float((p[seen] * np.log(p[seen] / q[seen])).sum()))


def checked(shares: Sequence[float] | np.ndarray) -> np.ndarray:
    """Shares as float64.  Raises ValueError unless they are not negative and add up to 1."""
    p = np.asarray(shares, np.float64)
    if p.ndim != 1 or not (p >= 0).all() or not abs(p.sum() - 1.0) < 1e-6:
        raise ValueError(f"expected shares, none below 0, that add up to 1, got {p}")
    return p

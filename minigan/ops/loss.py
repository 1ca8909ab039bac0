"""Losses, each the mean over all its elements (or rows, for cross-entropy)."""

import numpy as np

from ..backend import to_device
from ..tensor import Tensor, operand
from .activation import log_softmax, softplus
from .elementwise import absolute


def bce_with_logits(logits: Tensor, target) -> Tensor:
    """Binary cross-entropy −t ln σ(l) − (1 − t) ln(1 − σ(l)) = softplus(l) − t l; `target` t from 0 to 1 broadcasts."""
    target = operand(target, logits)
    return (softplus(logits) - logits * target).mean()


def cross_entropy(logits: Tensor, labels) -> Tensor:
    """−ln softmax(logits)[label], the mean over rows: logits (N, K), labels N integers from 0 to K − 1."""
    n, classes = logits.shape
    labels = np.asarray(labels)
    if labels.shape != (n,) or labels.dtype.kind not in "iu" or not ((labels >= 0) & (labels < classes)).all():
        raise ValueError(f"cross_entropy expected {n} integer labels from 0 to {classes - 1}, got {labels!r}")
    chosen = to_device((labels[:, None] == np.arange(classes)).astype(logits.dtype), logits.device)
    return (log_softmax(logits) * chosen).sum() * (-1.0 / n)


def mse(x: Tensor, target) -> Tensor:
    """Mean squared difference."""
    difference = x - target
    return (difference * difference).mean()


def l1(x: Tensor, target) -> Tensor:
    """Mean absolute difference."""
    return absolute(x - target).mean()

"""Losses, each the mean over all its elements (or rows, for cross-entropy)."""

import numpy as np

from ..arrays.backend import Array, to_device
from ..tensor import Tensor, Value, operand
from .activation import log_softmax, softplus
from .elementwise import absolute


def bce_with_logits(logits: Tensor, target: Value) -> Tensor:
    """Binary cross-entropy −t ln σ(l) − (1 − t) ln(1 − σ(l)) = softplus(l) − t l; `target` t from 0 to 1 broadcasts."""
    target = operand(target, logits)
    return (softplus(logits) - logits * target).mean()


def cross_entropy(logits: Tensor, labels: Array) -> Tensor:
    """−ln softmax(logits)[label], the mean over rows: logits (N, K), labels N integers from 0 to K − 1."""
    n, classes = logits.shape
    labels = np.asarray(labels)
    if labels.shape != (n,) or labels.dtype.kind not in "iu" or not ((labels >= 0) & (labels < classes)).all():
        raise ValueError(f"cross_entropy expected {n} integer labels from 0 to {classes - 1}, got {labels!r}")
    chosen = to_device((labels[:, None] == np.arange(classes)).astype(logits.dtype), logits.device)
    return (log_softmax(logits) * chosen).sum() * (-1.0 / n)


def mse(x: Tensor, target: Value) -> Tensor:
    """Mean squared difference."""
    difference = x - _same_shape("mse", x, target)
    return (difference * difference).mean()


def l1(x: Tensor, target: Value) -> Tensor:
    """Mean absolute difference."""
    return absolute(x - _same_shape("l1", x, target)).mean()


def _same_shape(name: str, x: Tensor, target: Value) -> Tensor | float:
    """The target, or ValueError if it is neither a number nor of the shape of x: broadcasting would pair wrongly."""
    target = operand(target, x)
    if isinstance(target, Tensor) and target.shape != x.shape:
        raise ValueError(f"{name} expected a number or a target of shape {x.shape}, got {target.shape}")
    return target

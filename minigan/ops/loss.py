"""Losses: the mean over all elements (or rows, for cross-entropy), or as `reduction` says, "sum" or "none"."""

import numpy as np

from ..arrays.backend import Array, to_device
from ..tensor import Tensor, Value, operand
from .activation import log_softmax, softplus
from .elementwise import absolute


def bce_with_logits(logits: Tensor, target: Value, reduction: str = "mean") -> Tensor:
    """Binary cross-entropy −t ln σ(l) − (1 − t) ln(1 − σ(l)) = t softplus(−l) + (1 − t) softplus(l).

    `target` t is from 0 to 1: a number, or of the shape of the logits l.  (softplus(l) − t l is the same in one term
    less, but loses all digits where t = 1 and l is large.)  Gives the mean over all elements or, as `reduction` says,
    their "sum", or "none": the losses, in the shape of l.  Raises ValueError for a target of another shape, or another
    reduction.

    Examples
    --------
    >>> from minigan import Tensor, ops
    >>> ops.bce_with_logits(Tensor([0.0, 3.0]), 1.0, reduction="none")
    Tensor([0.6931 0.0486], shape=(2,), dtype=float32)
    """
    target = _same_shape("bce_with_logits", logits, target)
    if isinstance(target, float | int) and target in (0, 1):
        return _reduce(softplus(-logits if target else logits), reduction)
    return _reduce(softplus(-logits) * target + softplus(logits) * (1.0 - target), reduction)


def cross_entropy(
    logits: Tensor,
    labels: Array,
    weights: Array | None = None,
    ignore_index: int | None = None,
    reduction: str = "mean",
) -> Tensor:
    """−ln softmax(logits)[label]: logits (N, K), labels N integers from 0 to K − 1.

    `weights` are K numbers, one for each class, with which its rows count; rows with the label `ignore_index` do not
    count.  The mean is over what counts: Σ wₙ lossₙ / Σ wₙ.  With `reduction` "sum" it is the sum, with "none" the
    losses (N,).  Raises ValueError if a shape does not fit, or for a label that is no class, or another reduction.

    Examples
    --------
    >>> from minigan import Tensor, ops
    >>> logits = Tensor([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    >>> ops.cross_entropy(logits, [0, 2], reduction="none")
    Tensor([0.2395 1.0986], shape=(2,), dtype=float32)
    """
    if logits.ndim != 2:
        raise ValueError(f"cross_entropy expected logits (N, K), got shape {logits.shape}")
    n, classes = logits.shape
    labels = np.asarray(labels)
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        raise ValueError(f"cross_entropy expected {n} integer labels, got {labels.dtype} of shape {labels.shape}")
    counts = np.ones(n, bool) if ignore_index is None else labels != ignore_index
    if not ((labels >= 0) & (labels < classes))[counts].all():
        raise ValueError(f"cross_entropy expected labels from 0 to {classes - 1}, got {labels!r}")
    if weights is not None and np.shape(weights) != (classes,):
        raise ValueError(f"cross_entropy expected {classes} weights, one for each class, got {np.shape(weights)}")
    chosen = np.where(counts, labels, 0)
    row_weights = (np.ones(classes) if weights is None else np.asarray(weights))[chosen] * counts
    # The label's logarithm is taken out by its index: times 0, another one, of −∞, would make the loss NaN.
    losses = -log_softmax(logits)[np.arange(n), chosen] * to_device(row_weights.astype(logits.dtype), logits.device)
    if reduction != "mean":
        return _reduce(losses, reduction)
    total = float(row_weights.sum())
    return losses.sum() * (1 / total if total else float("nan"))


def mse(x: Tensor, target: Value, reduction: str = "mean") -> Tensor:
    """Squared difference.

    Its mean over all elements; with reduction "sum" or "none" the sum, or the shape of x.  `target` is a number, or of
    the shape of x.  Raises ValueError for another shape, or another reduction.
    """
    difference = x - _same_shape("mse", x, target)
    return _reduce(difference * difference, reduction)


def l1(x: Tensor, target: Value, reduction: str = "mean") -> Tensor:
    """Absolute difference, as `mse` takes it.  Raises ValueError as it does."""
    return _reduce(absolute(x - _same_shape("l1", x, target)), reduction)


def _same_shape(name: str, x: Tensor, target: Value) -> Tensor | float:
    """The target, or ValueError if it is neither a number nor of the shape of x: broadcasting would pair wrongly."""
    target = operand(target, x)
    if isinstance(target, Tensor) and target.shape != x.shape:
        raise ValueError(f"{name} expected a number or a target of shape {x.shape}, got {target.shape}")
    return target


def _reduce(losses: Tensor, reduction: str) -> Tensor:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"expected reduction 'mean', 'sum' or 'none', got {reduction!r}")
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses

"""Limits on gradients."""

import math
from collections.abc import Iterable

from ..nn import Parameter


def clip_grad_norm(parameters: Iterable[Parameter], max_norm: float) -> float:
    """Scale all gradients so that their common norm √Σ g² is at most `max_norm` (Pascanu et al. 2013, algorithm 1).

    Gradients are changed in place, parameters without one are left out.  Returns the norm as it was.  Raises ValueError
    for a `max_norm` that is not above 0.

    Examples
    --------
    >>> from minigan import Tensor, nn, optim
    >>> p = nn.Parameter([1.0, 2.0])
    >>> p.grad = Tensor([3.0, 4.0])
    >>> optim.clip_grad_norm([p], max_norm=1.0)
    5.0
    >>> p.grad
    Tensor([0.6 0.8], shape=(2,), dtype=float32)
    """
    if not max_norm > 0:
        raise ValueError(f"expected a norm above 0, got {max_norm}")
    gradients = [p.grad.data for p in parameters if p.grad is not None]
    norm = math.sqrt(sum(float((g.astype("float64") ** 2).sum()) for g in gradients))
    if norm > max_norm:
        for g in gradients:
            g *= max_norm / norm
    return norm

"""Learning-rate schedules: a factor for each step t = 0, 1, 2, …, by which the initial learning rate is multiplied.

A warm-up, and then a cosine, for any optimiser:

    schedule = Schedule(optimizer, warm_up(500, then=cosine(10_000)))
    for batch in batches:
        …
        optimizer.step()
        schedule.step()
"""

import math
from collections.abc import Callable

import numpy as np

from .optimizers import Optimizer

Factor = Callable[[int], float]


class Schedule:
    """Sets `optimizer.lr` to factor(t) times the learning rate that it had; `step()` goes on to the next t.

    Examples
    --------
    >>> from minigan import nn, optim
    >>> sgd = optim.SGD([nn.Parameter([1.0])], lr=0.5)
    >>> schedule = optim.Schedule(sgd, optim.schedules.linear(4))
    >>> for t in range(4):
    ...     print(sgd.lr)
    ...     schedule.step()
    0.5
    0.375
    0.25
    0.125
    """

    def __init__(self, optimizer: Optimizer, factor: Factor):
        self.optimizer, self.factor, self.lr, self.t = optimizer, factor, optimizer.lr, 0
        self._set()

    def step(self) -> None:
        """To be called after each step of the optimiser."""
        self.t += 1
        self._set()

    def _set(self) -> None:
        self.optimizer.lr = self.lr * self.factor(self.t)

    def state_dict(self) -> dict[str, np.ndarray]:
        """What is needed to continue: t and the initial learning rate."""
        return {"t": np.array(self.t), "lr": np.array(self.lr)}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Take over the values of `state_dict()`, and set the learning rate.  Raises ValueError for other names."""
        if state.keys() != {"t", "lr"}:
            raise ValueError(f"expected the state of a schedule, t and lr, got {sorted(state)}")
        self.t, self.lr = int(state["t"]), float(state["lr"])
        self._set()


def linear(total: int, start: int = 0, end: float = 0.0) -> Factor:
    """1 until step `start`, then in a straight line to `end` at step `total`, and `end` from there on.

    Raises ValueError unless 0 ≤ start < total.
    """
    _check(0 <= start < total, f"0 ≤ start < total, got {start} and {total}")
    return lambda t: 1.0 + (end - 1.0) * min(max((t - start) / (total - start), 0.0), 1.0)


def cosine(total: int, end: float = 0.0) -> Factor:
    """end + (1 − end) (1 + cos(π t / total)) / 2, and `end` from step `total` on (Loshchilov & Hutter 2017, eq. 5).

    The paper is arXiv:1608.03983.  Raises ValueError for a total that is not above 0.
    """
    _check(total > 0, f"a total above 0, got {total}")
    return lambda t: end + (1.0 - end) * (1.0 + math.cos(math.pi * min(t / total, 1.0))) / 2


def steps(every: int, gamma: float = 0.1) -> Factor:
    """gamma to the power of ⌊t / every⌋.  Raises ValueError unless both are above 0."""
    _check(every > 0 and gamma > 0, f"every and gamma above 0, got {every} and {gamma}")
    return lambda t: gamma ** (t // every)


def exponential(gamma: float) -> Factor:
    """gammaᵗ.  Raises ValueError unless gamma is above 0."""
    _check(gamma > 0, f"a gamma above 0, got {gamma}")
    return lambda t: gamma**t


def warm_up(count: int, then: Factor = lambda t: 1.0) -> Factor:
    """(t + 1) / count in the first `count` steps, then `then`, which counts its steps from 0 again.

    By default the factor stays 1 (gradual warm-up: Goyal et al. 2017, arXiv:1706.02677, §2.2).  Raises ValueError for
    a count that is not above 0.
    """
    _check(count > 0, f"a count above 0, got {count}")
    return lambda t: (t + 1) / count if t < count else then(t - count)


def _check(holds: bool, expected: str) -> None:
    if not holds:
        raise ValueError(f"a schedule expected {expected}")

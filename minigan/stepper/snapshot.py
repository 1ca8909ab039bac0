"""A copy of an array, to be drawn later, and numbers and shapes as short text."""

import math
import re
from dataclasses import dataclass

import numpy as np

from ..arrays.backend import Array, to_host
from .look import Look, View, view


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A copy of an array; `weights` says whether its axes are those of weights or of images, see look.py.

    `low` and `high` are the minimum and maximum.
    """

    array: np.ndarray
    weights: bool
    low: float
    high: float

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    def __str__(self) -> str:
        """The value of a scalar, else the shape."""
        return number(self.array.item()) if self.is_scalar else shape_text(self.shape)

    @property
    def is_scalar(self) -> bool:
        """Whether the array has a single element."""
        return math.prod(self.shape) == 1

    def view(self, look: Look) -> View:
        """The part that is shown."""
        return view(self.array, look, self.weights)


def snapshot(array: Array, weights: bool = False) -> Snapshot:
    """Copy an array of any shape on any device; later changes of the array have no effect."""
    copy = np.array(to_host(array))
    low, high = (float(copy.min()), float(copy.max())) if copy.size else (0.0, 0.0)
    return Snapshot(copy, weights, low, high)


def total(shots: list[Snapshot]) -> str:
    """The sum of scalars as text; of larger arrays, which have the same shape, that shape."""
    return number(sum(shot.array.item() for shot in shots)) if shots[0].is_scalar else str(shots[0])


def number(value: float) -> str:
    """A number in at most eight characters: an integer, or three significant digits (two below 0.01)."""
    value = float(value) + 0.0  # −0 is 0
    if value.is_integer() and abs(value) < 1e5:
        text = f"{value:.0f}"
    elif 0.01 <= abs(value) < 1e4:
        text = f"{value:.3g}" if abs(value) < 999.5 else f"{value:.0f}"
    else:
        text = f"{value:.2g}" if 1e-3 <= abs(value) < 0.01 else f"{value:.1e}"
    return re.sub(r"e([+-])0*", r"e\1", text).replace("e+", "e").replace(".0e", "e").replace("-", "−")


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as text, such as 3×5; empty for shape ()."""
    return "×".join(map(str, shape))

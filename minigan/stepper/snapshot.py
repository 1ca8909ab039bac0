"""What is remembered of an array, and drawn: its numbers while they are few, a heat map where they are many."""

import math
import re
from dataclasses import dataclass

import numpy as np

from ..arrays.backend import Array, to_host
from ..show.colours import BLUE, INK, PALE, RED
from .svg import Svg, text_width

MOST_COLUMNS, MOST_NUMBERS = 8, 40
HEAT_CELLS, HEAT_SIZE = 28, 112.0  # of a heat map: cells along a side at most, and pixels
CELL_WIDTH, CELL_HEIGHT = 50.0, 22.0


@dataclass(frozen=True)
class Snapshot:
    """A copy of the part of an array that can be shown.

    `values` is 2-D: the numbers themselves, or the means of blocks of them (`exact` says which).  `part` says which
    two axes of the array it is, `low` and `high` are the limits of the whole array.
    """

    shape: tuple[int, ...]
    values: np.ndarray
    exact: bool
    part: str
    low: float
    high: float

    def __str__(self) -> str:
        """The number if there is one, else the shape."""
        return shape_text(self.shape) if self.many else number(self.values[0, 0])

    @property
    def many(self) -> bool:
        """Whether the array is anything but a single number."""
        return math.prod(self.shape) != 1


def snapshot(array: Array) -> Snapshot:
    """Copy what can be shown of an array of any shape, wherever it lives; later changes to it do not matter."""
    array = np.asarray(to_host(array))
    plane, part = _plane(array)
    exact = max(plane.shape) <= MOST_COLUMNS and plane.size <= MOST_NUMBERS
    values = np.array(plane) if exact else _block_means(plane)
    low, high = (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)
    return Snapshot(array.shape, values, exact, part, low, high)


def _plane(x: np.ndarray) -> tuple[np.ndarray, str]:
    """Two axes of an array, and how to write that."""
    if sum(n != 1 for n in x.shape) <= 2:
        long = [n for n in x.shape if n != 1]
        return x.reshape(x.shape if x.ndim == 2 else (1,) * (2 - len(long)) + tuple(long)), ""
    index: tuple = (0,) * (x.ndim - 2) + (slice(None), slice(None))
    if x.ndim == 4:
        kernel = x.shape[0] == x.shape[1] != x.shape[2]  # (kh, kw, C_in, C_out), else images (N, H, W, C)
        index = (slice(None), slice(None), 0, 0) if kernel else (0, slice(None), slice(None), 0)
    return x[index], "[" + ", ".join(":" if isinstance(i, slice) else str(i) for i in index) + "]"


def _block_means(plane: np.ndarray) -> np.ndarray:
    """At most HEAT_CELLS cells along each side."""
    for axis in (0, 1):
        edges = np.linspace(0, plane.shape[axis], min(HEAT_CELLS, plane.shape[axis]) + 1).astype(int)
        sums = np.add.reduceat(plane.astype(np.float64), edges[:-1], axis=axis)
        plane = sums / np.diff(edges).reshape((-1, 1) if axis == 0 else (1, -1))
    return plane


def total(shots: list[Snapshot]) -> str:
    """The sum of arrays of one shape in a word: the number if it is one, else the shape."""
    return str(shots[0]) if shots[0].many else number(sum(shot.values[0, 0] for shot in shots))


def number(value: float) -> str:
    """A number in at most eight characters: whole, or three digits, or two of one below 0.01."""
    value = float(value) + 0.0  # −0 is 0
    if value.is_integer() and abs(value) < 1e5:
        text = f"{value:.0f}"
    elif 0.01 <= abs(value) < 1e4:
        text = f"{value:.3g}" if abs(value) < 999.5 else f"{value:.0f}"
    else:
        text = f"{value:.2g}" if 1e-3 <= abs(value) < 0.01 else f"{value:.1e}"
    return re.sub(r"e([+-])0*", r"e\1", text).replace("e+", "e").replace(".0e", "e").replace("-", "−")


def shape_text(shape: tuple[int, ...]) -> str:
    """3×5, or nothing for a single number."""
    return "×".join(map(str, shape))


def tint(value: float, largest: float) -> tuple[str, str]:
    """The colour of a cell, blue above zero and red below, and the colour of text on it; grey if not finite."""
    if not np.isfinite(value):
        return PALE, "#ffffff"
    strength = min(1.0, abs(float(value)) / largest) if largest > 0 else 0.0
    full = BLUE if value > 0 else RED
    channels = [round(255 + strength * (int(full[i : i + 2], 16) - 255)) for i in (1, 3, 5)]
    return "#" + "".join(f"{c:02x}" for c in channels), "#ffffff" if strength > 0.6 else INK


def picture(shot: Snapshot, caption: str) -> Svg:
    """A snapshot under its caption."""
    rows, columns = shot.values.shape
    finite = np.abs(shot.values[np.isfinite(shot.values)])
    largest = float(finite.max(initial=0.0))
    cell = min(HEAT_SIZE / max(rows, columns, 1), CELL_HEIGHT)
    wide, high = (CELL_WIDTH, CELL_HEIGHT) if shot.exact else (cell, cell)
    foot = _foot(shot)
    width = max(columns * wide, text_width(caption, 11), text_width(foot, 9.5))
    result = Svg(width, 18 + rows * high + (14 if foot else 2))
    result.text(0, 11, caption, size=11)
    for (r, c), value in np.ndenumerate(shot.values):
        fill, ink = tint(value, largest)
        x, y = c * wide, 18 + r * high
        result.rect(x, y, wide, high, fill=fill, stroke="#d5d8da" if shot.exact else "none", thick=0.6)
        if shot.exact:
            result.text(x + wide / 2, y + high / 2 + 4, number(value), size=10.5, anchor="middle", fill=ink)
    if foot:
        result.text(0, 18 + rows * high + 11, foot, size=9.5, fill=PALE)
    return result


def _foot(shot: Snapshot) -> str:
    """Shape, part and limits, as far as they are not plain to see."""
    if shot.exact and not shot.part:
        return "" if len(shot.shape) <= 2 else shape_text(shot.shape)
    limits = f"{number(shot.low)} … {number(shot.high)}"
    return f"{shot.part + ' of ' if shot.part else ''}{shape_text(shot.shape)}: {limits}"

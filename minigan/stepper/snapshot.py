"""What is kept of an array to draw it later: the numbers of a small one, a heat map of a large one."""

import math
import re
from dataclasses import dataclass

import numpy as np

from ..arrays.backend import Array, to_host
from ..show.colours import BLUE, INK, PALE, RED
from .svg import Svg, text_width

MOST_COLUMNS, MOST_NUMBERS = 8, 40
HEAT_CELLS, HEAT_SIZE = 28, 112.0  # of a heat map: most cells along a side, and its size in pixels
CELL_WIDTH, CELL_HEIGHT = 50.0, 22.0


@dataclass(frozen=True)
class Snapshot:
    """A copy of the part of an array that is drawn.

    `values` is 2-D: the numbers themselves if `exact`, else the means of blocks of them.  `part` is the index of the
    two axes that are drawn, such as "[0, :, :, 0]"; `low` and `high` are the minimum and maximum of the whole array.
    """

    shape: tuple[int, ...]
    values: np.ndarray
    exact: bool
    part: str
    low: float
    high: float

    def __str__(self) -> str:
        """The value of a scalar, else the shape."""
        return number(self.values[0, 0]) if self.is_scalar else shape_text(self.shape)

    @property
    def is_scalar(self) -> bool:
        """Whether the array has a single element."""
        return math.prod(self.shape) == 1


def snapshot(array: Array) -> Snapshot:
    """Copy what is drawn of an array of any shape on any device; later changes of the array have no effect."""
    array = np.asarray(to_host(array))
    plane, part = _plane(array)
    exact = max(plane.shape) <= MOST_COLUMNS and plane.size <= MOST_NUMBERS
    values = np.array(plane) if exact else _block_means(plane)
    low, high = (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)
    return Snapshot(array.shape, values, exact, part, low, high)


def _plane(x: np.ndarray) -> tuple[np.ndarray, str]:
    """Two axes of an array, and their index as text."""
    if sum(n != 1 for n in x.shape) <= 2:
        long = [n for n in x.shape if n != 1]
        return x.reshape(x.shape if x.ndim == 2 else (1,) * (2 - len(long)) + tuple(long)), ""
    index: tuple = (0,) * (x.ndim - 2) + (slice(None), slice(None))
    if x.ndim == 4:
        kernel = x.shape[0] == x.shape[1] != x.shape[2]  # (kh, kw, C_in, C_out), else images (N, H, W, C)
        index = (slice(None), slice(None), 0, 0) if kernel else (0, slice(None), slice(None), 0)
    return x[index], "[" + ", ".join(":" if isinstance(i, slice) else str(i) for i in index) + "]"


def _block_means(plane: np.ndarray) -> np.ndarray:
    """The means of equal blocks, at most HEAT_CELLS along each side."""
    for axis in (0, 1):
        edges = np.linspace(0, plane.shape[axis], min(HEAT_CELLS, plane.shape[axis]) + 1).astype(int)
        sums = np.add.reduceat(plane.astype(np.float64), edges[:-1], axis=axis)
        plane = sums / np.diff(edges).reshape((-1, 1) if axis == 0 else (1, -1))
    return plane


def total(shots: list[Snapshot]) -> str:
    """The sum of scalars as text; of larger arrays, which have the same shape, that shape."""
    return number(sum(shot.values[0, 0] for shot in shots)) if shots[0].is_scalar else str(shots[0])


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


def cell_colours(value: float, largest: float) -> tuple[str, str]:
    """The colour of a cell (blue above zero, red below, grey if not finite), and that of the text on it."""
    if not np.isfinite(value):
        return PALE, "#ffffff"
    strength = min(1.0, abs(float(value)) / largest) if largest > 0 else 0.0
    full = BLUE if value > 0 else RED
    channels = [round(255 + strength * (int(full[i : i + 2], 16) - 255)) for i in (1, 3, 5)]
    return "#" + "".join(f"{c:02x}" for c in channels), "#ffffff" if strength > 0.6 else INK


def picture(shot: Snapshot, caption: str) -> Svg:
    """A snapshot with a caption above it."""
    rows, columns = shot.values.shape
    finite = np.abs(shot.values[np.isfinite(shot.values)])
    largest = float(finite.max(initial=0.0))
    cell = min(HEAT_SIZE / max(rows, columns, 1), CELL_HEIGHT)
    wide, high = (CELL_WIDTH, CELL_HEIGHT) if shot.exact else (cell, cell)
    footer = _footer(shot)
    width = max(columns * wide, text_width(caption, 11), text_width(footer, 9.5))
    result = Svg(width, 18 + rows * high + (14 if footer else 2))
    result.text(0, 11, caption, size=11)
    for (r, c), value in np.ndenumerate(shot.values):
        fill, ink = cell_colours(value, largest)
        x, y = c * wide, 18 + r * high
        result.rect(x, y, wide, high, fill=fill, stroke="#d5d8da" if shot.exact else "none", thick=0.6)
        if shot.exact:
            result.text(x + wide / 2, y + high / 2 + 4, number(value), size=10.5, anchor="middle", fill=ink)
    if footer:
        result.text(0, 18 + rows * high + 11, footer, size=9.5, fill=PALE)
    return result


def _footer(shot: Snapshot) -> str:
    """Index, shape and limits of the array; empty if all its numbers are drawn."""
    if shot.exact and not shot.part:
        return "" if len(shot.shape) <= 2 else shape_text(shot.shape)
    limits = f"{number(shot.low)} … {number(shot.high)}"
    return f"{shot.part + ' of ' if shot.part else ''}{shape_text(shot.shape)}: {limits}"

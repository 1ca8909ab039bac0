"""Drawing an array: a small one as numbers; of a large one a heat map of a plane, and the numbers in a window of it."""

from itertools import groupby

import numpy as np

from ..show.colours import BLUE, INK, PALE, RED
from .look import FLAT, Look, View
from .snapshot import Snapshot, number, shape_text
from .svg import Svg, text_width

HEAT_CELLS = 28  # most cells of a heat map along a side
HEAT_SIZE, STRIP_LENGTH, STRIP_CELL = 112.0, 280.0, 10.0  # in pixels; a strip is a heat map of few rows or columns
CELL_WIDTH, CELL_HEIGHT = 50.0, 22.0  # of a number
SHADES = 24  # of each colour
FRAME = "#e09f1f"  # around a window
GRID = "#d5d8da"


def array_picture(shot: Snapshot, look: Look, caption: str) -> Svg:
    """The part of an array that `look` says, with a caption above it and what part it is below."""
    view = shot.view(look)
    numbers = _numbers(view)
    if view.is_whole:
        body = numbers
    else:
        heat, flat = _heat_map(view), view.plane.shape[0] <= FLAT
        x, y = (0.0, heat.height + 4) if flat else (heat.width + 10, 0.0)
        body = Svg(max(heat.width, x + numbers.width), max(heat.height, y + numbers.height))
        body.put(heat, 0, 0)
        body.put(numbers, x, y)
    footer = _footer(shot, view)
    result = Svg(max(body.width, text_width(caption, 11), text_width(footer, 9.5)), 0)
    result.text(0, 11, caption, size=11)
    result.put(body, 0, 18)
    if footer:
        result.text(0, 18 + body.height + 11, footer, size=9.5, fill=PALE)
    result.height = 18 + body.height + (14 if footer else 2)
    return result


def _footer(shot: Snapshot, view: View) -> str:
    """Index, shape and limits of the array; empty if all its numbers are drawn."""
    if not view.part:
        return "" if len(shot.shape) <= 2 else shape_text(shot.shape)
    return f"{view.part} of {shape_text(shot.shape)} (from {number(shot.low)} to {number(shot.high)})"


def _largest(values: np.ndarray) -> float:
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


def _numbers(view: View) -> Svg:
    """The numbers in the window on cells in the colours of the plane."""
    rows, columns = view.numbers.shape
    result = Svg(columns * CELL_WIDTH, rows * CELL_HEIGHT)
    largest = _largest(view.plane)
    _put_cells(result, view.numbers, largest, CELL_WIDTH, CELL_HEIGHT, GRID)
    written: dict[tuple[str, float], list[tuple[float, float, str]]] = {}
    for (r, c), value in np.ndenumerate(view.numbers):
        x, y, text = (c + 0.5) * CELL_WIDTH, (r + 0.5) * CELL_HEIGHT + 4, number(value)
        size = 10.5 if len(text) < 8 else 9.0
        written.setdefault((cell_colours(value, largest)[1], size), []).append((x, y, text))
    for (ink, size), words in written.items():
        result.labels(words, size=size, fill=ink)
    return result


def _heat_map(view: View) -> Svg:
    """The plane, at most HEAT_CELLS cells along a side, each the mean of a block, with a frame around the window."""
    means = block_means(view.plane)
    rows, columns = means.shape
    strip = min(view.plane.shape) <= FLAT
    cell = min((STRIP_LENGTH if strip else HEAT_SIZE) / max(rows, columns), CELL_HEIGHT)
    wide, high = (max(cell, STRIP_CELL) if strip and n <= FLAT else cell for n in (columns, rows))
    result = Svg(columns * wide, rows * high)
    _put_cells(result, means, _largest(means), wide, high, "none")
    across, down = result.width / view.plane.shape[1], result.height / view.plane.shape[0]
    left, top = view.columns.start * across, view.rows.start * down
    width, height = view.numbers.shape[1] * across, view.numbers.shape[0] * down
    result.rect(left, top, max(width, 3.0), max(height, 3.0), stroke=FRAME, thick=1.8)
    return result


def block_means(plane: np.ndarray) -> np.ndarray:
    """The means of equal blocks, at most HEAT_CELLS along each side."""
    for axis in (0, 1):
        edges = np.linspace(0, plane.shape[axis], min(HEAT_CELLS, plane.shape[axis]) + 1).astype(int)
        sums = np.add.reduceat(plane.astype(np.float64), edges[:-1], axis=axis)
        plane = sums / np.diff(edges).reshape((-1, 1) if axis == 0 else (1, -1))
    return plane


def _put_cells(picture: Svg, values: np.ndarray, largest: float, wide: float, high: float, stroke: str) -> None:
    """A rectangle for each value.  Those of one colour are one path; without a stroke, neighbours are one rectangle."""
    paths: dict[str, str] = {}
    for r, row in enumerate(values):
        fills = [cell_colours(value, largest)[0] for value in row]
        for (fill, _), run in groupby(enumerate(fills), key=lambda item: (item[1], stroke != "none" and item[0])):
            columns = [c for c, _ in run]
            x, y, width = columns[0] * wide, r * high, len(columns) * wide
            paths[fill] = paths.get(fill, "") + f"M{x:g} {y:g}h{width:g}v{high:g}h{-width:g}z"
    for fill, d in paths.items():
        picture.path(d, fill=fill, stroke=stroke, thick=0.6)


def cell_colours(value: float, largest: float) -> tuple[str, str]:
    """The colour of a cell (blue above zero, red below, grey if not finite), and that of the text on it."""
    if not np.isfinite(value):
        return PALE, "#ffffff"
    strength = min(1.0, abs(float(value)) / largest) if largest > 0 else 0.0
    strength = round(strength * SHADES) / SHADES
    full = BLUE if value > 0 else RED
    channels = [round(255 + strength * (int(full[i : i + 2], 16) - 255)) for i in (1, 3, 5)]
    return "#" + "".join(f"{c:02x}" for c in channels), "#ffffff" if strength > 0.6 else INK

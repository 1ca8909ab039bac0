"""Drawing the window of a convolution: its position, the numbers under it, and the sum of products."""

from collections.abc import Sequence

import numpy as np

from ..show.colours import INK, PALE, PAPER
from .array_picture import FRAME, cell_colours
from .snapshot import number
from .svg import Svg, text_width

CELL, SMALL, GAP = 40.0, 34.0, 26.0
READABLE = 10.0  # the smallest cell in which the number is written
INSERTED = "#efeee9"  # the background of inserted zeros


def grid(
    values: np.ndarray,
    cell: float = CELL,
    inserted: np.ndarray | None = None,
    shown: int | None = None,
    least: float = 0.0,
) -> Svg:
    """A 2-D array as numbers on coloured cells; `inserted` zeros are grey, cells after the first `shown` are empty.

    The full colour stands for the largest magnitude, or for `least` if that is larger: so two grids can share a scale.
    """
    rows, columns = values.shape
    largest = max(float(np.abs(values).max(initial=0.0)), least)
    result = Svg(columns * cell, rows * cell)
    for k, ((r, c), value) in enumerate(np.ndenumerate(values)):
        zero, visible = inserted is not None and bool(inserted[r, c]), shown is None or k < shown
        fill, ink = (INSERTED, PALE) if zero else cell_colours(value, largest) if visible else ("#ffffff", INK)
        result.rect(c * cell, r * cell, cell, cell, fill=fill, stroke="#d5d8da", thick=0.6)
        if visible and cell >= READABLE:
            size = min(cell * 0.36, cell / (0.62 * max(len(number(value)), 1)))
            result.text((c + 0.5) * cell, (r + 0.5) * cell + size * 0.36, number(value), size, "middle", ink)
    return result


def framed(picture: Svg, row: int, column: int, shape: tuple[int, ...], cell: float) -> Svg:
    """A grid with a frame around `shape` (rows, columns) of its cells; (row, column) is the first of them."""
    rows, columns = shape
    thick = max(1.5, cell / 12)
    picture.rect(column * cell, row * cell, columns * cell, rows * cell, stroke=FRAME, thick=thick)
    return picture


def titled(picture: Svg, title: str) -> Svg:
    """A picture with a title above it."""
    result = Svg(max(picture.width, text_width(title, 12)), picture.height + 22)
    result.text(0, 13, title, size=12)
    result.put(picture, 0, 22)
    return result


def product_sum(patch: np.ndarray, kernel: np.ndarray, total: float) -> str:
    """The non-zero products and their sum, as one line of text."""
    terms = [f"{number(p)}·{number(k)}" for p, k in zip(patch.ravel(), kernel.ravel()) if p and k]
    if len(terms) > 9:
        terms = [*terms[:8], "…", terms[-1]]
    return f"{' + '.join(terms) or '0'} = {number(total)}".replace("+ −", "− ")


def row_of(pictures: Sequence[Svg | str], line: str, bold_line: str) -> Svg:
    """Grids side by side with operators between them, and two lines of text below."""
    widths = [text_width(item, 22) if isinstance(item, str) else item.width for item in pictures]
    height = max(item.height for item in pictures if isinstance(item, Svg))
    wide = max(sum(widths) + GAP / 2 * (len(pictures) - 1), text_width(line, 12), text_width(bold_line, 12))
    page = Svg(wide + 2 * GAP, height + 2 * GAP + 44, paper=PAPER)
    x = GAP
    for item, width in zip(pictures, widths):
        if isinstance(item, str):
            page.text(x + width / 2, GAP + 22 + (height - 22) / 2 + 7, item, size=22, anchor="middle", fill=PALE)
        else:
            page.put(item, x, GAP + (height - item.height) / 2)
        x += width + GAP / 2
    page.text(GAP, GAP + height + 24, bold_line, size=12, bold=True)
    page.text(GAP, GAP + height + 44, line, size=12)
    return page

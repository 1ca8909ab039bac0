"""Sheets: images in labelled rows and columns."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from .images import save_figure

WIDTH = 8.0  # inches, the width of a page

Rows = Sequence[Sequence[np.ndarray | None] | np.ndarray] | np.ndarray  # an array is (rows, columns, H, W, C)


def sheet(
    images: Rows,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    title: str = "",
) -> Figure:
    """A figure of images, uint8 (H, W, 1 or 3), in rows; None leaves a cell empty.

    `rows` and `columns` are the labels of the rows and columns, `title` is written above.  All images have the same
    size; pixels are drawn as squares, without smoothing.  Raises ValueError if the rows differ in length, or if the
    number of labels is wrong.
    """
    across = len(images[0]) if len(images) else 0
    if not across or any(len(row) != across for row in images):
        raise ValueError(f"expected rows of equal length, got {[len(row) for row in images]}")
    if len(rows) not in (0, len(images)) or len(columns) not in (0, across):
        raise ValueError(f"expected {len(images)} and {across} labels, got {len(rows)} and {len(columns)}")
    label_width = 0.1 * max(map(len, rows), default=0)  # inches
    cell = min(1.0, (WIDTH - label_width) / across)
    width = min(WIDTH, max(cell * across + label_width, 0.08 * len(title)))
    first = next((image for row in images for image in row if image is not None), np.zeros((1, 1, 1)))
    high = cell * first.shape[0] / first.shape[1]
    figure = Figure(figsize=(width, high * len(images) + 0.3 * bool(columns) + 0.4 * bool(title)))
    figure.set_layout_engine("compressed", w_pad=0.02, h_pad=0.02, wspace=0.0, hspace=0.0)
    grid = figure.subplots(len(images), across, squeeze=False)
    for r, row in enumerate(images):
        for c, image in enumerate(row):
            axes = grid[r, c]
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
            if image is None:
                image = np.full((*first.shape[:2], 3), 255, np.uint8)
            axes.imshow(np.broadcast_to(image, (*image.shape[:2], 3)), interpolation="nearest")
            if c == 0 and rows:
                axes.set_ylabel(rows[r], rotation=0, ha="right", va="center", fontsize=9)
            if r == 0 and columns:
                axes.set_title(columns[c], fontsize=9)
    if title:
        figure.suptitle(title, fontsize=10, color="dimgrey")
    return figure


def save_sheet(
    path: Path,
    images: Rows,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    title: str = "",
) -> None:
    """Write `sheet` as a PNG.  Raises ValueError as it does, OSError if the file cannot be written."""
    save_figure(path, sheet(images, rows, columns, title))

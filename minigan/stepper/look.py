"""Which part of a large array is shown: one plane of it, and the window in this plane whose numbers can be read."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

MOST_COLUMNS, MOST_NUMBERS = 8, 40  # an array that is shown whole
WINDOW = 5  # rows and columns of the window in a plane
FLAT = 3  # a plane of so many rows is a strip, with a window of MOST_COLUMNS columns

# What the axes are called, by their number: of images and what is computed from them, and of weights.
IMAGES: dict[int, tuple[str, ...]] = {
    0: (),
    1: ("image",),
    2: ("image", "channel"),
    3: ("image", "row", "column"),
    4: ("image", "row", "column", "channel"),
}
WEIGHTS: dict[int, tuple[str, ...]] = {
    0: (),
    1: ("channel",),
    2: ("input_channel", "channel"),
    4: ("row", "column", "input_channel", "channel"),
}


@dataclass(frozen=True)
class Look:
    """Indices along the axes of arrays, of images (N, H, W, C) and of kernels (kh, kw, C_in, C_out).

    They say which plane is shown and, along its two axes, where the window begins; beyond the end of an axis they mean
    its last element.
    """

    image: int = 0
    row: int = 0
    column: int = 0
    channel: int = 0
    input_channel: int = 0


class View(NamedTuple):
    """A plane of an array, the window in it, and the index of the window as NumPy writes it: "[3, 0:5, 0:5, 7]".

    The index, `part`, is empty if the window is the whole array.
    """

    plane: np.ndarray
    rows: slice
    columns: slice
    part: str

    @property
    def numbers(self) -> np.ndarray:
        """The part of the plane that is in the window."""
        return self.plane[self.rows, self.columns]

    @property
    def is_whole(self) -> bool:
        """Whether the window is the whole plane."""
        return self.numbers.size == self.plane.size


def view(array: np.ndarray, look: Look, weights: bool) -> View:
    """The part of an array of any shape that is shown."""
    shape, drawn, sizes = array.shape, _drawn_axes(array.shape, weights), _sizes(array.shape, weights)
    names = _axis_names(array.ndim, weights)
    starts = [max(0, min(getattr(look, name, 0), n - size)) for name, n, size in zip(names, shape, sizes)]
    missing = 2 - len(drawn)  # axes, for a plane has two
    at = tuple(slice(None) if i in drawn else start for i, start in enumerate(starts))
    plane = array[at].reshape((1,) * missing + tuple(shape[i] for i in drawn))

    rows, columns = [slice(0, 1)] * missing + [slice(starts[i], starts[i] + sizes[i]) for i in drawn]
    if all(size == n for size, n in zip(sizes, shape)):
        return View(plane, rows, columns, "")
    parts = [str(start) if i not in drawn else f"{start}:{start + sizes[i]}" for i, start in enumerate(starts)]
    parts = [":" if i in drawn and sizes[i] == shape[i] else part for i, part in enumerate(parts)]
    return View(plane, rows, columns, f"[{', '.join(parts)}]")


def choices(shape: tuple[int, ...], weights: bool) -> dict[str, int]:
    """The attributes of Look that decide what is shown of an array of this shape, each with its largest index."""
    found = zip(_axis_names(len(shape), weights), shape, _sizes(shape, weights))
    return {name: n - size for name, n, size in found if name and size < n}


def _axis_names(ndim: int, weights: bool) -> tuple[str, ...]:
    """The attributes of Look that are the indices along the axes; "" for an axis on which it is always 0."""
    return (WEIGHTS if weights else IMAGES).get(ndim, ("",) * (ndim - 2) + ("row", "column"))


def _drawn_axes(shape: tuple[int, ...], weights: bool) -> tuple[int, ...]:
    """The axes of the plane: those longer than 1 if there are at most two, else those of the pixels."""
    long = tuple(i for i, n in enumerate(shape) if n != 1)
    if len(shape) != 2 and len(long) <= 2:
        return long
    if len(shape) == 4:
        return (0, 1) if weights else (1, 2)
    return len(shape) - 2, len(shape) - 1


def _sizes(shape: tuple[int, ...], weights: bool) -> tuple[int, ...]:
    """How many elements are shown along each axis: the window's, and 1 where the axis is not in the plane."""
    drawn = _drawn_axes(shape, weights)
    rows, columns = [1] * (2 - len(drawn)) + [shape[i] for i in drawn]
    if max(rows, columns) > MOST_COLUMNS or rows * columns > MOST_NUMBERS:
        rows, columns = min(rows, WINDOW), min(columns, MOST_COLUMNS if rows <= FLAT else WINDOW)
    of_drawn = dict(zip(drawn, (rows, columns)[2 - len(drawn) :]))
    return tuple(of_drawn.get(i, 1) for i in range(len(shape)))

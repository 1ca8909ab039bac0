"""The order of images in memory.

The shape of every batch of images is (N, H, W, C), but its order in memory is (H, W, N, C): then the same pixel of all
images is contiguous, and a shift by a pixel moves N·C contiguous numbers.  The other functions here use that order to
work in few passes over memory.
"""

from collections.abc import Iterator
from math import isqrt

import numpy as np

from .backend import Array, namespace


def pixels_first(x: Array) -> Array:
    """(N, H, W, C) as (H, W, N, C): the order in memory."""
    return x.transpose(1, 2, 0, 3)


def images_first(x: Array) -> Array:
    """(H, W, N, C) as (N, H, W, C): the usual order of axes."""
    return x.transpose(2, 0, 1, 3)


def pixel_rows(x: Array) -> Array:
    """Features (N, H, W, C) as a matrix with one row of N·C numbers per pixel; features (N, C) as a single row.

    A view if they are in the order of memory described above, otherwise a copy.
    """
    x = pixels_first(x) if x.ndim == 4 else x.reshape(1, -1, x.shape[-1])
    count = x.shape[0] * x.shape[1] if x.ndim == 4 else 1  # not −1, which says nothing where there are no images
    return namespace(x).ascontiguousarray(x).reshape(count, x.shape[-2] * x.shape[-1])


def from_pixel_rows(rows: Array, shape: tuple[int, ...]) -> Array:
    """The inverse of `pixel_rows` for features of `shape`; a view."""
    return images_first(rows.reshape(*shape[1:3], shape[0], shape[3])) if len(shape) == 4 else rows.reshape(shape)


CACHE = 1 << 17  # how many numbers fit in a processor's second-level cache for several passes


def cache_blocks(rows: Array) -> list[slice]:
    """Slices of rows that fit in the cache, to be processed one after the other; on a GPU, one slice of all rows."""
    step = CACHE // max(1, rows.shape[1]) if namespace(rows) is np else len(rows)
    return [slice(i, i + max(1, step)) for i in range(0, len(rows), max(1, step))]


def in_blocks(out: Array, *inputs: Array) -> Iterator[tuple[Array, ...]]:
    """Parts of arrays of one shape for element-wise work: tuples of one part of `out` and of each input.

    The parts fit in the cache if all arrays have the same order in memory; if not, and on a GPU, there is one tuple,
    the whole arrays.
    """
    if namespace(out) is not np or any(x.strides != out.strides for x in inputs):
        yield out, *inputs
        return
    columns = [x.ravel(order="K").reshape(-1, 1) for x in (out, *inputs)]  # views, in the order of memory
    for block in cache_blocks(columns[0]):
        yield tuple(x[block] for x in columns)


def channel_sums(rows: Array, channels: int) -> Array:
    """Sum over pixels and images of `pixel_rows`: one number per channel."""
    matrix = rows.reshape(-1, channels)
    return namespace(rows).ones(len(matrix), rows.dtype) @ matrix  # a matrix product sums columns faster than .sum(0)


def in_parts(pixels: int) -> tuple[int, int]:
    """How many pixels are in a part, and how many parts there are, for sums in two steps: of parts, then of the parts.

    There are about as many parts as pixels in a part: then both steps are about equally long, and rounding errors of
    both are small.
    """
    length = max(1, isqrt(pixels))
    return length, -(-pixels // length)


def along_row(values: Array, rows: Array) -> Array:
    """One number per channel, repeated to a row of `pixel_rows`: that is faster than broadcasting short rows."""
    return namespace(rows).tile(values, rows.shape[1] // len(values))

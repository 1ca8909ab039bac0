"""The order of images in memory.

Every image is (N, H, W, C) to whoever looks at it, but (H, W, N, C) in memory: then a shift by a pixel moves a run of
N·C numbers, and the same pixel of all images lies side by side.  The other functions work on it in few passes.
"""

import numpy as np

from .backend import Array, namespace


def pixels_first(x: Array) -> Array:
    """(N, H, W, C) as (H, W, N, C): the order in memory."""
    return x.transpose(1, 2, 0, 3)


def images_first(x: Array) -> Array:
    """(H, W, N, C) as (N, H, W, C): the order to think in."""
    return x.transpose(2, 0, 1, 3)


def pixel_rows(x: Array) -> Array:
    """Features (N, H, W, C) as a matrix, one row a pixel, N·C numbers long; features (N, C) as a single row.

    A view where they lie in memory as above, else a copy.
    """
    x = pixels_first(x) if x.ndim == 4 else x.reshape(1, -1, x.shape[-1])
    return namespace(x).ascontiguousarray(x).reshape(-1, x.shape[-2] * x.shape[-1])


def from_pixel_rows(rows: Array, shape: tuple[int, ...]) -> Array:
    """The inverse of `pixel_rows` for features of `shape`; a view."""
    return images_first(rows.reshape(*shape[1:3], shape[0], shape[3])) if len(shape) == 4 else rows.reshape(shape)


CACHE = 1 << 17  # numbers that stay in a processor's second-level cache while several passes go over them


def cache_blocks(rows: Array) -> list[slice]:
    """Slices of rows to be worked on one after the other, each through all passes; a GPU takes all at once."""
    step = CACHE // rows.shape[1] if namespace(rows) is np else len(rows)
    return [slice(i, i + max(1, step)) for i in range(0, len(rows), max(1, step))]


def in_blocks(out: Array, *inputs: Array):
    """Parts of arrays of one shape, to be worked on element by element, one tuple (of `out` and each input) at a time.

    Parts stay in the cache if all arrays have the same order in memory; if not, and on a GPU, the whole arrays are the
    only tuple.
    """
    if namespace(out) is not np or any(x.strides != out.strides for x in inputs):
        yield out, *inputs
        return
    columns = [x.ravel(order="K").reshape(-1, 1) for x in (out, *inputs)]  # views, in the order of memory
    for block in cache_blocks(columns[0]):
        yield tuple(x[block] for x in columns)


def channel_sums(rows: Array, channels: int) -> Array:
    """Sum over pixels and images of `pixel_rows`: one number a channel."""
    matrix = rows.reshape(-1, channels)
    return namespace(rows).ones(len(matrix), rows.dtype) @ matrix  # a matrix product sums columns faster than .sum(0)


def along_row(values: Array, rows: Array) -> Array:
    """One number a channel, repeated to a row of `pixel_rows`: long rows are faster than broadcasting short ones."""
    return namespace(rows).tile(values, rows.shape[1] // len(values))

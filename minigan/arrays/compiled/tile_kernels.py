"""Kernels of minimal filtering: the maps of `MinimalFiltering`, which is the first argument; see also `kernels.py`."""

from typing import Any

import numpy as np

from ..backend import Array
from ..layout import images_first, pixels_first
from . import tile_loops as loops
from .sharing import run


def tiles_image(algorithm: Any, x: Array) -> list[Array]:
    a, x = algorithm, np.ascontiguousarray(pixels_first(x))
    matrices = empty_tiles(a, x.dtype, a.n, 2, 2, a.c)
    run(loops.tiles_image, a.n, x.size, x, *factors(a, "inputs", x.dtype), in_slots(a, matrices))
    return [part.reshape(-1, 4 * a.c) for part in matrices]


def tiles_image_T(algorithm: Any, matrices: list[Array]) -> Array:
    a, dtype = algorithm, matrices[0].dtype
    x = np.empty((a.height, a.width, a.n, a.c), dtype)
    run(loops.tiles_image_T, a.n, x.size, given_tiles(a, matrices, a.n, 4 * a.c), *factors(a, "inputs", dtype), x)
    return images_first(x)


def tiles_response(algorithm: Any, g: Array) -> list[Array]:
    a, g = algorithm, np.ascontiguousarray(pixels_first(g)).reshape(algorithm.h, algorithm.w, -1)
    matrices, blocks = empty_tiles(a, g.dtype, g.shape[2]), -(-g.shape[2] // loops.BLOCK)
    run(loops.tiles_response, blocks, g.size, g, *factors(a, "outputs", g.dtype), in_slots(a, matrices))
    return [part.reshape(-1, a.d) for part in matrices]


def tiles_response_T(algorithm: Any, matrices: list[Array]) -> Array:
    a, dtype, width = algorithm, matrices[0].dtype, algorithm.n * algorithm.d
    y, blocks = np.empty((a.h, a.w, width), dtype), -(-width // loops.BLOCK)
    run(loops.tiles_response_T, blocks, y.size, given_tiles(a, matrices, width), *factors(a, "outputs", dtype), y)
    return images_first(y.reshape(a.h, a.w, a.n, a.d))


def tiles_kernel(algorithm: Any, w: Array) -> list[Array]:
    a, shape = algorithm, (2, 2, algorithm.c, algorithm.d)
    matrices = [np.empty(shape, w.dtype) for _ in range(len(a.taps.products) ** 2)]
    taps, slots = a.taps.factors("taps", w.dtype)[0], in_slots(a, matrices)
    run(loops.tiles_kernel, a.c, w.size, np.ascontiguousarray(w).reshape(2, 2, *shape), taps, slots)
    return [part.reshape(4 * a.c, a.d) for part in matrices]


def tiles_kernel_T(algorithm: Any, matrices: list[Array]) -> Array:
    a, dtype, shape = algorithm, matrices[0].dtype, (2, 2, algorithm.c, algorithm.d)
    w, taps = np.empty((2, 2, *shape), dtype), a.taps.factors("taps", dtype)[0]
    slots = in_slots(a, [part.reshape(shape) for part in matrices], matrices[0].reshape(shape))
    run(loops.tiles_kernel_T, a.c, w.size, slots, taps, w)
    return w.reshape(4, 4, a.c, a.d)


def factors(algorithm: Any, side: str, dtype: Any) -> tuple[int, Array, Array]:
    """The size of a tile, and the factors of its transforms along rows and along columns."""
    rows, columns = algorithm.tile_rows, algorithm.tile_columns
    return rows.size, rows.factors(side, dtype), columns.factors(side, dtype)


def empty_tiles(algorithm: Any, dtype: Any, *shape: int) -> list[Array]:
    """The matrices as arrays (tile rows, tile columns, *shape), not filled."""
    return [np.empty((*size, *shape), dtype) for size in algorithm.sizes]


def given_tiles(algorithm: Any, matrices: list[Array], *shape: int) -> tuple[Array, ...]:
    """Given matrices as arrays (tile rows, tile columns, *shape) in slots, the first in place of empty ones."""
    parts = [np.ascontiguousarray(m).reshape(*size, *shape) for m, size in zip(matrices, algorithm.sizes)]
    return in_slots(algorithm, [part if part.size else parts[0] for part in parts], parts[0])


def in_slots(algorithm: Any, matrices: list[Array], instead: Array | None = None) -> tuple[Array, ...]:
    """The matrices in 25 places, of all products; for those that are not used `instead`, or an empty array."""
    used = algorithm.taps.products
    slots = [matrices[0][:0, :0] if instead is None else instead] * 25
    for (i, j), matrix in zip(((i, j) for i in used for j in used), matrices):
        slots[5 * i + j] = matrix
    return tuple(slots)

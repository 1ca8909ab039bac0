"""The table of kernels for the CPU.

Each function here computes the same as the NumPy definition of an op, from the same arguments (the op itself first): it
allocates the result, and the threads fill it, each a part, by the loops in `loops.py`.  `KERNELS` is the table.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..backend import Array
from ..layout import from_pixel_rows, images_first, in_parts, pixel_rows, pixels_first
from . import loops, tile_kernels
from .products import product
from .sharing import run


def pixels(x: Array) -> Array:
    """Features (N, H, W, C) or (N, C) as a matrix with a row of C numbers per pixel, in the order of memory."""
    return pixel_rows(x).reshape(-1, x.shape[-1])


# -- per channel ------------------------------------------------------------------------------------------------------


def bias(op: Any, x: Array, b: Array) -> Array:
    if op.slope == 1:  # in the order of x, which may be that of planes: it needs no copy
        return x + b
    rows = pixels(x)
    op.y = np.empty_like(rows)
    run(loops.bias, len(rows), x.size, rows, b, x.dtype.type(op.slope), op.y)
    return from_pixel_rows(op.y, x.shape)


def bias_gradient(op: Any, grad: Array) -> tuple[Array | None, ...]:
    if op.slope == 1:
        return grad if op.needs[0] else None, grad.sum(axis=tuple(range(grad.ndim - 1))) if op.needs[1] else None
    rows = pixels(grad)
    length, parts = empty_parts(rows)
    dx = np.empty_like(rows)
    run(loops.bias_gradient, len(parts), grad.size, rows, op.y, grad.dtype.type(op.slope), dx, parts[:, 0], length)
    return from_pixel_rows(dx, grad.shape) if op.needs[0] else None, parts[:, 0].sum(axis=0) if op.needs[1] else None


def batch_norm(op: Any, x: Array, scale: Array, shift: Array) -> Array:
    op.centred = rows = pixels(x)  # x itself: the mean is subtracted again in the backward pass, to write less here
    length, parts = empty_parts(rows)
    run(loops.moments_of_parts, len(parts), x.size, rows, parts, length)
    counts = np.full(len(parts), length, x.dtype)
    counts[-1] = len(rows) - length * (len(parts) - 1)
    mean = counts @ parts[:, 0] * (1 / len(rows))
    # The variance of parts, and of their means (Chan, Golub & LeVeque 1983)
    variance = (parts[:, 1].sum(axis=0) + counts @ (parts[:, 0] - mean) ** 2) * (1 / len(rows))
    op.mean, op.variance = op.of_whole_batch(mean, variance)
    op.inverse_std = 1.0 / np.sqrt(op.variance + op.epsilon)
    y = np.empty_like(rows)
    run(loops.normalise, len(rows), x.size, rows, op.mean, scale * op.inverse_std, shift, x.dtype.type(op.slope), y)
    return from_pixel_rows(y, x.shape)


def batch_norm_gradient(op: Any, grad: Array) -> tuple[Array | None, ...]:
    rows, slope = pixels(grad), grad.dtype.type(op.slope)
    count = grad.size // grad.shape[-1] * op.processes
    _, scale, shift = (x.data for x in op.inputs)
    factor, (length, parts) = scale * op.inverse_std, empty_parts(rows)
    known = rows, op.centred, op.mean, factor, shift
    run(loops.norm_gradient_sums, len(parts), grad.size, *known, slope, parts, length)
    sum_g, sum_gx = parts.sum(axis=0)
    sum_gx *= op.inverse_std
    dx = None
    if op.needs[0]:
        dx = np.empty_like(rows)
        whole_g, whole_gx = op.sums_of_whole_batch(sum_g, sum_gx)
        offset, factor_x = factor * whole_g * (-1 / count), factor * op.inverse_std * whole_gx * (-1 / count)
        run(loops.norm_gradient, len(rows), grad.size, *known, offset, factor_x, slope, dx)
        dx = from_pixel_rows(dx, grad.shape)
    return tuple(gradient if need else None for gradient, need in zip((dx, sum_gx, sum_g), op.needs))


def empty_parts(rows: Array) -> tuple[int, Array]:
    """The number of pixels in a part, and zeros for two numbers per part and channel.

    The parts, and so the rounding, do not depend on the number of threads.
    """
    length, count = in_parts(len(rows))
    return length, np.zeros((count, 2, rows.shape[1]), rows.dtype)


# -- element by element -----------------------------------------------------------------------------------------------


def adam(p: Array, g: Array, m: Array, v: Array, betas: tuple[float, float], rate: float, epsilon: float) -> None:
    numbers = (x.reshape(-1) for x in (p, g, m, v))
    settings = (p.dtype.type(x) for x in (betas[0], 1.0 - betas[0], betas[1], 1.0 - betas[1], rate, epsilon))
    run(loops.adam, p.size, p.size, *numbers, *settings)


# -- windows ----------------------------------------------------------------------------------------------------------


def im2col(algorithm: Any, x: Array) -> Array:
    frame, columns = algorithm.frame(x), algorithm.columns(x)
    inside, x = algorithm.inside(frame), pixels_first(x)

    def fill(start: int, stop: int) -> None:
        inside[start:stop] = x[start:stop]

    def copy(start: int, stop: int) -> None:
        for taps, column in algorithm.taps(frame, columns):
            column[start:stop] = taps[start:stop]

    run(fill, len(x), x.size)
    run(copy, algorithm.h, columns.size)
    return algorithm.matrix(columns)


def col2im(algorithm: Any, matrix: Array) -> Array:
    a, columns = algorithm, algorithm.tensor(matrix)
    frame = a.frame(matrix)
    planes = columns.transpose(3, 4, 5, 0, 1, 2)
    if planes.flags.c_contiguous:
        run(loops.add_taps, frame.shape[0], matrix.size, planes, frame.transpose(3, 0, 1, 2), a.stride)
    else:

        def add(start: int, stop: int) -> None:
            for taps, column in a.taps(frame, columns):
                taps[:, :, start:stop] += column[:, :, start:stop]

        run(add, a.n, columns.size)
    return images_first(a.inside(frame))


KERNELS: dict[str, Callable] = {
    "bias": bias,
    "bias_gradient": bias_gradient,
    "batch_norm": batch_norm,
    "batch_norm_gradient": batch_norm_gradient,
    "adam": adam,
    "product": product,
    "im2col": im2col,
    "col2im": col2im,
    "tiles_image": tile_kernels.tiles_image,
    "tiles_image_T": tile_kernels.tiles_image_T,
    "tiles_response": tile_kernels.tiles_response,
    "tiles_response_T": tile_kernels.tiles_response_T,
    "tiles_kernel": tile_kernels.tiles_kernel,
    "tiles_kernel_T": tile_kernels.tiles_kernel_T,
}

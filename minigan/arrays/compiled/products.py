"""Matrix products, divided among several threads that use one thread of BLAS each."""

from itertools import accumulate

import numpy as np

from ..backend import Array
from .sharing import workers

PRODUCT_WORTH_A_THREAD = 1 << 20  # multiplications in products
SMALL = 1 << 19  # multiplications of a product that OpenBLAS computes without rearranging the matrices first
PARTS = 16  # of a sum over very long rows


def product(a: Array, b: Array) -> Array:
    """a b, of matrices or of stacks or lists of them; the threads share the rows, or the matrices, of the result."""
    if isinstance(a, list):
        return products(a, b)
    if a.ndim == 2:
        very_long = len(b) > 64 * max(len(a), b.shape[1])
        return sum_of_products(a, b) if very_long else products([a], [b])[0]
    out = np.empty((*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1]), a.dtype)

    def share(start: int, stop: int) -> None:
        x, y = (m if len(m) == 1 else m[start:stop] for m in (a, b))
        np.matmul(x, y, out=out[start:stop])

    workers.share(share, len(out), out.size * a.shape[-1] // PRODUCT_WORTH_A_THREAD)
    return out


def products(a: list[Array], b: list[Array]) -> list[Array]:
    """Products of pairs of matrices, which the threads divide among them, some matrices by rows or columns."""
    out = [(np.empty if y.size else np.zeros)((len(x), y.shape[1]), x.dtype) for x, y in zip(a, b)]
    ends = list(accumulate((x.size * y.shape[1] for x, y in zip(a, b)), initial=0))  # in multiplications

    def share(start: int, stop: int) -> None:
        for x, y, z, first, last in zip(a, b, out, ends, ends[1:]):
            if first < last and first < stop and start < last:
                n = max(z.shape)
                part = slice(*(n * (min(max(at, first), last) - first) // (last - first) for at in (start, stop)))
                if len(z) == n:
                    multiply(x[part], y, z[part])
                else:
                    np.matmul(x, y[:, part], out=z[:, part])

    workers.share(share, ends[-1], ends[-1] // PRODUCT_WORTH_A_THREAD)
    return out


def multiply(a: Array, b: Array, out: Array) -> None:
    """a b by BLAS: OpenBLAS multiplies small matrices without a copy, so a tall one is divided into those."""
    rows = SMALL // b.size
    if rows >= 32 and a.flags.c_contiguous and b.flags.c_contiguous and (count := len(a) // rows):
        even = count * rows
        np.matmul(a[:even].reshape(count, rows, -1), b, out=out[:even].reshape(count, rows, -1))
        a, out = a[even:], out[even:]
    if len(a):
        np.matmul(a, b, out=out)


def sum_of_products(a: Array, b: Array) -> Array:
    """a b, where rows of a are very long: they are divided into parts, and the products of these are added."""
    bounds = [len(b) * i // PARTS for i in range(PARTS + 1)]
    out = np.empty((PARTS, len(a), b.shape[1]), a.dtype)

    def share(start: int, stop: int) -> None:
        for i in range(start, stop):
            part = slice(bounds[i], bounds[i + 1])
            np.matmul(a[:, part], b[part], out=out[i])

    workers.share(share, PARTS, a.size * b.shape[1] // PRODUCT_WORTH_A_THREAD)
    return out.sum(axis=0)

"""A 4×4 convolution of stride 2 by minimal filtering: 25 products where im2col needs 64, or 9 where it needs 16."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from ..arrays.backend import Array, kernel, namespace
from ..arrays.layout import images_first, pixels_first
from .algorithms import Algorithm
from .windows import Pair

POINTS = 0.0, -1.0, 0.5, 2.0  # with these, rounding errors are 0.6 times those with the usual 0, 1, −1, 2
PRODUCTS = len(POINTS) + 1  # at most, along an axis
MANY_ROWS = 256  # of a matrix: with fewer, products are slow, and fewer and larger ones are faster


class Transforms(NamedTuple):
    """The three matrices of F(m, 2), from m outputs, 2 taps and m + 1 inputs to m + 1 products; one row per product."""

    outputs: np.ndarray  # A
    taps: np.ndarray  # G
    inputs: np.ndarray  # B


@cache
def transforms(m: int) -> Transforms:
    """F(m, 2), m outputs of a filter with two taps, by m + 1 products: y = Aᵀ[(G g) ⊙ (B d)], yₖ = dₖ g₀ + dₖ₊₁ g₁.

    It is the transpose of a product of two polynomials, a(x) of m coefficients and g(x) of two (Toom and Cook): their
    values at m points and at ∞ (the leading coefficients) are multiplied (A and G), and from these values the
    coefficients of the product are found by Lagrange's formula (B's columns).  Winograd 1980; Lavin & Gray 2015.
    All matrices have a row for each of POINTS, then one for ∞; rows of points that are not used are zero.
    """
    x, used = np.array(POINTS[:m]), used_products(m)
    outputs, taps, inputs = np.zeros((PRODUCTS, m)), np.zeros((PRODUCTS, 2)), np.zeros((PRODUCTS, m + 1))
    outputs[used] = [*(x[:, None] ** np.arange(m)), np.eye(m)[-1]]
    taps[used] = [*([1.0, point] for point in x), [0.0, 1.0]]
    for i, point in enumerate(x):
        others = np.delete(x, i)
        inputs[i, :m] = np.atleast_1d(np.poly(others))[::-1] / np.prod(point - others)  # 1 here, 0 at the others
    inputs[-1] = np.poly(x)[::-1]  # 0 at all points, leading coefficient 1
    return Transforms(outputs, taps, inputs)


def used_products(m: int) -> list[int]:
    """Which of the products are used for m outputs: those of the first m of POINTS, and that of ∞."""
    return [*range(m), PRODUCTS - 1]


class Tiles:
    """The tiles along an axis: complete ones of `size` outputs each, and one of those that remain.

    `products` lists the products that they use, and `counts` the number of tiles that use each.
    """

    def __init__(self, outputs: int, size: int):
        self.size, (self.complete, self.rest) = size, divmod(outputs, size)
        self.kinds = transforms(size), transforms(self.rest or size)  # of a complete tile, of the one that is not
        self.products, remaining = used_products(size), used_products(self.rest) if self.rest else []
        self.counts = [self.complete + (i in remaining) for i in self.products]

    def factors(self, side: str, dtype: np.dtype) -> np.ndarray:
        """One matrix of the transforms, of a complete tile and of the last one: what the compiled loops multiply by."""
        return padded_factors(self.size, self.rest or self.size, side, dtype.char)


@cache
def padded_factors(size: int, last: int, side: str, char: str) -> np.ndarray:
    """`side` of `transforms`, for `size` and for `last` outputs: (2, 5, 4 or 5), filled up with zeros."""
    longest = getattr(transforms(len(POINTS)), side)
    factors = np.zeros((2, *longest.shape), char)
    for factor, outputs in zip(factors, (size, last)):
        matrix = getattr(transforms(outputs), side)
        factor[:, : matrix.shape[1]] = matrix
    return factors


class MinimalFiltering(Algorithm):
    """Kernel 4×4, stride 2, padding 1, by F(4, 2) in both directions: 5 · 5 products for a tile of 4 · 4 outputs.

    As in `NineProducts`, each 2×2 block of pixels is folded into 4C channels, and the kernel becomes 2×2 with stride 1.
    That is F(2, 2), which is used here too where F(4, 2) would leave few tiles, and so matrices of few rows.
    There are fewer products than by `NineProducts`, and more additions: it is faster where these are compiled loops.
    The matrices are in order of (row, column) products.
    """

    def __init__(self, image: tuple[int, ...], kernel: tuple[int, ...], stride: Pair, padding: Pair, tile: int = 0):
        super().__init__(image, kernel, stride, padding)
        many = -(-self.h // 4) * -(-self.w // 4) * self.n >= MANY_ROWS
        size = tile or (4 if many else 2)
        self.tile_rows, self.tile_columns = Tiles(self.h, size), Tiles(self.w, size)
        self.taps = Tiles(size, size)  # the kernel is transformed as a single tile is
        self.sizes = [(i, j) for i in self.tile_rows.counts for j in self.tile_columns.counts]  # in tiles, of a matrix

    def image(self, x: Array) -> Array:
        if run := kernel("tiles_image", x):
            return run(self, x)
        xp, frame = namespace(x), namespace(x).zeros((self.height + 2, self.width + 2, self.n, self.c), x.dtype)
        frame[1:-1, 1:-1] = pixels_first(x)
        blocks = frame.reshape(self.h + 1, 2, self.w + 1, 2, self.n, self.c).transpose(0, 2, 4, 1, 3, 5)
        parts = self.spread(blocks.reshape(self.h + 1, self.w + 1, -1), "inputs")
        return [xp.ascontiguousarray(part).reshape(-1, 4 * self.c) for part in parts]

    def image_T(self, v: Array) -> Array:
        if run := kernel("tiles_image_T", v):
            return run(self, v)
        blocks = namespace(v[0]).zeros((self.h + 1, self.w + 1, self.n * 4 * self.c), v[0].dtype)
        self.join(v, "inputs", blocks)
        pixels = blocks.reshape(self.h + 1, self.w + 1, self.n, 2, 2, self.c).transpose(0, 3, 1, 4, 2, 5)
        return images_first(pixels.reshape(self.height + 2, self.width + 2, self.n, self.c)[1:-1, 1:-1])

    def response(self, g: Array) -> Array:
        if run := kernel("tiles_response", g):
            return run(self, g)
        parts = self.spread(pixels_first(g).reshape(self.h, self.w, self.n * self.d), "outputs")
        return [namespace(g).ascontiguousarray(part).reshape(-1, self.d) for part in parts]

    def response_T(self, m: Array) -> Array:
        if run := kernel("tiles_response_T", m):
            return run(self, m)
        y = namespace(m[0]).zeros((self.h, self.w, self.n * self.d), m[0].dtype)
        self.join(m, "outputs", y)
        return images_first(y.reshape(self.h, self.w, self.n, self.d))

    def kernel(self, w: Array) -> Array:
        if run := kernel("tiles_kernel", w):
            return run(self, w)
        # Rows 4 = 2 taps · 2 rows of a block, columns likewise: (tap, tap, row in block, column in block, C, D).
        taps = w.reshape(2, 2, 2, 2, self.c, self.d).transpose(0, 2, 1, 3, 4, 5)
        parts = _spread_both(taps.reshape(2, 2, -1), "taps", self.taps, self.taps)
        return [namespace(w).ascontiguousarray(part).reshape(4 * self.c, self.d) for part in parts]

    def kernel_T(self, u: Array) -> Array:
        if run := kernel("tiles_kernel_T", u):
            return run(self, u)
        taps = namespace(u[0]).zeros((2, 2, 4 * self.c * self.d), u[0].dtype)
        _join_both([part.reshape(1, 1, -1) for part in u], "taps", self.taps, self.taps, taps)
        return taps.reshape(2, 2, 2, 2, self.c, self.d).transpose(0, 2, 1, 3, 4, 5).reshape(4, 4, self.c, self.d)

    def spread(self, x: Array, side: str) -> list[Array]:
        return _spread_both(x, side, self.tile_rows, self.tile_columns)

    def join(self, matrices: list[Array], side: str, out: Array) -> None:
        parts = [part.reshape(*size, out.shape[2]) for part, size in zip(matrices, self.sizes)]
        _join_both(parts, side, self.tile_rows, self.tile_columns, out)


def _spread_both(x: Array, side: str, rows: Tiles, columns: Tiles) -> list[Array]:
    """The arrays (tile rows, tile columns, …) of all products, from x (rows, columns, …)."""
    halves = [_spread(part.swapaxes(0, 1), side, columns) for part in _spread(x, side, rows)]
    return [part.swapaxes(0, 1) for half in halves for part in half]


def _join_both(parts: list[Array], side: str, rows: Tiles, columns: Tiles, out: Array) -> None:
    """The transpose of `_spread_both`: added to `out`."""
    halves, rest = [], iter(parts)
    for count in rows.counts:
        half = namespace(out).zeros((count, *out.shape[1:]), out.dtype)
        _join([next(rest).swapaxes(0, 1) for _ in columns.counts], side, columns, half.swapaxes(0, 1))
        halves.append(half)
    _join(halves, side, rows, out)


def _spread(x: Array, side: str, tiles: Tiles) -> list[Array]:
    """Σₖ matrix[i, k] x[size · t + k] for each product i and each tile t that uses it, along axis 0."""
    parts = [namespace(x).zeros((count, *x.shape[1:]), x.dtype) for count in tiles.counts]
    for part, i in zip(parts, tiles.products):
        for matrix, t, places in _kinds(side, tiles):
            for k in np.flatnonzero(matrix[i]).tolist():
                part[t] += float(matrix[i, k]) * x[k:][places]
    return parts


def _join(parts: list[Array], side: str, tiles: Tiles, out: Array) -> None:
    """The transpose of `_spread`, added to `out`."""
    for part, i in zip(parts, tiles.products):
        for matrix, t, places in _kinds(side, tiles):
            for k in np.flatnonzero(matrix[i]).tolist():
                out[k:][places] += float(matrix[i, k]) * part[t]


def _kinds(side: str, tiles: Tiles) -> Iterator[tuple[np.ndarray, slice, slice]]:
    """Of complete tiles, and of the one that is not: the matrix, which tiles they are, and where their inputs begin."""
    n, (complete, last) = tiles.complete, (getattr(kind, side) for kind in tiles.kinds)
    if n:
        yield complete, slice(0, n), slice(0, tiles.size * (n - 1) + 1, tiles.size)
    if tiles.rest:
        yield last, slice(n, n + 1), slice(tiles.size * n, tiles.size * n + 1)

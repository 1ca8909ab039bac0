"""A 4×4 convolution of stride 2 that needs nine products where im2col needs sixteen."""

from collections.abc import Iterator

from ..arrays.backend import Array, kernel, namespace
from ..arrays.layout import images_first, pixels_first
from .algorithms import Algorithm
from .windows import Pair


class NineProducts(Algorithm):
    """Kernel 4×4, stride 2, padding 1, by minimal filtering (Winograd 1980; Lavin & Gray 2015, arXiv:1509.09308).

    Folding each 2×2 block of pixels into channels turns it into a 2×2 kernel of stride 1 on 4C channels.  In one
    dimension, two outputs y of a filter with two taps g then need three products with the inputs d, not four:

        m₀ = (d₀ − d₁) g₀     m₁ = d₁ (g₀ + g₁)     m₂ = (d₂ − d₁) g₁        y₀ = m₀ + m₁     y₁ = m₁ + m₂

    `split` computes the left factors from d, `spread` the right ones from g, and `join` computes y from m.
    Rows, then columns: 3 · 3 products for a tile of 2 · 2 outputs.  If the number of
    outputs is odd, the last tile has only y₀ and needs no m₂: so the nine matrices, in order of (row, column) products,
    can differ in size.
    """

    def __init__(self, image: tuple[int, ...], kernel: tuple[int, ...], stride: Pair, padding: Pair):
        super().__init__(image, kernel, stride, padding)
        self.tile_rows = (self.h + 1) // 2, (self.h + 1) // 2, self.h // 2  # of m₀, m₁, m₂
        self.tile_columns = (self.w + 1) // 2, (self.w + 1) // 2, self.w // 2

    # image and image_T work on one row of blocks at a time, so that intermediate results stay in the cache.

    def image(self, x: Array) -> Array:
        if run := kernel("nine_image", x):
            return run(self, x)
        xp, x = namespace(x), pixels_first(x)
        width = self.n * 4 * self.c
        v = [[xp.empty((rows, columns, width), x.dtype) for columns in self.tile_columns] for rows in self.tile_rows]
        d2 = self.row_of_blocks(x, 0)
        for t in range(self.tile_rows[0]):
            d0, d1 = d2, self.row_of_blocks(x, 2 * t + 1)
            split(d0 - d1, [part[t] for part in v[0]])
            split(d1, [part[t] for part in v[1]])
            if t < self.tile_rows[2]:
                d2 = self.row_of_blocks(x, 2 * t + 2)
                split(d2 - d1, [part[t] for part in v[2]])
        return [part.reshape(-1, 4 * self.c) for row in v for part in row]

    def image_T(self, v: Array) -> Array:
        """Row k of blocks was d₁ of one tile if k is odd; if even, d₀ of one tile and d₂ of the one above."""
        if run := kernel("nine_image_T", v):
            return run(self, v)
        v = self.tiles(v, self.n * 4 * self.c)
        x = namespace(v[0][0]).empty((self.height, self.width, self.n, self.c), v[0][0].dtype)
        for k in range(self.h + 1):
            t = k // 2
            if k % 2:  # d₁ of tile t
                d = [part[t] - other[t] for part, other in zip(v[1], v[0])]
                if t < self.tile_rows[2]:
                    d = [part - other[t] for part, other in zip(d, v[2])]
            elif 0 < t < self.tile_rows[0]:  # d₀ of tile t, and d₂ of the tile above
                d = [part[t] + other[t - 1] for part, other in zip(v[0], v[2])]
            else:
                d = [part[t] for part in v[0]] if t == 0 else [part[t - 1] for part in v[2]]
            blocks = split_T(d).reshape(self.w + 1, self.n, 2, 2, self.c)
            for pixels, folded in self.folds(x, k, blocks):
                pixels[...] = folded
        return images_first(x)

    def row_of_blocks(self, x: Array, k: int) -> Array:
        """Row k of the blocks of 2×2 pixels folded into channels, with zeros for the padding around x."""
        blocks = namespace(x).empty((self.w + 1, self.n, 2, 2, self.c), x.dtype)
        if 0 < k < self.h:
            blocks[0] = blocks[self.w] = 0
        else:
            blocks[...] = 0
        for pixels, folded in self.folds(x, k, blocks):
            folded[...] = pixels
        return blocks.reshape(self.w + 1, -1)

    def folds(self, x: Array, k: int, blocks: Array) -> Iterator[tuple[Array, Array]]:
        """Row k of blocks, as pairs of views: every second pixel of a row of x, and its place in the blocks.

        The padding of 1 makes the first pixel of x the last of the first block.
        """
        for a in (0, 1):
            if 0 <= 2 * k + a - 1 < self.height:
                for b in (0, 1):
                    pixels = x[2 * k + a - 1, 1 - b :: 2]
                    yield pixels, blocks[1 - b :, :, a, b][: len(pixels)]

    def response(self, g: Array) -> Array:
        if run := kernel("nine_response", g):
            return run(self, g)
        g = pixels_first(g).reshape(self.h, self.w, self.n * self.d)
        return [part.reshape(-1, self.d) for part in spread(g)]

    def response_T(self, m: Array) -> Array:
        if run := kernel("nine_response_T", m):
            return run(self, m)
        xp, width = namespace(m[0]), self.n * self.d
        y = join(self.tiles(m, width), xp.empty((self.h, self.w, width), m[0].dtype))
        return images_first(y.reshape(self.h, self.w, self.n, self.d))

    def kernel(self, w: Array) -> Array:
        if run := kernel("nine_kernel", w):
            return run(self, w)
        # Rows 4 = 2 taps · 2 rows of a block, columns likewise: (tap, tap, row in block, column in block, C · D).
        w = w.reshape(2, 2, 2, 2, self.c * self.d).swapaxes(1, 2)
        return [part.reshape(4 * self.c, self.d) for part in spread(w)]

    def kernel_T(self, u: Array) -> Array:
        if run := kernel("nine_kernel_T", u):
            return run(self, u)
        w = namespace(u[0]).empty((2, 2, 2, 2, self.c * self.d), u[0].dtype)
        parts = [part.reshape(1, 1, 2, 2, -1) for part in u]
        join([parts[0:3], parts[3:6], parts[6:9]], w.swapaxes(1, 2))
        return w.reshape(4, 4, self.c, self.d)

    def tiles(self, matrices: list[Array], width: int) -> list[list[Array]]:
        """Nine matrices as 3 × 3 arrays (tile rows, tile columns, width)."""
        parts = iter(matrices)
        return [[next(parts).reshape(rows, columns, width) for columns in self.tile_columns] for rows in self.tile_rows]


def split(d: Array, out: list[Array]) -> None:
    """d₀ d₁ d₂ d₃ d₄ … → (d₀ − d₁, d₂ − d₃ …), (d₁, d₃ …), (d₂ − d₁, d₄ − d₃ …), written to `out`."""
    xp = namespace(d)
    even, odd = d[0::2], d[1::2]
    xp.subtract(even[: len(odd)], odd, out=out[0])
    out[1][...] = odd
    xp.subtract(even[1:], odd[: len(even) - 1], out=out[2])


def split_T(v: list[Array]) -> Array:
    """The transpose of `split`."""
    xp, (first, middle, last) = namespace(v[0]), v
    d = xp.empty((len(middle) + len(last) + 1, first.shape[1]), first.dtype)
    even, odd = d[0::2], d[1::2]
    xp.subtract(middle, first, out=odd)
    odd[: len(last)] -= last
    even[0] = first[0]
    even[1:] = last
    even[1 : len(first)] += first[1:]
    return d


def spread(g: Array) -> list[Array]:
    """(g₀, g₁) → (g₀, g₀ + g₁, g₁) for every two rows, then for every two columns: nine arrays.

    If the number of rows or columns is odd, the last one has no g₁.
    """
    parts = []
    for rows in _spread(g):
        parts += [part.swapaxes(0, 1) for part in _spread(rows.swapaxes(0, 1))]
    return [namespace(g).ascontiguousarray(part) for part in parts]


def _spread(g: Array) -> tuple[Array, Array, Array]:
    xp, even, odd = namespace(g), g[0::2], g[1::2]
    both = xp.empty(even.shape, g.dtype)
    xp.add(even[: len(odd)], odd, out=both[: len(odd)])
    both[len(odd) :] = even[len(odd) :]
    return even, both, odd


def join(m: list[list[Array]], y: Array) -> Array:
    """(m₀, m₁, m₂) → (m₀ + m₁, m₁ + m₂) for every two rows and columns of `y`: the transpose of `spread`."""
    xp = namespace(y)
    for i in (0, 1):
        rows = [part[: len(other)] + other for part, other in zip(m[i], m[i + 1])]
        for j in (0, 1):
            xp.add(rows[j][:, : rows[j + 1].shape[1]], rows[j + 1], out=y[i::2, j::2])
    return y

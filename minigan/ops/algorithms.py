"""How a convolution is computed: three linear maps and their transposes around a batch of matrix products.

    conv(x, w)              = response_T(image(x) · kernel(w))
    conv_transpose(g, w)    = image_T(response(g) · kernel(w)ᵀ)
    kernel_gradient(x, g)   = kernel_T(image(x)ᵀ · response(g))

The result of each map can be used in two of the three.  Where the matrices differ in size, they are lists of arrays.
"""

from collections.abc import Callable, Iterator

from ..arrays.backend import Array, kernel, namespace
from ..arrays.layout import images_first, pixels_first
from .windows import Pair, window_count

Map = Callable[[Array], Array]


class Algorithm:
    """The maps of one algorithm for one geometry: x is an image (N, H, W, C), g a response (N, h, w, D), w a kernel."""

    image: Map
    image_T: Map
    response: Map
    response_T: Map
    kernel: Map
    kernel_T: Map

    def __init__(self, image: tuple[int, ...], kernel: tuple[int, ...], stride: Pair, padding: Pair):
        self.n, self.height, self.width, self.c = image
        self.kh, self.kw, _, self.d = kernel
        self.stride, self.padding = stride, padding
        self.h = window_count(self.height, self.kh, stride[0], padding[0])
        self.w = window_count(self.width, self.kw, stride[1], padding[1])

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of "image", "kernel" or "response"."""
        return {
            "image": (self.n, self.height, self.width, self.c),
            "kernel": (self.kh, self.kw, self.c, self.d),
            "response": (self.n, self.h, self.w, self.d),
        }[name]

    def conv(self, image: Array, kernel: Array) -> Array:
        return self.response_T(product(image, kernel))

    def conv_transpose(self, response: Array, kernel: Array) -> Array:
        return self.image_T(product(response, transposed(kernel)))

    def kernel_gradient(self, image: Array, response: Array) -> Array:
        return self.kernel_T(product(transposed(image), response))

    def __repr__(self) -> str:
        kernel = f"{self.kh}×{self.kw}×{self.c}×{self.d}"
        return f"kernel={kernel}, stride={self.stride}, padding={self.padding}, by {type(self).__name__}"


class MatrixProduct(Algorithm):
    """For a kernel that covers the whole image: y = Σ over pixels x[pixel] · w[pixel], without copying anything."""

    def image(self, x: Array) -> Array:
        return pixels_first(x).reshape(-1, self.n, self.c)

    def image_T(self, v: Array) -> Array:
        return images_first(v.reshape(self.height, self.width, self.n, self.c))

    def response(self, g: Array) -> Array:
        return g.reshape(1, self.n, self.d)

    def response_T(self, m: Array) -> Array:
        return m.sum(axis=0).reshape(self.n, 1, 1, self.d)

    def kernel(self, w: Array) -> Array:
        return w.reshape(-1, self.c, self.d)

    def kernel_T(self, u: Array) -> Array:
        return u.reshape(self.kh, self.kw, self.c, self.d)

    def conv_transpose(self, response: Array, kernel: Array) -> Array:
        if self.d == 1:  # an outer product: a broadcast multiplication is ten times faster
            return self.image_T(response * kernel.swapaxes(-1, -2))
        return super().conv_transpose(response, kernel)


class Im2col(Algorithm):
    """For any geometry: every window becomes a row of a matrix, and one matrix product computes all outputs."""

    def image(self, x: Array) -> Array:
        if run := kernel("im2col", x):
            return run(self, x)
        frame, columns = self.frame(x), self.columns(x)
        self.inside(frame)[...] = pixels_first(x)
        for pixels, column in self.taps(frame, columns):
            column[...] = pixels
        return self.matrix(columns)

    def image_T(self, v: Array) -> Array:
        if run := kernel("col2im", v):
            return run(self, v)
        frame = self.frame(v)
        for pixels, column in self.taps(frame, self.tensor(v)):
            pixels += column
        return images_first(self.inside(frame))

    def response(self, g: Array) -> Array:
        return pixels_first(g).reshape(-1, self.d)

    def response_T(self, m: Array) -> Array:
        return images_first(m.reshape(self.h, self.w, self.n, self.d))

    def kernel(self, w: Array) -> Array:
        return w.reshape(-1, self.d)

    def kernel_T(self, u: Array) -> Array:
        return u.reshape(self.kh, self.kw, self.c, self.d)

    def frame(self, like: Array) -> Array:
        """Zeros for the padded images: (H + 2p, W + 2p, N, C)."""
        (p, q), xp = self.padding, namespace(like)
        return xp.zeros((self.height + 2 * p, self.width + 2 * q, self.n, self.c), like.dtype)

    def inside(self, frame: Array) -> Array:
        """The frame without its padding."""
        p, q = self.padding
        return frame[p : p + self.height, q : q + self.width]

    def columns(self, like: Array) -> Array:
        """An array for the windows, not filled: (h, w, N, kh, kw, C)."""
        return namespace(like).empty((self.h, self.w, self.n, self.kh, self.kw, self.c), like.dtype)

    def taps(self, frame: Array, columns: Array) -> Iterator[tuple[Array, Array]]:
        """For every position in the kernel, two views: the pixels it is multiplied with, and their column."""
        s, t = self.stride
        for i in range(self.kh):
            for j in range(self.kw):
                pixels = frame[i : i + s * (self.h - 1) + 1 : s, j : j + t * (self.w - 1) + 1 : t]
                yield pixels, columns[:, :, :, i, j]

    def matrix(self, columns: Array) -> Array:
        """(h, w, N, kh, kw, C) as a matrix: one row per window."""
        return columns.reshape(self.h * self.w * self.n, -1)

    def tensor(self, v: Array) -> Array:
        """The inverse of `matrix`."""
        return v.reshape(self.h, self.w, self.n, self.kh, self.kw, self.c)


class TapPlanes(Im2col):
    """Im2col for images of few channels, with the matrix stored column by column.

    Each column is then one long plane (h, w, N) in memory; stored row by row, only one or three numbers would be
    neighbours.  The padded images are (C, H, W, N) in memory.
    """

    def frame(self, like: Array) -> Array:
        (p, q), xp = self.padding, namespace(like)
        frame = xp.zeros((self.c, self.height + 2 * p, self.width + 2 * q, self.n), like.dtype)
        return frame.transpose(1, 2, 3, 0)

    def columns(self, like: Array) -> Array:
        planes = namespace(like).empty((self.kh, self.kw, self.c, self.h, self.w, self.n), like.dtype)
        return planes.transpose(3, 4, 5, 0, 1, 2)

    def matrix(self, columns: Array) -> Array:
        return columns.transpose(3, 4, 5, 0, 1, 2).reshape(-1, self.h * self.w * self.n).T

    def tensor(self, v: Array) -> Array:
        return v.T.reshape(self.kh, self.kw, self.c, self.h, self.w, self.n).transpose(3, 4, 5, 0, 1, 2)

    def conv_transpose(self, response: Array, kernel: Array) -> Array:
        return self.image_T(transposed(product(kernel, transposed(response))))  # stored as planes already


def product(a: Array, b: Array) -> Array:
    """The matrix product a b: of matrices, of stacks of them, or of two lists, pair by pair."""
    if run := kernel("product", a):
        return run(a, b)
    return [x @ y for x, y in zip(a, b)] if isinstance(a, list) else a @ b


def transposed(m: Array) -> Array:
    """The transpose of a matrix, or of each matrix of a stack or list."""
    return [x.T for x in m] if isinstance(m, list) else m.swapaxes(-1, -2)

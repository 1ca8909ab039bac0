"""How a convolution is computed: three linear maps and their transposes around a batch of matrix products.

conv(x, w)              = response_T(image(x) · kernel(w))
conv_transpose(g, w)    = image_T(response(g) · kernel(w)ᵀ)
kernel_gradient(x, g)   = kernel_T(image(x)ᵀ · response(g))
"""

from ..backend import namespace
from .windows import fold, unfold, window_count


class Algorithm:
    """The maps of one algorithm for one geometry; `x` is an image, `g` a response, `w` a kernel."""

    def __init__(self, image, kernel, stride: tuple[int, int], padding: tuple[int, int]):
        self.image_shape, self.kernel_shape, self.stride, self.padding = image, kernel, stride, padding
        sizes = [window_count(*sizes) for sizes in zip(image[1:3], kernel, stride, padding)]
        self.response_shape = (image[0], *sizes, kernel[3])

    def image(self, x):
        raise NotImplementedError

    def image_T(self, v):
        raise NotImplementedError

    def kernel(self, w):
        raise NotImplementedError

    def kernel_T(self, u):
        raise NotImplementedError

    def response(self, g):
        raise NotImplementedError

    def response_T(self, m):
        raise NotImplementedError

    def conv(self, image, kernel):
        return self.response_T(image @ kernel)

    def conv_transpose(self, response, kernel):
        return self.image_T(response @ kernel.swapaxes(-1, -2))

    def kernel_gradient(self, image, response):
        return self.kernel_T(image.swapaxes(-1, -2) @ response)

    def __repr__(self) -> str:
        return f"kernel={self.kernel_shape}, stride={self.stride}, padding={self.padding}"


class Im2col(Algorithm):
    """Any geometry: every window becomes a row, and one matrix product does it all."""

    def image(self, x):
        (pv, ph), (n, height, width, c) = self.padding, x.shape
        padded = namespace(x).zeros((n, height + 2 * pv, width + 2 * ph, c), x.dtype)
        padded[:, pv : pv + height, ph : ph + width] = x
        windows = unfold(padded, self.kernel_shape[:2], self.stride)
        n, h, w, kh, kw, c = windows.shape
        return windows.reshape(n * h * w, kh * kw * c)

    def image_T(self, v):
        (pv, ph), (n, height, width, c) = self.padding, self.image_shape
        windows = v.reshape(*self.response_shape[:3], *self.kernel_shape[:2], c)
        padded = fold(windows, (n, height + 2 * pv, width + 2 * ph, c), self.stride)
        return padded[:, pv : pv + height, ph : ph + width]

    def kernel(self, w):
        return w.reshape(-1, w.shape[3])

    def kernel_T(self, u):
        return u.reshape(self.kernel_shape)

    def response(self, g):
        return g.reshape(-1, g.shape[3])

    def response_T(self, m):
        return m.reshape(self.response_shape)


def choose(image, kernel, stride: tuple[int, int], padding: tuple[int, int]) -> Algorithm:
    """The algorithm for a geometry: shapes of the image and the kernel, stride, padding."""
    return Im2col(image, kernel, stride, padding)

"""Which algorithm computes a convolution: the fastest as measured by `python -m minigan.bench`."""

from ..arrays.backend import Array
from ..arrays.backend import kernel as find_kernel
from .algorithms import Algorithm, Im2col, MatrixProduct, Pair, TapPlanes
from .minimal_filtering import MinimalFiltering
from .nine_products import NineProducts

FEW_CHANNELS = 4


def choose(image: tuple[int, ...], kernel: tuple[int, ...], stride: Pair, padding: Pair, like: Array) -> Algorithm:
    """The fastest algorithm for an image (N, H, W, C), a kernel (kh, kw, C, D), stride and padding.

    `like` is an array on the same device, of the same dtype.
    """
    if tuple(kernel[:2]) == tuple(image[1:3]) and padding == (0, 0):
        algorithm: type[Algorithm] = MatrixProduct
    elif image[3] <= FEW_CHANNELS:
        algorithm = TapPlanes
    elif (tuple(kernel[:2]), stride, padding) == ((4, 4), (2, 2), (1, 1)) and image[1] % 2 == image[2] % 2 == 0:
        algorithm = MinimalFiltering if find_kernel("tiles_image", like) else NineProducts
    else:
        algorithm = Im2col
    return algorithm(image, kernel, stride, padding)

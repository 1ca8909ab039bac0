"""The table of kernels for an NVIDIA GPU: implementations of ops by the CUDA kernels in `kernels.cu`.

Each function here computes the same as the NumPy definition of an op, from the same arguments (the op itself first): it
allocates the result and launches kernels that fill it.  `KERNELS` is the table.
"""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from .backend import Array, backend_of, namespace
from .layout import channel_sums, from_pixel_rows, images_first, in_parts, pixel_rows, pixels_first

THREADS = 256  # in a block
TYPES = {"f": "float", "d": "double"}
LARGEST = 2**31 - 1  # numbers in an array, because indices in the kernels are of type int


def launch(kernel: str, items: int, *arguments: Any) -> None:
    """Run a kernel with one thread per item; the arguments are arrays of one dtype, ints and floats."""
    arrays = [x for x in arguments if hasattr(x, "dtype")]
    if max(items, *(x.size for x in arrays)) > LARGEST:
        raise ValueError(f"{kernel} expected arrays of at most {LARGEST} numbers; use a smaller batch")
    if not items:
        return
    number = arrays[0].dtype.type
    typed = (np.int32(x) if isinstance(x, int) else number(x) if isinstance(x, float) else x for x in arguments)
    function = compiled(namespace(arrays[0]), arrays[0].dtype.char, kernel)
    function((-(-items // THREADS),), (THREADS,), (*typed, np.int32(items)))


@cache
def compiled(xp: Any, char: str, kernel: str) -> Callable:
    """A kernel for one type of numbers, ready to be launched; compiled on first use."""
    return module(xp, char).get_function(kernel)


@cache
def module(xp: Any, char: str) -> Any:
    return xp.RawModule(code=source(char))


def source(char: str) -> str:
    """The kernels for one type of numbers, "f" or "d", in CUDA C++."""
    return f"typedef {TYPES[char]} T;\n" + (files("minigan") / "arrays" / "kernels.cu").read_text("utf-8")


def contiguous(x: Array) -> Array:
    """`x` in C order, copied only if it is in another order."""
    return namespace(x).ascontiguousarray(x)


def new_array(like: Array, *shape: int) -> Array:
    """An array of this shape with the dtype and device of `like`, not filled."""
    return namespace(like).empty(shape, like.dtype)


# -- element by element -----------------------------------------------------------------------------------------------


def softplus(op: Any, x: Array) -> Array:
    y = new_array(x, *x.shape)
    launch("softplus", y.size, contiguous(x), y)
    return y


def sigmoid(op: Any, x: Array) -> Array:
    op.y = new_array(x, *x.shape)
    launch("sigmoid", x.size, contiguous(x), op.y)
    return op.y


def bias(op: Any, x: Array, b: Array) -> Array:
    rows = pixel_rows(x)
    op.y = new_array(x, *rows.shape)
    launch("bias", x.size, rows, contiguous(b), op.y, op.slope, x.shape[-1])
    return from_pixel_rows(op.y, x.shape)


def bias_gradient(op: Any, grad: Array) -> tuple[Array | None, ...]:
    rows = pixel_rows(grad)
    dx = new_array(grad, *rows.shape)
    launch("activation_gradient", grad.size, rows, op.y, dx, op.slope)
    total = channel_sums(dx, grad.shape[-1]) if op.needs[1] else None
    return from_pixel_rows(dx, grad.shape) if op.needs[0] else None, total


def adam(p: Array, g: Array, m: Array, v: Array, betas: tuple[float, float], rate: float, epsilon: float) -> None:
    beta1, beta2 = map(float, betas)
    shares = 1.0 - beta1, 1.0 - beta2
    launch("adam", p.size, p, contiguous(g), m, v, beta1, shares[0], beta2, shares[1], float(rate), float(epsilon))


# -- batch norm -------------------------------------------------------------------------------------------------------


def batch_norm(op: Any, x: Array, scale: Array, shift: Array) -> Array:
    rows, channels = pixel_rows(x), x.shape[-1]
    pixels, length, parts = empty_parts(x, channels)
    op.centred, op.y = new_array(x, *rows.shape), new_array(x, *rows.shape)
    op.mean, op.variance, op.inverse_std = (new_array(x, channels) for _ in range(3))
    launch("moments_of_parts", parts.size // 2, rows, parts, pixels, length, channels)
    launch("moments", channels, parts, op.mean, op.variance, op.inverse_std, op.epsilon, pixels, length)
    if op.group:
        op.mean, op.variance = (contiguous(of_all) for of_all in op.of_whole_batch(op.mean, op.variance))
        op.inverse_std = 1.0 / namespace(x).sqrt(op.variance + op.epsilon)
    per_channel = op.mean, op.inverse_std, contiguous(scale), contiguous(shift)
    launch("normalise", x.size, rows, *per_channel, op.centred, op.y, op.slope, channels)
    return from_pixel_rows(op.y, x.shape)


def batch_norm_gradient(op: Any, grad: Array) -> tuple[Array | None, ...]:
    rows, channels, scale = pixel_rows(grad), grad.shape[-1], contiguous(op.inputs[1].data)
    pixels, length, parts = empty_parts(grad, channels)
    sum_g, sum_gx, dx = new_array(grad, channels), new_array(grad, channels), new_array(grad, *rows.shape)
    g = rows, op.y, op.centred
    launch("gradient_sums_of_parts", parts.size // 2, *g, parts, op.slope, pixels, length, channels)
    launch("gradient_sums", channels, parts, op.inverse_std, sum_g, sum_gx, len(parts))
    if op.needs[0]:
        sums, pixels = [contiguous(x) for x in op.sums_of_whole_batch(sum_g, sum_gx)], pixels * op.processes
        launch("norm_gradient", grad.size, *g, *sums, scale, op.inverse_std, dx, op.slope, pixels, channels)
    gradients = from_pixel_rows(dx, grad.shape), sum_gx, sum_g
    return tuple(gradient if need else None for gradient, need in zip(gradients, op.needs))


def empty_parts(x: Array, channels: int) -> tuple[int, int, Array]:
    """The number of pixels, the number in each part, and an array for two numbers per part and channel."""
    pixels = x.size // channels
    length, count = in_parts(pixels)
    return pixels, length, new_array(x, count, 2, channels)


# -- convolution ------------------------------------------------------------------------------------------------------


def product(a: Array, b: Array) -> Array:
    """a b, of matrices, of lists, or of stacks of them (S, n, k), (S, k, m), where a stack of one is used for all."""
    if isinstance(a, list):
        return [product(x, y) for x, y in zip(a, b)]
    if a.ndim == 2:
        return a @ b
    a, b = (x if x.swapaxes(1, 2).flags.c_contiguous else contiguous(x) for x in (a, b))
    out, stacked_product = new_array(a, max(len(a), len(b)), a.shape[1], b.shape[2]), backend_of(a).stacked_product
    assert stacked_product is not None
    stacked_product(a, b, out)
    return out


def im2col(algorithm: Any, x: Array) -> Array:
    a = algorithm
    matrix = new_array(x, a.h * a.w * a.n, a.kh * a.kw * a.c)
    sizes = a.height, a.width, a.n, a.c, a.w, a.kh, a.kw
    launch("im2col", matrix.size, contiguous(pixels_first(x)), matrix, *sizes, *a.stride, *a.padding)
    return matrix


def col2im(algorithm: Any, matrix: Array) -> Array:
    a = algorithm
    x = new_array(matrix, a.height, a.width, a.n, a.c)
    along_column, along_row = (step // matrix.itemsize for step in matrix.strides)  # TapPlanes stores it by columns
    sizes = a.width, a.n, a.c, a.h, a.w, a.kh, a.kw
    launch("col2im", x.size, matrix, x, along_row, along_column, *sizes, *a.stride, *a.padding)
    return images_first(x)


def nine_image(algorithm: Any, x: Array) -> Array:
    a, (rows, columns) = algorithm, tiles(algorithm)
    matrices = new_array(x, 9, rows * columns * a.n, 4 * a.c)
    x = contiguous(pixels_first(x))
    launch("nine_image", matrices.size // 9, x, matrices, a.height, a.width, a.n, a.c, columns)
    return matrices


def nine_image_T(algorithm: Any, matrices: Array) -> Array:
    a = algorithm
    x = new_array(matrices, a.height, a.width, a.n, a.c)
    launch("nine_image_T", x.size, matrices, x, a.width, a.n, a.c, *tiles(a))
    return images_first(x)


def nine_response(algorithm: Any, g: Array) -> Array:
    a, (rows, columns), width = algorithm, tiles(algorithm), algorithm.n * algorithm.d
    matrices = new_array(g, 9, rows * columns * a.n, a.d)
    order = a.w * width, width, width, 0
    launch("nine_spread", matrices.size // 9, contiguous(pixels_first(g)), matrices, a.h, a.w, *order, columns, width)
    return matrices


def nine_response_T(algorithm: Any, matrices: Array) -> Array:
    a, width = algorithm, algorithm.n * algorithm.d
    y = new_array(matrices, a.h, a.w, a.n, a.d)
    launch("nine_join", y.size, matrices, y, a.w, a.w * width, width, width, 0, *tiles(a), width)
    return images_first(y)


def nine_kernel(algorithm: Any, w: Array) -> Array:
    matrices, width = new_array(w, 9, 4 * algorithm.c, algorithm.d), w.size // 4
    launch("nine_spread", width, contiguous(w), matrices, 2, 2, *order_of_taps(width), 1, width)
    return matrices


def nine_kernel_T(algorithm: Any, matrices: Array) -> Array:
    width = 4 * algorithm.c * algorithm.d
    w = new_array(matrices, 4, 4, algorithm.c, algorithm.d)
    launch("nine_join", w.size, matrices, w, 2, *order_of_taps(width), 1, 1, width)
    return w


def tiles(algorithm: Any) -> tuple[int, int]:
    """Rows and columns of tiles of 2×2 responses, with the incomplete ones at the edges."""
    return (algorithm.h + 1) // 2, (algorithm.w + 1) // 2


def order_of_taps(width: int) -> tuple[int, int, int, int]:
    """Strides and run length of a 4×4 kernel as 2 × 2 taps of `width` numbers; a tap has 2 rows of 2 columns."""
    return 2 * width, width // 2, width // 2, width


KERNELS: dict[str, Callable] = {
    "softplus": softplus,
    "sigmoid": sigmoid,
    "bias": bias,
    "bias_gradient": bias_gradient,
    "batch_norm": batch_norm,
    "batch_norm_gradient": batch_norm_gradient,
    "adam": adam,
    "product": product,
    "im2col": im2col,
    "col2im": col2im,
    "nine_image": nine_image,
    "nine_image_T": nine_image_T,
    "nine_response": nine_response,
    "nine_response_T": nine_response_T,
    "nine_kernel": nine_kernel,
    "nine_kernel_T": nine_kernel_T,
}

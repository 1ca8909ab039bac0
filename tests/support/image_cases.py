"""The part of the table (see `op_cases.py`) about images (N, H, W, C): convolutions, windows, zero insertion."""

from hypothesis import strategies as st

from minigan import ops
from minigan.ops import arrangement, convolution, windows
from minigan.ops.algorithms import Algorithm, Im2col, MatrixProduct, TapPlanes
from minigan.ops.minimal_filtering import MinimalFiltering
from minigan.ops.nine_products import NineProducts
from minigan.ops.windows import pair, window_count
from minigan.tensor import BroadcastTo, MatMul, PutAt, SumTo

from .arrays import apart, normal, pairs
from .cases import Call, case


@st.composite
def geometries(draw):
    """Of a convolution: shapes of image, kernel and response; stride and padding, each an int or a pair."""
    kernel = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    stride, padding = draw(pairs(1, 3)), draw(pairs(0, 2))
    n, c_in, c_out = draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    sizes = [max(1, k - 2 * p) + draw(st.integers(0, 3)) for k, p in zip(kernel, pair(padding))]
    counts = [window_count(*numbers) for numbers in zip(sizes, kernel, pair(stride), pair(padding))]
    return (n, *sizes, c_in), (*kernel, c_in, c_out), (n, *counts, c_out), stride, padding


@st.composite
def transposed_geometries(draw):
    """Of a transposed convolution: shapes of response and kernel; stride, padding, output_padding, ints or pairs."""
    image, kernel, response, stride, padding = draw(geometries())
    # What a convolution leaves over at the bottom and right is what its transpose has to add there.
    left = [(i + 2 * p - k) % s for i, p, k, s in zip(image[1:3], pair(padding), kernel, pair(stride))]
    return response, kernel, stride, padding, left[0] if left[0] == left[1] else tuple(left)


def nchw(x):
    """A torch tensor (N, H, W, C) as (N, C, H, W)."""
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    """A torch tensor (N, C, H, W) as (N, H, W, C)."""
    return x.permute(0, 2, 3, 1)


def oihw(w):
    """A kernel (kh, kw, I, O) as torch has it, (O, I, kh, kw); for conv_transpose2d too: torch swaps both."""
    return w.permute(3, 2, 0, 1).contiguous()


def conv_call(draw, function):
    image, kernel, _, stride, padding = draw(geometries())
    return Call(
        lambda x, w: function(x, w, stride, padding),
        [draw(normal(image)), draw(normal(kernel))],
        lambda t, x, w: nhwc(t.nn.functional.conv2d(nchw(x), oihw(w), None, pair(stride), pair(padding))),
    )


def conv_transpose_call(draw, function):
    response, kernel, stride, padding, extra = draw(transposed_geometries())

    def oracle(t, x, w):
        settings = {"stride": pair(stride), "padding": pair(padding), "output_padding": pair(extra)}
        return nhwc(t.nn.functional.conv_transpose2d(nchw(x), oihw(w), **settings))

    inputs = [draw(normal(response)), draw(normal(kernel))]
    return Call(lambda x, w: function(x, w, stride, padding, extra), inputs, oracle)


@case(convolution.Convolution)
def conv2d(draw):
    return conv_call(draw, ops.conv2d)


@case(convolution.TransposedConvolution)
def conv_transpose2d(draw):
    return conv_transpose_call(draw, ops.conv_transpose2d)


@case(windows.Unfold, MatMul)
def conv2d_by_windows(draw):
    return conv_call(draw, ops.conv2d_by_windows)


@case(windows.Unfold, PutAt, MatMul)
def conv_transpose2d_by_zero_insertion(draw):
    return conv_transpose_call(draw, ops.conv_transpose2d_by_zero_insertion)


# Each algorithm for each op, also where it would not be the chosen one.  (KernelGradient is made only so: there is no
# function for it, it is made in the backward pass of a convolution.)


@st.composite
def covering_geometries(draw):
    """A kernel as large as the image, no padding."""
    height, width, n, c_in, c_out = (draw(st.integers(1, 3)) for _ in range(5))
    stride = draw(pairs(1, 2))
    return (n, height, width, c_in), (height, width, c_in, c_out), (n, 1, 1, c_out), stride, 0


@st.composite
def halving_geometries(draw):
    """Kernel 4×4, stride 2, padding 1, an even image: what DCGAN is made of."""
    # Few numbers: a second derivative takes as many evaluations as there are pairs of them.
    sizes = [
        (1, 1, 2, 2),
        (2, 2, 1, 1),
        (2, 2, 1, 2),
        (2, 1, 2, 1),
        (1, 2, 1, 2),
        (1, 1, 3, 1),
        (1, 2, 1, 3),
        (2, 1, 1, 3),
    ]
    (n, c_in, h, w), c_out = draw(st.sampled_from(sizes)), 1
    return (n, 2 * h, 2 * w, c_in), (4, 4, c_in, c_out), (n, h, w, c_out), 2, 1


class Tiles2(MinimalFiltering):
    """`MinimalFiltering` by F(2, 2), however many tiles there are."""

    def __init__(self, *geometry):
        super().__init__(*geometry, tile=2)


class Tiles4(MinimalFiltering):
    """`MinimalFiltering` by F(4, 2), however many tiles there are."""

    def __init__(self, *geometry):
        super().__init__(*geometry, tile=4)


ALGORITHMS: dict[type[Algorithm], st.SearchStrategy] = {
    Im2col: geometries(),
    TapPlanes: geometries(),
    MatrixProduct: covering_geometries(),
    NineProducts: halving_geometries(),
    Tiles2: halving_geometries(),
    Tiles4: halving_geometries(),
}


# Geometries (image, kernel, stride, padding) as `choose` tells them apart.
CHOICES = {
    MatrixProduct: ((2, 4, 3, 6), (4, 3, 6, 2), (1, 1), (0, 0)),
    TapPlanes: ((2, 6, 6, 3), (4, 4, 3, 5), (2, 2), (1, 1)),
    NineProducts: ((2, 6, 10, 5), (4, 4, 5, 7), (2, 2), (1, 1)),
    Im2col: ((2, 7, 5, 6), (5, 3, 6, 2), (2, 1), (2, 1)),
}


def trilinear_case(op: type[convolution.Trilinear], algorithm: type[Algorithm]):
    """Register one of the three trilinear ops, computed by one algorithm."""

    def call(draw):
        image, kernel, response, stride, padding = draw(ALGORITHMS[algorithm])
        stride, padding = pair(stride), pair(padding)
        shapes = {"image": image, "kernel": kernel, "response": response}

        def function(a, b):
            return op(algorithm(image, kernel, stride, padding))(a, b)

        def oracle(t, a, b):
            if op is convolution.Convolution:
                return nhwc(t.nn.functional.conv2d(nchw(a), oihw(b), None, stride, padding))
            if op is convolution.TransposedConvolution:
                left = [(i + 2 * p - k) % s for i, p, k, s in zip(image[1:3], padding, kernel, stride)]
                return nhwc(t.nn.functional.conv_transpose2d(nchw(a), oihw(b), None, stride, padding, left))
            weight = t.nn.grad.conv2d_weight(nchw(a), oihw(t.empty(kernel)).shape, nchw(b), stride, padding)
            return weight.permute(2, 3, 1, 0)

        return Call(function, [draw(normal(shapes[given])) for given in op.given], oracle)

    call.__name__ = f"{op.__name__}_by_{algorithm.__name__}"
    case(op)(call)


for algorithm in ALGORITHMS:
    for op in (convolution.Convolution, convolution.TransposedConvolution, convolution.KernelGradient):
        trilinear_case(op, algorithm)


@case(PutAt)
def insert_zeros(draw):
    n, h, w, c = (draw(st.integers(1, 3)) for _ in range(4))
    stride = draw(st.integers(1, 3)), draw(st.integers(1, 3))

    def oracle(t, x):
        y = t.zeros(n, (h - 1) * stride[0] + 1, (w - 1) * stride[1] + 1, c, dtype=x.dtype)
        y[:, :: stride[0], :: stride[1]] = x
        return y

    return Call(lambda x: ops.insert_zeros(x, stride), [draw(normal((n, h, w, c)))], oracle)


@case(BroadcastTo)
def upsample_nearest(draw):
    shape, sizes = [draw(st.integers(1, 2)) for _ in range(4)], st.integers(2, 3)
    scale = draw(st.one_of(sizes, st.tuples(sizes, sizes)))

    def oracle(t, x):
        return nhwc(t.nn.functional.interpolate(nchw(x), scale_factor=scale, mode="nearest"))

    return Call(lambda x: ops.upsample_nearest(x, scale), [draw(normal(tuple(shape)))], oracle)


@st.composite
def windowings(draw):
    """Of pooling: the shape of the images, the window, and the stride (None is the window's size)."""
    kernel, stride = draw(pairs(1, 3)), draw(st.none() | pairs(1, 3))
    h, w = (k + draw(st.integers(0, 3)) for k in pair(kernel))
    return (draw(st.integers(1, 2)), h, w, draw(st.integers(1, 2))), kernel, stride


@case(windows.Unfold)
def windows_of(draw):
    shape, kernel, stride = draw(windowings())
    (kh, kw), (sv, sh) = pair(kernel), pair(stride or kernel)

    def oracle(t, x):
        return x.unfold(1, kh, sv).unfold(2, kw, sh).permute(0, 1, 2, 4, 5, 3)

    return Call(lambda x: windows.windows_of(x, kernel, stride), [draw(normal(shape))], oracle)


@case(windows.Fold)
def fold(draw):
    (n, height, width, c), kernel, stride = draw(windowings())
    (kh, kw), stride = pair(kernel), pair(stride or kernel)
    h, w = window_count(height, kh, stride[0]), window_count(width, kw, stride[1])

    def oracle(t, x):
        columns = x.permute(0, 5, 3, 4, 1, 2).reshape(n, c * kh * kw, h * w)
        return nhwc(t.nn.functional.fold(columns, (height, width), (kh, kw), stride=stride))

    shape = (n, height, width, c)
    return Call(lambda x: windows.Fold(shape, stride)(x), [draw(normal((n, h, w, kh, kw, c)))], oracle)


@case(windows.Unfold, arrangement.Max)
def max_pool2d(draw):
    shape, kernel, stride = draw(windowings())

    def oracle(t, x):
        return nhwc(t.nn.functional.max_pool2d(nchw(x), pair(kernel), pair(stride or kernel)))

    return Call(lambda x: ops.max_pool2d(x, kernel, stride), draw(apart(shape)), oracle)


@case(windows.Unfold, SumTo)
def avg_pool2d(draw):
    shape, kernel, stride = draw(windowings())

    def oracle(t, x):
        return nhwc(t.nn.functional.avg_pool2d(nchw(x), pair(kernel), pair(stride or kernel)))

    return Call(lambda x: ops.avg_pool2d(x, kernel, stride), [draw(normal(shape))], oracle)


@case(SumTo)
def global_avg_pool2d(draw):
    shape = tuple(draw(st.integers(1, 3)) for _ in range(4))
    return Call(ops.global_avg_pool2d, [draw(normal(shape))], lambda t, x: x.mean((1, 2)))

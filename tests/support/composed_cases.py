"""The part of the table (see `op_cases.py`) about what is composed of other ops: choices, norms, rarer settings."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from minigan import ops
from minigan.ops import activation, arrangement, convolution, elementwise, windows
from minigan.tensor import Divide, MatMul, Multiply, PowerOf, PutAt, Reshape, Slice, Subtract, SumTo

from .arrays import apart, axes, normal, pairs, positive, seeds, shapes
from .cases import Call, case
from .image_cases import nchw, nhwc, oihw

# -- choosing, element by element -------------------------------------------------------------------------------------


@case(PowerOf)
def power_of(draw):
    first, second = draw(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3)).input_shapes
    return Call(lambda a, b: a**b, [draw(positive(first)), draw(normal(second))], lambda t, a, b: a**b)


@case(PowerOf)
def power_of_a_number(draw):
    base = draw(st.sampled_from([2, 0.5]))
    return Call(lambda b: base**b, [draw(normal(draw(shapes())))], lambda t, b: base**b)


@case(elementwise.Where)
def where(draw):
    first, second, third = draw(mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3)).input_shapes
    chosen = np.random.default_rng(draw(seeds)).random(third) < 0.5
    return Call(
        lambda a, b: ops.where(chosen, a, b),
        [draw(normal(first)), draw(normal(second))],
        lambda t, a, b: t.where(t.as_tensor(chosen), a, b),
    )


@case(elementwise.Where)
def clip(draw):
    low, high = draw(st.sampled_from([(-0.2, 0.3), (None, 0.0), (0.1, None)]))
    (x,) = draw(apart(draw(shapes())))
    x = x + 0.001  # off the limits
    return Call(lambda x: ops.clip(x, low, high), [x], lambda t, x: t.clamp(x, low, high))


@case(elementwise.Maximum, Multiply)
def minimum(draw):
    first, second = draw(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3)).input_shapes
    return Call(ops.minimum, draw(apart(first, second)), lambda t, a, b: t.minimum(a, b))


@case(arrangement.Max, Multiply)
def amin(draw):
    shape = draw(shapes(1))
    axis, keep = draw(axes(len(shape))), draw(st.booleans())
    every = tuple(range(len(shape))) if axis is None else axis
    return Call(lambda x: ops.amin(x, axis, keep), draw(apart(shape)), lambda t, x: t.amin(x, every, keep))


@case()
def var(draw):
    """It names no op: the gradient by the mean is 0 for each of them."""
    shape = draw(shapes(1))
    axis, keep = draw(axes(len(shape))), draw(st.booleans())
    every = tuple(range(len(shape))) if axis is None else axis
    x = draw(normal(shape))
    return Call(lambda x: ops.var(x, axis, keep), [x], lambda t, x: t.var(x, every, correction=0, keepdim=keep))


# -- gather: indices that are arrays ----------------------------------------------------------------------------------


@case(Slice)
def gather(draw):
    """Integers, some chosen twice, of any shape, beside slices; then masks."""
    shape = draw(shapes(2))
    rng = np.random.default_rng(draw(seeds))
    rows = rng.integers(-shape[0], shape[0], draw(shapes(1, 2)))
    index = draw(
        st.sampled_from(
            [rows, (rows, Ellipsis), (slice(None), rng.integers(0, shape[1], 4)), (rows, rng.integers(0, shape[1]))]
        )
    )
    chosen = np.arange(int(np.prod(shape))).reshape(shape)[index]
    return Call(lambda x: x[index], [draw(normal(shape))], lambda t, x: x.reshape(-1)[t.as_tensor(chosen)])


@case(Slice)
def mask(draw):
    shape = draw(shapes(1))
    chosen = np.random.default_rng(draw(seeds)).random(shape) < 0.7
    chosen.flat[0] = True
    return Call(lambda x: x[chosen], [draw(normal(shape))], lambda t, x: x[t.as_tensor(chosen)])


@case(PutAt)
def put_at(draw):
    """The transpose of gather: what is put at one place twice adds up."""
    rng, count = np.random.default_rng(draw(seeds)), draw(st.integers(1, 4))
    rows = rng.integers(0, 3, count)

    def oracle(t, x):
        return t.zeros((3, 2), dtype=x.dtype).index_add(0, t.as_tensor(rows), x)

    return Call(lambda x: PutAt((3, 2), (rows,))(x), [draw(normal((count, 2)))], oracle)


@case(Slice)
def embedding(draw):
    indices = np.random.default_rng(draw(seeds)).integers(0, 3, draw(shapes(1, 2)))
    return Call(
        lambda w: ops.embedding(w, indices),
        [draw(normal((3, 2)))],
        lambda t, w: t.nn.functional.embedding(t.as_tensor(indices), w),
    )


# -- shapes -----------------------------------------------------------------------------------------------------------


@case(Reshape, arrangement.Concatenate)
def stack(draw):
    shape, count = draw(shapes()), draw(st.integers(1, 3))
    axis = draw(st.integers(-len(shape) - 1, len(shape)))
    inputs = [draw(normal(shape)) for _ in range(count)]
    return Call(lambda *xs: ops.stack(xs, axis), inputs, lambda t, *xs: t.stack(xs, axis))


@case(Reshape)
def flatten(draw):
    return Call(ops.flatten, [draw(normal(draw(shapes())))], lambda t, x: x.reshape(-1))


@case(Reshape)
def squeeze(draw):
    shape = (1, *draw(shapes()), 1)
    axis = draw(st.sampled_from([None, 0, -1, (0, -1)]))
    return Call(
        lambda x: ops.squeeze(x, axis),
        [draw(normal(shape))],
        lambda t, x: x.squeeze() if axis is None else x.squeeze(axis),
    )


@case(PutAt)
def pad_with_a_value(draw):
    widths = [(draw(st.integers(0, 2)), draw(st.integers(1, 2))), (draw(st.integers(0, 2)), 0)]
    flat = [width for pair in reversed(widths) for width in pair]
    return Call(
        lambda x: ops.pad(x, *widths, value=1.5),
        [draw(normal((2, 3)))],
        lambda t, x: t.nn.functional.pad(x, flat, value=1.5),
    )


# -- softmax and losses -----------------------------------------------------------------------------------------------


reductions = st.sampled_from(["mean", "sum", "none"])


@case(activation.LogSoftmax)
def log_softmax_over(draw):
    shape = draw(shapes(1))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    return Call(lambda x: ops.log_softmax(x, axis), [draw(normal(shape))], lambda t, x: t.log_softmax(x, axis))


@case(activation.Softplus, Multiply)
def bce_with_logits_of_targets(draw):
    shape, reduction = draw(shapes(1)), draw(reductions)
    target = np.random.default_rng(draw(seeds)).random(shape)
    return Call(
        lambda x: ops.bce_with_logits(x, target, reduction),
        [draw(normal(shape))],
        lambda t, x: t.nn.functional.binary_cross_entropy_with_logits(x, t.as_tensor(target), reduction=reduction),
    )


@case(activation.LogSoftmax, Slice)
def cross_entropy_with_weights(draw):
    """Weights of classes, rows that are ignored, and each reduction."""
    n, classes, reduction = (
        draw(st.integers(1, 4)),
        draw(st.integers(2, 4)),
        draw(st.sampled_from(["mean", "sum", "none"])),
    )
    rng = np.random.default_rng(draw(seeds))
    labels, weights = rng.integers(0, classes, n), rng.uniform(0.5, 2.0, classes)
    ignored = draw(st.sampled_from([None, -100, 1]))
    labels[0] = 0  # one that counts
    if ignored == -100:
        labels[1:][rng.random(n - 1) < 0.5] = -100

    def oracle(t, x):
        settings = {} if ignored is None else {"ignore_index": ignored}
        return t.nn.functional.cross_entropy(
            x, t.as_tensor(labels), t.as_tensor(weights), reduction=reduction, **settings
        )

    return Call(
        lambda x: ops.cross_entropy(x, labels, weights, ignored, reduction), [draw(normal((n, classes)))], oracle
    )


@case(Subtract, Multiply)
def mse_of_each(draw):
    shape, reduction = draw(shapes(1)), draw(st.sampled_from(["sum", "none"]))
    inputs = [draw(normal(shape)), draw(normal(shape))]
    return Call(
        lambda x, y: ops.mse(x, y, reduction),
        inputs,
        lambda t, x, y: t.nn.functional.mse_loss(x, y, reduction=reduction),
    )


# -- images -----------------------------------------------------------------------------------------------------------


@st.composite
def pools(draw):
    """The arguments of a pooling that pads, or rounds up, and images for it."""
    kernel = draw(st.integers(2, 3)), draw(st.integers(2, 3))
    stride, ceil_mode = draw(pairs(1, 3)), draw(st.booleans())
    padding = draw(st.integers(0, kernel[0] // 2)), draw(st.integers(0, kernel[1] // 2))
    shape = (1, *(k + draw(st.integers(0, 3)) for k in kernel), draw(st.integers(1, 2)))
    return shape, kernel, stride, padding, ceil_mode


@case(windows.Unfold, arrangement.Max)
def max_pool2d_with_borders(draw):
    shape, *settings = draw(pools())
    kernel, stride, padding, ceil_mode = settings
    return Call(
        lambda x: ops.max_pool2d(x, *settings),
        draw(apart(shape)),
        lambda t, x: nhwc(t.nn.functional.max_pool2d(nchw(x), kernel, stride, padding, ceil_mode=ceil_mode)),
    )


@case(windows.Unfold, SumTo)
def avg_pool2d_with_borders(draw):
    shape, *settings = draw(pools())
    counted = draw(st.booleans())
    return Call(
        lambda x: ops.avg_pool2d(x, *settings, counted),
        [draw(normal(shape))],
        lambda t, x: nhwc(t.nn.functional.avg_pool2d(nchw(x), *settings, counted)),
    )


@st.composite
def grouped(draw):
    """Groups, channels per group on both sides, dilation, stride, and a kernel's size."""
    return (
        draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.integers(1, 2)),
        draw(pairs(1, 2)), draw(pairs(1, 2)), (draw(st.integers(1, 2)), draw(st.integers(1, 2))),
    )  # fmt: skip


@case(convolution.Convolution)
def conv2d_in_groups(draw):
    """Groups, dilation, and padding that differs from side to side."""
    groups, c, d, dilation, stride, kernel = draw(grouped())
    sides = tuple((draw(st.integers(0, 1)), draw(st.integers(0, 2))) for _ in range(2))
    x = draw(normal((1, draw(st.integers(3, 4)), 3, c * groups)))
    flat = [*sides[1], *sides[0]]

    def oracle(t, x, w):
        padded = t.nn.functional.pad(nchw(x), flat)
        return nhwc(t.nn.functional.conv2d(padded, oihw(w), None, stride, 0, dilation, groups))

    w = draw(normal((*kernel, c, d * groups)))
    return Call(lambda x, w: ops.conv2d(x, w, stride, sides, dilation, groups), [x, w], oracle)


@case(convolution.Convolution)
def conv2d_same(draw):
    """At stride 1, where PyTorch has "same" too."""
    kernel, dilation = (draw(st.integers(1, 4)), draw(st.integers(1, 3))), draw(pairs(1, 2))
    x, w = draw(normal((1, 4, 3, 2))), draw(normal((*kernel, 2, 1)))
    return Call(
        lambda x, w: ops.conv2d(x, w, 1, "same", dilation),
        [x, w],
        lambda t, x, w: nhwc(t.nn.functional.conv2d(nchw(x), oihw(w), None, 1, "same", dilation)),
    )


@case(convolution.TransposedConvolution)
def conv_transpose2d_in_groups(draw):
    groups, c, d, dilation, stride, kernel = draw(grouped())
    x, w = draw(normal((1, 3, 2, c * groups))), draw(normal((*kernel, d, c * groups)))
    return Call(
        lambda x, w: ops.conv_transpose2d(x, w, stride, 0, 0, dilation, groups),
        [x, w],
        lambda t, x, w: nhwc(t.nn.functional.conv_transpose2d(nchw(x), oihw(w), None, stride, 0, 0, groups, dilation)),
    )


@case(MatMul)
def resize_bilinear(draw):
    h, w, height, width = (draw(st.integers(1, 4)) for _ in range(4))
    corners = draw(st.booleans())
    return Call(
        lambda x: ops.resize_bilinear(x, height, width, corners),
        [draw(normal((2, h, w, 2)))],
        lambda t, x: nhwc(
            t.nn.functional.interpolate(nchw(x), (height, width), mode="bilinear", align_corners=corners)
        ),
    )


# -- norms and dropout ------------------------------------------------------------------------------------------------


def spread(draw, shape):
    """Values of which no two are close, whatever axes are taken together: variances are clear of 0."""
    (x,) = draw(apart(shape))
    return 5.0 * x


@case(Divide, Multiply)
def layer_norm(draw):
    c = draw(st.integers(2, 4))
    inputs = [spread(draw, (2, 2, c)), draw(positive((c,))), draw(normal((c,)))]
    return Call(ops.layer_norm, inputs, lambda t, x, a, b: t.nn.functional.layer_norm(x, (c,), a, b))


@case(Divide, Multiply)
def group_norm(draw):
    groups, each = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    c = groups * each
    inputs = [spread(draw, (2, 3, 1, c)), draw(positive((c,))), draw(normal((c,)))]
    return Call(
        lambda x, a, b: ops.group_norm(x, groups, a, b),
        inputs,
        lambda t, x, a, b: nhwc(t.nn.functional.group_norm(nchw(x), groups, a, b)),
    )


@case(Divide, Multiply)
def instance_norm(draw):
    c = draw(st.integers(1, 2))
    inputs = [spread(draw, (2, 3, 1, c)), draw(positive((c,))), draw(normal((c,)))]
    return Call(
        ops.instance_norm, inputs, lambda t, x, a, b: nhwc(t.nn.functional.instance_norm(nchw(x), None, None, a, b))
    )


@case(Multiply)
def dropout(draw):
    """The mask, drawn from the same seed, is what PyTorch is given."""
    shape, p, seed = draw(shapes(1)), draw(st.sampled_from([0.0, 0.3])), draw(seeds)

    def oracle(t, x):
        kept = np.random.default_rng(seed).random(shape, np.float32) >= p
        return x * t.as_tensor(kept) / (1.0 - p)

    return Call(lambda x: ops.dropout(x, p, np.random.default_rng(seed)), [draw(normal(shape))], oracle)

"""ONNX's layers and losses, by minigan: see `onnx_table.py`.

ONNX's images are (N, C, H, W), and ours (N, H, W, C): the axes are moved on the way in and out.  Those with one spatial
axis are taken as images of height 1.
"""

import functools
import math
import operator

import numpy as np

from minigan import Tensor, ops

from .onnx_table import Ints, op

VOLUMES = "images with three spatial axes"
POOLING = "settings of pooling: dilation, indices of the maxima"
RANDOM = "random numbers"


def volumes(inputs, attributes):
    """Images of more axes than ours."""
    return VOLUMES if inputs[0].ndim > 4 else None


def nhwc(x: Tensor) -> Tensor:
    """(N, C, H, W) or (N, C, W) → (N, H, W, C)."""
    return (x if x.ndim == 4 else x.reshape(*x.shape[:2], 1, x.shape[2])).transpose(0, 2, 3, 1)


def as_in(x: Tensor, y: Tensor) -> Tensor:
    """(N, H, W, C) → (N, C, H, W), or (N, C, W) if that is what x is."""
    y = y.transpose(0, 3, 1, 2)
    return y if x.ndim == 4 else ops.squeeze(y, 2)


def both(values, usual=1):
    """A number for each direction: `usual` if none are given, or for the height if there is only the width."""
    return (usual, *values)[-2:] if values else (usual, usual)


def borders(x, window, strides, auto_pad, pads):
    """The widths of the border, (top, bottom) and (left, right), for images (N, H, W, C) and the extent of a window."""
    if auto_pad.startswith("SAME"):
        totals = [max((-(-n // s) - 1) * s + k - n, 0) for n, s, k in zip(x.shape[1:3], strides, window)]
        return [halves(total, auto_pad) for total in totals]
    half = len(pads) // 2
    return list(zip(both(pads[:half], 0), both(pads[half:], 0)))


def halves(total, auto_pad):
    """A width on two sides; where it is odd, SAME_UPPER has more at the end."""
    return (total // 2, total - total // 2) if auto_pad == "SAME_UPPER" else (total - total // 2, total // 2)


# -- convolution ------------------------------------------------------------------------------------------------------


@op("Conv", volumes)
def conv(x, w, b=None, *, auto_pad="NOTSET", dilations=(), group=1, kernel_shape=(), pads=(), strides=()):
    images, kernel = nhwc(x), nhwc(w).transpose(1, 2, 3, 0)
    stride, dilation = both(strides), both(dilations)
    window = [d * (k - 1) + 1 for d, k in zip(dilation, kernel.shape)]
    around = tuple(borders(images, window, stride, auto_pad, pads))
    y = ops.conv2d(images, kernel, stride, around, dilation, group)
    return as_in(x, y if b is None else ops.add_bias(y, b))


@op("ConvTranspose", volumes)
def conv_transpose(
    x, w, b=None, *, auto_pad="NOTSET", dilations=(), group=1, kernel_shape=(), output_padding=(), output_shape=(),
    pads=(), strides=(),
):  # fmt: skip
    images, kernel = nhwc(x), nhwc(w).transpose(1, 2, 3, 0)
    stride, dilation, extra = both(strides), both(dilations), both(output_padding, 0)
    whole = ops.conv_transpose2d(images, kernel, stride, 0, extra, dilation, group)
    if output_shape or auto_pad.startswith("SAME"):
        wanted = both(output_shape) if output_shape else [n * s for n, s in zip(images.shape[1:3], stride)]
        around = [halves(have - want, auto_pad) for have, want in zip(whole.shape[1:3], wanted)]
    else:
        around = borders(images, (), stride, auto_pad, pads)
    y = ops.pad(whole, (0, 0), *((-before, -after) for before, after in around), (0, 0))
    return as_in(x, y if b is None else ops.add_bias(y, b))


# -- pooling ----------------------------------------------------------------------------------------------------------


def pooling(inputs, attributes):
    """What of pooling is not here."""
    dilated = any(d != 1 for d in attributes.get("dilations", ()))
    return volumes(inputs, attributes) or (POOLING if dilated or attributes["outputs"] > 1 else None)


def padded(images, window, stride, auto_pad, pads, value=0.0):
    """The images in their border, of any width, and what is left to pad: half a window at most, as in PyTorch."""
    around = borders(images, window, stride, auto_pad, pads)
    if all(before == after <= k // 2 for (before, after), k in zip(around, window)):
        return images, tuple(before for before, _ in around)
    return ops.pad(images, (0, 0), *around, (0, 0), value=value), 0


@op("MaxPool", pooling)
def max_pool(x, *, kernel_shape, auto_pad="NOTSET", ceil_mode=0, dilations=(), pads=(), storage_order=0, strides=()):
    window, stride = both(kernel_shape), both(strides)
    images, padding = padded(nhwc(x), window, stride, auto_pad, pads, -math.inf)
    return as_in(x, ops.max_pool2d(images, window, stride, padding, bool(ceil_mode)))


@op("AveragePool", pooling)
def average_pool(
    x, *, kernel_shape, auto_pad="NOTSET", ceil_mode=0, count_include_pad=0, dilations=(), pads=(), strides=()
):
    window, stride = both(kernel_shape), both(strides)
    images, padding = padded(nhwc(x), window, stride, auto_pad, pads)
    mean = functools.partial(ops.avg_pool2d, kernel=window, stride=stride, padding=padding, ceil_mode=bool(ceil_mode))
    if padding or count_include_pad:
        return as_in(x, mean(images, count_include_pad=bool(count_include_pad)))
    ones = Tensor(np.ones(nhwc(x).shape, x.dtype))
    return as_in(x, mean(images) / mean(padded(ones, window, stride, auto_pad, pads)[0]))


@op("LpPool", pooling)
def lp_pool(x, *, kernel_shape, auto_pad="NOTSET", ceil_mode=0, dilations=(), p=2, pads=(), strides=()):
    settings = {"auto_pad": auto_pad, "ceil_mode": ceil_mode, "pads": pads, "strides": strides}
    mean = average_pool(abs(x) ** p, kernel_shape=kernel_shape, count_include_pad=1, **settings)
    return (mean * math.prod(kernel_shape)) ** (1 / p)


@op("GlobalAveragePool")
def global_average_pool(x):
    return x.mean(tuple(range(2, x.ndim)), keepdims=True)


@op("GlobalMaxPool")
def global_max_pool(x):
    return ops.amax(x, tuple(range(2, x.ndim)), keepdims=True)


# -- norms ------------------------------------------------------------------------------------------------------------


@op("BatchNormalization", volumes)
def batch_norm(x, scale, shift, mean, variance, *, epsilon=1e-5, momentum=0.9, training_mode=0):
    images = nhwc(x) if x.ndim > 2 else x
    back = functools.partial(as_in, x) if x.ndim > 2 else lambda y: y
    if not training_mode:
        return back(ops.normalize(images, mean, variance, scale, shift, epsilon))
    axes = tuple(range(images.ndim - 1))
    running = [
        old * momentum + new * (1 - momentum)
        for old, new in ((mean, images.mean(axes)), (variance, ops.var(images, axes)))
    ]
    return [back(ops.batch_norm(images, scale, shift, epsilon)), *running]


@op("InstanceNormalization", volumes)
def instance_norm(x, scale, shift, *, epsilon=1e-5):
    return as_in(x, ops.instance_norm(nhwc(x), scale, shift, epsilon))


@op("GroupNormalization", volumes)
def group_norm(x, scale, shift, *, num_groups, epsilon=1e-5, stash_type=1):
    return as_in(x, ops.group_norm(nhwc(x), num_groups, scale, shift, epsilon))


@op("LayerNormalization")
def layer_norm(x, scale, shift=None, *, axis=-1, epsilon=1e-5, stash_type=1):
    axes = tuple(range(axis % x.ndim, x.ndim))
    rows, scale = x.reshape(-1, math.prod(x.shape[a] for a in axes)), scale.reshape(-1)
    shift = scale * 0.0 if shift is None else shift.reshape(-1)
    y = ops.layer_norm(rows, scale, shift, epsilon).reshape(x.shape)
    return [y, x.mean(axes, keepdims=True), 1.0 / ops.sqrt(ops.var(x, axes, keepdims=True) + epsilon)]


@op("RMSNormalization")
def rms_norm(x, scale, *, axis=-1, epsilon=1e-5, stash_type=1):
    axes = tuple(range(axis % x.ndim, x.ndim))
    return x / ops.sqrt((x * x).mean(axes, keepdims=True) + epsilon) * scale


@op("LpNormalization")
def lp_norm(x, *, axis=-1, p=2):
    total = (abs(x) ** p).sum(axis, keepdims=True)
    return x / ops.where(total > 0, total, 1.0) ** (1 / p)  # 0 stays 0


@op("MeanVarianceNormalization")
def mean_variance_norm(x, *, axes=(0, 2, 3)):
    centred = x - x.mean(tuple(axes), keepdims=True)
    return centred / (ops.sqrt((centred * centred).mean(tuple(axes), keepdims=True)) + 1e-9)


@op("LRN")
def local_response_norm(x, *, size, alpha=1e-4, beta=0.75, bias=1.0):
    near = ops.pad(x * x, (0, 0), ((size - 1) // 2, size // 2), *[(0, 0)] * (x.ndim - 2))
    total = functools.reduce(operator.add, (near[:, i : i + x.shape[1]] for i in range(size)))
    return x / (bias + alpha / size * total) ** beta


# -- dropout and losses -----------------------------------------------------------------------------------------------


def random_zeros(inputs, attributes):
    _, rate, training = (*inputs, *[None] * 2)[:3]
    return RANDOM if training is not None and training and (rate is None or rate) else None


@op("Dropout", random_zeros)
def dropout(x, rate: Ints | None = None, training: Ints | None = None, *, ratio=0.5, seed=0):
    return [ops.dropout(x, 0.0, np.random.default_rng(seed)), np.ones(x.shape, bool)]


def rows(x, labels):
    """(N, C, …) and (N, …) → (M, C) and M labels."""
    return x.transpose(0, *range(2, x.ndim), 1).reshape(-1, x.shape[1]), labels.reshape(-1)


@op("SoftmaxCrossEntropyLoss")
def softmax_cross_entropy(x, labels: Ints, weights: Ints | None = None, *, ignore_index=None, reduction="mean"):
    loss = ops.cross_entropy(*rows(x, labels), weights, ignore_index, reduction)
    return [loss.reshape(labels.shape) if reduction == "none" else loss, ops.log_softmax(x, 1)]


@op("NegativeLogLikelihoodLoss")
def negative_log_likelihood(x, labels: Ints, weights: Ints | None = None, *, ignore_index=None, reduction="mean"):
    logarithms, targets = rows(x, labels)
    counts = targets != ignore_index
    chosen = np.where(counts, targets, 0)
    factors = (np.ones(x.shape[1]) if weights is None else weights)[chosen] * counts
    losses = -logarithms[np.arange(len(targets)), chosen] * factors
    if reduction == "none":
        return losses.reshape(labels.shape)
    return losses.sum() / factors.sum() if reduction == "mean" else losses.sum()

"""ONNX's ops that arrange values, by minigan: see `onnx_table.py`."""

import math

import numpy as np

from minigan import ops

from .onnx_table import Ints, op

PADDING = "padding other than with a constant"


def along(axis: int, index) -> tuple:
    """The index that takes `index` along one axis, from 0 on."""
    return (*(slice(None),) * axis, index)


@op("Reshape")
def reshape(x, shape: Ints, *, allowzero=0):
    return x.reshape([x.shape[i] if n == 0 and not allowzero else int(n) for i, n in enumerate(shape)])


@op("Flatten")
def flatten(x, *, axis=1):
    axis = axis % x.ndim if axis < 0 else axis
    return x.reshape(math.prod(x.shape[:axis]), -1)


@op("Transpose")
def transpose(x, *, perm=()):
    return x.transpose(*perm)


@op("Squeeze")
def squeeze(x, axes: Ints | None = None):
    return ops.squeeze(x, None if axes is None else tuple(axes.tolist()))


@op("Unsqueeze")
def unsqueeze(x, axes: Ints):
    new, old = {int(a) % (x.ndim + len(axes)) for a in axes}, iter(x.shape)
    return x.reshape([1 if a in new else next(old) for a in range(x.ndim + len(axes))])


@op("Concat")
def concat(*xs, axis):
    return ops.concatenate(list(xs), axis)


@op("Split")
def split(x, sizes: Ints | None = None, *, axis=0, num_outputs=None, outputs=1):
    each = -(-x.shape[axis] // outputs)
    ends = np.cumsum(sizes if sizes is not None else [each] * outputs).tolist()
    return [x[along(axis % x.ndim, slice(start, end))] for start, end in zip([0, *ends], ends)]


@op("Slice")
def slice_(x, starts: Ints, ends: Ints, axes: Ints | None = None, steps: Ints | None = None):
    index = [slice(None)] * x.ndim
    axes, steps = (range(len(starts)) if axes is None else axes), ([1] * len(starts) if steps is None else steps)
    for start, end, axis, step in zip(starts.tolist(), ends.tolist(), axes, steps):
        index[axis] = slice(start, end if end >= -x.shape[axis] else None, int(step))
    return x[tuple(index)]


@op("Gather")
def gather(x, indices: Ints, *, axis=0):
    return x[along(axis % x.ndim, indices)]


@op("GatherElements")
def gather_elements(x, indices: Ints, *, axis=0):
    index = list(np.indices(indices.shape))
    index[axis] = indices
    return x[tuple(index)]


@op("GatherND")
def gather_nd(x, indices: Ints, *, batch_dims=0):
    return x[(*np.indices(indices.shape[:-1])[:batch_dims], *np.moveaxis(indices, -1, 0))]


@op("Compress")
def compress(x, condition: Ints, *, axis=None):
    chosen = np.flatnonzero(condition)
    return ops.flatten(x)[chosen] if axis is None else x[along(axis % x.ndim, chosen)]


@op("TopK")
def top_k(x, k: Ints, *, axis=-1, largest=1, sorted=1):
    order = np.argsort(-x.numpy() if largest else x.numpy(), axis, kind="stable")
    chosen = order[along(axis % x.ndim, slice(k.item()))]
    return [gather_elements(x, chosen, axis=axis), chosen]


@op("ReverseSequence")
def reverse_sequence(x, lengths: Ints, *, time_axis=0, batch_axis=1):
    index = list(np.indices(x.shape))
    time, length = index[time_axis], lengths[index[batch_axis]]
    index[time_axis] = np.where(time < length, length - 1 - time, time)
    return x[tuple(index)]


@op("Expand")
def expand(x, shape: Ints):
    return x.broadcast_to(np.broadcast_shapes(x.shape, tuple(shape.tolist())))


@op("Tile")
def tile(x, repeats: Ints):
    return x[np.ix_(*(np.arange(n * r) % n for n, r in zip(x.shape, repeats)))]


@op("Trilu")
def trilu(x, k: Ints | None = None, *, upper=1):
    return x * (np.triu if upper else np.tril)(np.ones(x.shape), 0 if k is None else int(k))


@op("Pad", lacks=lambda inputs, attributes: None if attributes.get("mode", "constant") == "constant" else PADDING)
def pad(x, pads: Ints, value: Ints | None = None, axes: Ints | None = None, *, mode="constant"):
    widths = [(0, 0)] * x.ndim
    for axis, before, after in zip(range(x.ndim) if axes is None else axes, *pads.reshape(2, -1).tolist()):
        widths[axis] = (before, after)
    return ops.pad(x, *widths, value=0.0 if value is None else value.item())


@op("CenterCropPad")
def center_crop_pad(x, shape: Ints, *, axes=None):
    widths = [(0, 0)] * x.ndim
    for axis, n in zip(range(x.ndim) if axes is None else axes, shape.tolist()):
        more = n - x.shape[axis]
        before = more // 2 if more > 0 else -(-more // 2)
        widths[axis] = (before, more - before)
    return ops.pad(x, *widths)

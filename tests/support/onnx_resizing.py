"""ONNX's ops that make images larger and smaller, by minigan: see `onnx_table.py`."""

import math

import numpy as np

from minigan import ops

from .onnx_layers import as_in, nhwc
from .onnx_table import Ints, op

RESIZING = "resizing that is neither nearest nor plainly linear (cubic, antialiased, cropped, to no whole size)"


def resizing(inputs, attributes):
    """What of Resize is not here."""
    x, _, scales, sizes = (*inputs, *[None] * 3)[:4]
    linear = {"half_pixel", "align_corners"}
    match attributes.get("mode", "nearest"), attributes.get("coordinate_transformation_mode", "half_pixel"):
        case "nearest", how if how in linear | {"asymmetric"}:
            return None
        case "linear", how if how in linear and not attributes.get("antialias") and x.ndim == 4:
            lengths = [x.shape[axis] for axis in attributes.get("axes", range(x.ndim))]
            return None if sizes is not None or (scales * lengths % 1 == 0).all() else RESIZING
    return RESIZING


@op("Resize", resizing)
def resize(
    x, roi: Ints | None = None, scales: Ints | None = None, sizes: Ints | None = None, *, mode="nearest", axes=None,
    coordinate_transformation_mode="half_pixel", keep_aspect_ratio_policy="stretch", nearest_mode="round_prefer_floor",
):  # fmt: skip
    axes, factors = range(x.ndim) if axes is None else axes, [1.0] * x.ndim
    for i, axis in enumerate(axes):
        factors[axis] = float(scales[i]) if sizes is None else sizes[i] / x.shape[axis]
    if keep_aspect_ratio_policy != "stretch":
        same = (min if keep_aspect_ratio_policy == "not_larger" else max)(factors[axis] for axis in axes)
        factors = [same if axis in axes else 1.0 for axis in range(x.ndim)]
    target = [int(n * f) if sizes is None else math.floor(n * f + 0.5) for n, f in zip(x.shape, factors)]
    corners = coordinate_transformation_mode == "align_corners"
    if mode == "linear":
        return as_in(x, ops.resize_bilinear(nhwc(x), *target[2:], corners))
    return x[np.ix_(*(
        nearest(n, m, f, coordinate_transformation_mode, nearest_mode) for n, m, f in zip(target, x.shape, factors)
    ))]  # fmt: skip


def nearest(target, source, factor, transformation, rounding):
    """From where each of `target` pixels is taken, of `source`."""
    i = np.arange(target)
    at = {
        "half_pixel": (i + 0.5) / factor - 0.5,
        "asymmetric": i / factor,
        "align_corners": i * (source - 1) / max(target - 1, 1),
    }[transformation]
    whole = {
        "round_prefer_floor": np.ceil(at - 0.5),
        "round_prefer_ceil": np.floor(at + 0.5),
        "floor": np.floor(at),
        "ceil": np.ceil(at),
    }[rounding]
    return np.clip(whole, 0, source - 1).astype(int)


@op("Upsample")
def upsample(x, scales: Ints, *, mode="nearest"):
    return as_in(x, ops.upsample_nearest(nhwc(x), tuple(int(scale) for scale in scales[2:])))


@op("SpaceToDepth")
def space_to_depth(x, *, blocksize, mode="DCR"):
    n, c, h, w = x.shape
    blocks = x.reshape(n, c, h // blocksize, blocksize, w // blocksize, blocksize)
    blocks = blocks.transpose((0, 3, 5, 1, 2, 4) if mode == "DCR" else (0, 1, 3, 5, 2, 4))
    return blocks.reshape(n, c * blocksize**2, h // blocksize, w // blocksize)


@op("DepthToSpace")
def depth_to_space(x, *, blocksize, mode="DCR"):
    n, c, h, w = x.shape
    parts = (blocksize, blocksize, c // blocksize**2) if mode == "DCR" else (c // blocksize**2, blocksize, blocksize)
    blocks = x.reshape(n, *parts, h, w).transpose((0, 3, 4, 1, 5, 2) if mode == "DCR" else (0, 1, 4, 2, 5, 3))
    return blocks.reshape(n, c // blocksize**2, h * blocksize, w * blocksize)

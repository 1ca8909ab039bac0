"""Layers without weights: pooling, upsampling, reshaping, rescaling, dropout."""

import math

import numpy as np

from .. import ops
from ..ops.windows import Ints, pair
from ..tensor import Tensor
from .init import checked
from .module import Module


class Reshape(Module):
    """(N, …) → (N, *shape); `Reshape(-1)` flattens.  Raises ValueError for an input with another number of values."""

    def __init__(self, *shape: int):
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], *self.shape)

    def __repr__(self) -> str:
        return f"Reshape{self.shape}"


class Flatten(Module):
    """(N, …) → (N, the product of the others), in C order."""

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], math.prod(x.shape[1:]))


class MaxPool2d(Module):
    """The largest of every k×k pixels of images (N, H, W, C); see `minigan.ops.max_pool2d`.

    `kernel` is k, or a pair (vertical, horizontal); the stride is by default the same, so that H and W are divided by
    k.  Raises ValueError for images that do not fit.
    """

    def __init__(self, kernel: Ints = 2, stride: Ints | None = None, padding: Ints = 0, ceil_mode: bool = False):
        self.kernel, self.stride, self.padding, self.ceil_mode = kernel, stride, padding, ceil_mode

    def forward(self, x: Tensor) -> Tensor:
        return ops.max_pool2d(x, self.kernel, self.stride, self.padding, self.ceil_mode)

    def __repr__(self) -> str:
        others = {"stride": self.stride or self.kernel, "padding": self.padding, "ceil_mode": self.ceil_mode}
        usual = {"stride": self.kernel, "padding": 0, "ceil_mode": False}
        settings = "".join(f", {name}={value}" for name, value in others.items() if value != usual[name])
        return f"{type(self).__name__}({self.kernel}{settings})"


class AvgPool2d(MaxPool2d):
    """The mean of every k×k pixels of images (N, H, W, C); see `minigan.ops.avg_pool2d`.

    Settings and errors are those of `MaxPool2d`.
    """

    def forward(self, x: Tensor) -> Tensor:
        return ops.avg_pool2d(x, self.kernel, self.stride, self.padding, self.ceil_mode)


class UpsampleNearest(Module):
    """(N, H, W, C) → (N, sH, sW, C): every pixel repeated s×s times; see `minigan.ops.upsample_nearest`.

    `scale` is s, or a pair (vertical, horizontal).  Raises ValueError for another number of axes, or a scale below 1.
    """

    def __init__(self, scale: Ints = 2):
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        return ops.upsample_nearest(x, self.scale)

    def __repr__(self) -> str:
        return f"UpsampleNearest({self.scale})"


class UpsampleBilinear(UpsampleNearest):
    """(N, H, W, C) → (N, sH, sW, C), interpolated; see `minigan.ops.resize_bilinear`.

    Settings and errors are those of `UpsampleNearest`.
    """

    def forward(self, x: Tensor) -> Tensor:
        vertical, horizontal = pair(self.scale)
        return ops.resize_bilinear(x, x.shape[1] * vertical, x.shape[2] * horizontal)

    def __repr__(self) -> str:
        return f"UpsampleBilinear({self.scale})"


class GlobalAveragePool2d(Module):
    """(N, H, W, C) → (N, 1, 1, C): the mean of every channel."""

    def forward(self, x: Tensor) -> Tensor:
        return ops.global_avg_pool2d(x).reshape(x.shape[0], 1, 1, x.shape[3])


class Dropout(Module):
    """In training each value becomes 0 with probability p, and the others are divided by 1 − p; see `ops.dropout`.

    The state of `rng` is not part of a state_dict: a run that is resumed draws other zeros.  Raises ValueError for a p
    that is not from 0 to below 1, TypeError if `rng` is no NumPy Generator.
    """

    def __init__(self, p: float = 0.5, *, rng: np.random.Generator):
        if not 0 <= p < 1:
            raise ValueError(f"Dropout expected a probability from 0 to below 1, got {p}")
        self.p, self.rng = p, checked(rng)

    def forward(self, x: Tensor) -> Tensor:
        return ops.dropout(x, self.p, self.rng) if self.training else x

    def __repr__(self) -> str:
        return f"Dropout({self.p})"


class Rescale(Module):
    """factor · x + shift; factor and shift are constants, not trained."""

    def __init__(self, factor: float, shift: float):
        self.factor, self.shift = factor, shift

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor + self.shift

    def __repr__(self) -> str:
        return f"Rescale({self.factor} x + {self.shift})"

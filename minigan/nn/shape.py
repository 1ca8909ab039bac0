"""Layers without weights that change shape or range: pooling, upsampling, reshaping, rescaling."""

from .. import ops
from ..tensor import Tensor
from .module import Module


class Reshape(Module):
    """(N, …) → (N, *shape); `Reshape(-1)` flattens."""

    def __init__(self, *shape: int):
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], *self.shape)

    def __repr__(self) -> str:
        return f"Reshape{self.shape}"


class MaxPool2d(Module):
    """(N, H, W, C) → (N, H/k, W/k, C): the largest of every k×k pixels; see `minigan.ops.max_pool2d`."""

    def __init__(self, kernel: int = 2):
        self.kernel = kernel

    def forward(self, x: Tensor) -> Tensor:
        return ops.max_pool2d(x, self.kernel)

    def __repr__(self) -> str:
        return f"MaxPool2d({self.kernel})"


class UpsampleNearest(Module):
    """(N, H, W, C) → (N, sH, sW, C): every pixel repeated s×s times; see `minigan.ops.upsample_nearest`."""

    def __init__(self, scale: int = 2):
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        return ops.upsample_nearest(x, self.scale)

    def __repr__(self) -> str:
        return f"UpsampleNearest({self.scale})"


class GlobalAveragePool2d(Module):
    """(N, H, W, C) → (N, 1, 1, C): the mean of every channel."""

    def forward(self, x: Tensor) -> Tensor:
        return ops.global_avg_pool2d(x).reshape(x.shape[0], 1, 1, x.shape[3])


class Rescale(Module):
    """factor · x + shift; factor and shift are constants, not trained."""

    def __init__(self, factor: float, shift: float):
        self.factor, self.shift = factor, shift

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor + self.shift

    def __repr__(self) -> str:
        return f"Rescale({self.factor} x + {self.shift})"

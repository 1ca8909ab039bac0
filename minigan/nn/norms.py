"""Norms whose statistics are each image's own: the same in training and in evaluation.

Scale starts at 1, shift at 0.
"""

import numpy as np

from .. import ops
from ..tensor import Tensor
from .module import Module, Parameter


class LayerNorm(Module):
    """(N, …, features): over the last axis of each vector (Ba et al. 2016); see `minigan.ops.layer_norm`.

    `scale` starts at 1, `shift` at 0; `epsilon` is added to the variance.  Raises ValueError for fewer than 1 feature,
    and for an input of another shape.
    """

    def __init__(self, features: int, *, epsilon: float = 1e-5):
        if features < 1:
            raise ValueError(f"{type(self).__name__} expected at least 1 feature, got {features}")
        self.epsilon = epsilon
        self.scale = Parameter(np.ones(features, np.float32))
        self.shift = Parameter(np.zeros(features, np.float32))

    def forward(self, x: Tensor) -> Tensor:
        return ops.layer_norm(x, self.scale, self.shift, self.epsilon)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.scale.size})"


class InstanceNorm2d(LayerNorm):
    """(N, H, W, features): over the pixels of each image and channel (Ulyanov et al. 2016).

    Settings and errors are those of `LayerNorm`; see `minigan.ops.instance_norm`.
    """

    def forward(self, x: Tensor) -> Tensor:
        return ops.instance_norm(x, self.scale, self.shift, self.epsilon)


class GroupNorm(LayerNorm):
    """(N, H, W, features) or (N, features): over the pixels and each of `groups` groups of channels (Wu & He 2018).

    See `minigan.ops.group_norm`.  Raises ValueError as `LayerNorm` does, or if the groups do not divide the features.
    """

    def __init__(self, groups: int, features: int, *, epsilon: float = 1e-5):
        super().__init__(features, epsilon=epsilon)
        if groups < 1 or features % groups:
            raise ValueError(f"GroupNorm expected groups that divide the {features} features, got {groups}")
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        return ops.group_norm(x, self.groups, self.scale, self.shift, self.epsilon)

    def __repr__(self) -> str:
        return f"GroupNorm({self.groups}, {self.scale.size})"

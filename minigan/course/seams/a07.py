"""A7: the DCGAN's batch norms are the student's layers, which compute with the engine's scale, shift and statistics."""

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from ... import nn, ops
from ...tensor import Tensor
from . import Change

STATISTICS = ("running_mean", "running_variance")


def changes(student: Any) -> Sequence[Change]:
    layers: WeakKeyDictionary[nn.BatchNorm2d, Any] = WeakKeyDictionary()  # the engine's layer → the student's

    def activated(layer: nn.BatchNorm2d, x: Tensor, slope: float) -> Tensor:
        """The engine computes the activation after a batch norm in the same step; here it is one by itself."""
        if layer not in layers:
            settings = {"momentum": layer.momentum, "epsilon": layer.epsilon}
            layers[layer] = student.BatchNorm(layer.scale.size, **settings)
        own = layers[layer]
        for name in ("scale", "shift", *STATISTICS):
            setattr(own, name, getattr(layer, name))
        own.training = layer.training
        y = own(x)
        for name in STATISTICS:
            engines, new = getattr(layer, name), getattr(own, name)
            if new is not engines:  # the student has put another one in its place
                engines.data[...] = new.data if isinstance(new, Tensor) else new
        return y if slope == 1 else ops.leaky_relu(y, slope)

    return [Change(nn.BatchNorm2d, "activated", activated, "batch norms")]

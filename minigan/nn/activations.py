"""Activations as layers."""

from .. import ops
from ..tensor import Tensor
from .module import Module


class LeakyReLU(Module):
    """x where positive, slope · x elsewhere.

    See `minigan.ops.leaky_relu`, which raises ValueError for a slope that is not from 0 to 1.
    """

    def __init__(self, slope: float = 0.2):
        self.slope = slope

    def forward(self, x: Tensor) -> Tensor:
        return ops.leaky_relu(x, self.slope)

    def __repr__(self) -> str:
        return f"LeakyReLU({self.slope})"


class ReLU(LeakyReLU):
    """max(x, 0)."""

    def __init__(self) -> None:
        super().__init__(0.0)

    def __repr__(self) -> str:
        return "ReLU()"


class Tanh(Module):
    """Hyperbolic tangent."""

    def forward(self, x: Tensor) -> Tensor:
        return ops.tanh(x)


class Sigmoid(Module):
    """1 / (1 + e⁻ˣ)."""

    def forward(self, x: Tensor) -> Tensor:
        return ops.sigmoid(x)

"""Batch normalisation (Ioffe & Szegedy 2015, arXiv:1502.03167)."""

from ..backend import namespace
from ..tensor import Fused, Tensor
from .elementwise import sqrt


class BatchNorm(Fused):
    """y = γ x̂ + β,  x̂ = (x − μ)/√(σ² + ε)        ∂L/∂x = γ/√(σ² + ε) · (g − mean(g) − x̂ mean(g x̂)),  g = ∂L/∂y

    Mean μ and variance σ² (the biased one) are taken over all axes but the last, per channel (algorithm 1).
    ∂L/∂γ = Σ g x̂ and ∂L/∂β = Σ g.
    """

    keeps = ("normalized", "inverse_std", "mean", "variance")

    def __init__(self, epsilon: float):
        self.epsilon = epsilon

    def forward(self, x, scale, shift):
        axes = tuple(range(x.ndim - 1))
        self.mean = x.mean(axis=axes)
        centred = x - self.mean  # centre first: E[x²] − μ² would cancel
        self.variance = (centred * centred).mean(axis=axes)
        self.inverse_std = 1.0 / namespace(x).sqrt(self.variance + self.epsilon)
        centred *= self.inverse_std
        self.normalized = centred
        return centred * scale + shift

    def gradient(self, grad):
        axes, scale = tuple(range(grad.ndim - 1)), self.inputs[1].data
        along = (grad * self.normalized).sum(axis=axes)
        total = grad.sum(axis=axes)
        if not self.needs[0]:
            return None, along if self.needs[1] else None, total if self.needs[2] else None
        m = grad.size // grad.shape[-1]
        dx = (grad - self.normalized * (along * (1.0 / m)) - total * (1.0 / m)) * (self.inverse_std * scale)
        return dx, along if self.needs[1] else None, total if self.needs[2] else None

    def definition(self, x, scale, shift):
        axes = tuple(range(x.ndim - 1))
        centred = x - x.mean(axes)
        variance = (centred * centred).mean(axes)
        return centred / sqrt(variance + self.epsilon) * scale + shift


def batch_norm(x: Tensor, scale: Tensor, shift: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Normalise every channel (the last axis) by the statistics of this batch, then scale and shift."""
    if x.size // x.shape[-1] < 2:
        raise ValueError(f"batch_norm expected more than one value per channel, got shape {x.shape}")
    return BatchNorm(epsilon)(x, scale, shift)


def normalize(x: Tensor, mean: Tensor, variance: Tensor, scale: Tensor, shift: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Normalise with given statistics (the running ones, in evaluation): every image by itself."""
    factor = scale / sqrt(variance + epsilon)
    return x * factor + (shift - mean * factor)

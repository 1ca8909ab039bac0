"""Activations.  Where a mask is needed it is arithmetic on 0 and 1: far faster in NumPy than `where`."""

from ..backend import namespace
from ..tensor import Op, Tensor
from .elementwise import exp


class LeakyReLU(Op):
    """y = x if x > 0 else a x        ∂L/∂x = ∂L/∂y if x > 0 else a ∂L/∂y        (0 ≤ a < 1; a = 0 is ReLU)"""

    keeps = ("y",)

    def __init__(self, slope: float):
        self.slope = slope

    def forward(self, x):
        xp = namespace(x)
        self.y = xp.maximum(x, 0.0) if self.slope == 0 else xp.maximum(x, x * self.slope)
        return self.y

    def backward(self, grad):
        mask = (self.y > 0).astype(self.y.dtype)  # y > 0 exactly where x > 0
        if self.slope:
            mask *= 1.0 - self.slope
            mask += self.slope
        return grad * Tensor(mask)


class Sigmoid(Op):
    """y = 1 / (1 + e⁻ˣ) = (1 + tanh(x/2)) / 2        ∂L/∂x = y (1 − y) · ∂L/∂y"""

    keeps = ("y",)

    def forward(self, x):
        self.y = 0.5 + 0.5 * namespace(x).tanh(0.5 * x)  # the tanh form cannot overflow
        return self.y

    def backward(self, grad):
        y = self.result(self.y)
        return grad * (y - y * y)


class Tanh(Op):
    """y = tanh x        ∂L/∂x = (1 − y²) · ∂L/∂y"""

    keeps = ("y",)

    def forward(self, x):
        self.y = namespace(x).tanh(x)
        return self.y

    def backward(self, grad):
        y = self.result(self.y)
        return grad * (1.0 - y * y)


class Softplus(Op):
    """y = ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|)        ∂L/∂x = sigmoid(x) · ∂L/∂y"""

    def forward(self, x):
        xp = namespace(x)
        return xp.maximum(x, 0.0) + xp.log1p(xp.exp(-abs(x)))

    def backward(self, grad):
        return grad * sigmoid(self.inputs[0])


class LogSoftmax(Op):
    """yᵢ = xᵢ − ln Σⱼ e^xⱼ        ∂L/∂xᵢ = ∂L/∂yᵢ − e^yᵢ Σⱼ ∂L/∂yⱼ        (over the last axis)"""

    keeps = ("y",)

    def forward(self, x):
        xp = namespace(x)
        shifted = x - x.max(axis=-1, keepdims=True)
        self.y = shifted - xp.log(xp.exp(shifted).sum(axis=-1, keepdims=True))
        return self.y

    def backward(self, grad):
        return grad - exp(self.result(self.y)) * grad.sum(-1, keepdims=True)


def relu(x: Tensor) -> Tensor:
    """max(x, 0)."""
    return LeakyReLU(0.0)(x)


def leaky_relu(x: Tensor, slope: float = 0.2) -> Tensor:
    """x where positive, slope · x elsewhere; 0.2 is DCGAN's discriminator."""
    if not 0 <= slope < 1:
        raise ValueError(f"leaky_relu expected a slope from 0 to below 1, got {slope}")
    return LeakyReLU(slope)(x)


def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + e⁻ˣ)."""
    return Sigmoid()(x)


def tanh(x: Tensor) -> Tensor:
    """Hyperbolic tangent."""
    return Tanh()(x)


def softplus(x: Tensor) -> Tensor:
    """ln(1 + eˣ), without overflow."""
    return Softplus()(x)


def log_softmax(x: Tensor) -> Tensor:
    """Logarithms of the softmax over the last axis."""
    return LogSoftmax()(x)


def softmax(x: Tensor) -> Tensor:
    """e^xᵢ / Σⱼ e^xⱼ over the last axis."""
    return exp(log_softmax(x))

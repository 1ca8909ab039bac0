"""Activations.  Masks are computed by arithmetic on 0 and 1, which is far faster in NumPy than `where`."""

from ..arrays.backend import Array, kernel, namespace
from ..arrays.layout import in_blocks
from ..tensor import Axis, Gradients, Op, Tensor, axes_of
from .elementwise import exp


class LeakyReLU(Op):
    """y = x if x > 0 else a x        ∂L/∂x = ∂L/∂y if x > 0 else a ∂L/∂y        (0 ≤ a ≤ 1; a = 0 is ReLU)"""

    keeps = ("y",)

    def __init__(self, slope: float):
        self.slope = float(slope)  # a NumPy number would promote float32

    def forward(self, x: Array) -> Array:
        xp = namespace(x)
        self.y = xp.empty_like(x)
        for y, u in in_blocks(self.y, x):
            xp.maximum(u, u * self.slope if self.slope else 0.0, out=y)
        return self.y

    def backward(self, grad: Tensor) -> Tensor:
        return LeakyReLUGradient(self.slope)(grad, self.result(self.y))


class LeakyReLUGradient(Op):
    """y = g if s > 0 else a g        ∂L/∂g = ∂L/∂y if s > 0 else a ∂L/∂y        (∂L/∂s = 0)"""

    def __init__(self, slope: float):
        self.slope = slope

    def forward(self, g: Array, sign: Array) -> Array:
        y = namespace(g).empty_like(g)
        for part, g_part, sign_part in in_blocks(y, g, sign):
            slope_times(g_part, sign_part, self.slope, out=part)
        return y

    def backward(self, grad: Tensor) -> Gradients:
        return LeakyReLUGradient(self.slope)(grad, self.inputs[1]), None


class Sigmoid(Op):
    """y = σ(x) = 1 / (1 + e⁻ˣ)        ∂L/∂x = σ(x) σ(−x) · ∂L/∂y        (1 − σ(x) would round to 0 for large x)"""

    keeps = ("y",)

    def forward(self, x: Array) -> Array:
        if run := kernel("sigmoid", x):
            return run(self, x)
        xp = namespace(x)
        e = xp.exp(-abs(x))  # never overflows; for x < 0, σ(x) = eˣ / (1 + eˣ)
        self.y = xp.where(x < 0, e, 1.0) / (1.0 + e)
        return self.y

    def backward(self, grad: Tensor) -> Tensor:
        return grad * self.result(self.y) * sigmoid(-self.inputs[0])


class Tanh(Op):
    """y = tanh x        ∂L/∂x = (1 − y²) · ∂L/∂y"""

    keeps = ("y",)

    def forward(self, x: Array) -> Array:
        self.y = namespace(x).tanh(x)
        return self.y

    def backward(self, grad: Tensor) -> Tensor:
        y = self.result(self.y)
        return grad * (1.0 - y * y)


class Softplus(Op):
    """y = ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|)        ∂L/∂x = sigmoid(x) · ∂L/∂y"""

    def forward(self, x: Array) -> Array:
        if run := kernel("softplus", x):
            return run(self, x)
        xp = namespace(x)
        return xp.maximum(x, 0.0) + xp.log1p(xp.exp(-abs(x)))

    def backward(self, grad: Tensor) -> Tensor:
        return grad * sigmoid(self.inputs[0])


class LogSoftmax(Op):
    """yᵢ = xᵢ − ln Σⱼ e^xⱼ        ∂L/∂xᵢ = ∂L/∂yᵢ − e^yᵢ Σⱼ ∂L/∂yⱼ        (sums over the given axes)"""

    keeps = ("y",)

    def __init__(self, axes: tuple[int, ...]):
        self.axes = axes

    def forward(self, x: Array) -> Array:
        xp = namespace(x)
        if not x.size:
            self.y = x
            return x
        shifted = x - x.max(axis=self.axes, keepdims=True)
        self.y = shifted - xp.log(xp.exp(shifted).sum(axis=self.axes, keepdims=True))
        return self.y

    def backward(self, grad: Tensor) -> Tensor:
        return grad - exp(self.result(self.y)) * grad.sum(self.axes, keepdims=True)


def slope_times(g: Array, sign: Array, slope: float, out: Array) -> Array:
    """g where sign > 0, slope · g elsewhere, written to `out`; `sign` may be an activation's input or its output."""
    if slope == 1:
        out[...] = g
        return out
    namespace(g).copyto(out, sign > 0)
    if slope:
        out *= 1.0 - slope
        out += slope
    out *= g
    return out


def relu(x: Tensor) -> Tensor:
    """max(x, 0).

    Element by element (Nair & Hinton 2010); the gradient at 0 is 0.
    """
    return LeakyReLU(0.0)(x)


def leaky_relu(x: Tensor, slope: float = 0.2) -> Tensor:
    """x where positive, slope · x elsewhere; the default 0.2 is that of DCGAN's discriminator.

    Element by element (Maas et al. 2013); the gradient at 0 is the slope.  Raises ValueError for a slope that is not
    from 0 to 1.

    Examples
    --------
    >>> from minigan import Tensor, ops
    >>> ops.leaky_relu(Tensor([-1.0, 0.0, 2.0]))
    Tensor([-0.2  0.   2. ], shape=(3,), dtype=float32)
    """
    if not 0 <= slope <= 1:
        raise ValueError(f"leaky_relu expected a slope from 0 to 1, got {slope}")
    return LeakyReLU(slope)(x)


def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + e⁻ˣ).

    Element by element, without overflow.
    """
    return Sigmoid()(x)


def tanh(x: Tensor) -> Tensor:
    """Hyperbolic tangent, element by element."""
    return Tanh()(x)


def softplus(x: Tensor) -> Tensor:
    """ln(1 + eˣ), without overflow; element by element."""
    return Softplus()(x)


def log_softmax(x: Tensor, axis: Axis = -1) -> Tensor:
    """Logarithms of the softmax over an axis (the last by default), several, or all (None).

    Of the shape of x; computed without overflow.  Raises ValueError if there is no such axis.
    """
    return LogSoftmax(axes_of(x, axis if x.ndim else None))(x)


def softmax(x: Tensor, axis: Axis = -1) -> Tensor:
    """e^xᵢ / Σⱼ e^xⱼ over an axis (the last by default), several, or all (None).

    Of the shape of x; computed without overflow.  Raises ValueError if there is no such axis.

    Examples
    --------
    >>> from minigan import Tensor, ops
    >>> ops.softmax(Tensor([0.0, 1.0, 2.0]))
    Tensor([0.09   0.2447 0.6652], shape=(3,), dtype=float32)
    """
    return exp(log_softmax(x, axis))

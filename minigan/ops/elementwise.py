"""Element by element: exp, log, sqrt, abs, maximum."""

from ..arrays.backend import Array, namespace
from ..tensor import Binary, Op, Tensor, Value, operand


class Exp(Op):
    """y = eˣ        ∂L/∂x = y · ∂L/∂y"""

    keeps = ("y",)

    def forward(self, x: Array) -> Array:
        self.y = namespace(x).exp(x)
        return self.y

    def backward(self, grad: Tensor) -> Tensor:
        return grad * self.result(self.y)


class Log(Op):
    """y = ln x        ∂L/∂x = ∂L/∂y / x"""

    def forward(self, x: Array) -> Array:
        return namespace(x).log(x)

    def backward(self, grad: Tensor) -> Tensor:
        return grad / self.inputs[0]


class Abs(Op):
    """y = |x|        ∂L/∂x = sign(x) · ∂L/∂y        (0 at x = 0)"""

    keeps = ("sign",)

    def forward(self, x: Array) -> Array:
        self.sign = namespace(x).sign(x)
        return abs(x)

    def backward(self, grad: Tensor) -> Tensor:
        return grad * Tensor(self.sign)


class Maximum(Binary):
    """y = max(a, b)        ∂L/∂a = [a > b] · ∂L/∂y,  ∂L/∂b = [b > a] · ∂L/∂y        (half each where equal)"""

    keeps = ("share",)

    def forward(self, a: Array, b: Array) -> Array:
        xp = namespace(a)
        y = xp.maximum(a, b)
        self.share = ((a > b) + 0.5 * (a == b)).astype(y.dtype)
        return y

    def grad_a(self, grad: Tensor, a: Value, b: Value) -> Tensor:
        return grad * Tensor(self.share)

    def grad_b(self, grad: Tensor, a: Value, b: Value) -> Tensor:
        return grad * (1.0 - Tensor(self.share))


def exp(x: Tensor) -> Tensor:
    """eˣ, element by element."""
    return Exp()(x)


def log(x: Tensor) -> Tensor:
    """Natural logarithm, element by element."""
    return Log()(x)


def sqrt(x: Tensor) -> Tensor:
    """Square root, element by element."""
    return x**0.5


def absolute(x: Tensor) -> Tensor:
    """|x|, element by element."""
    return Abs()(x)


def maximum(x: Tensor, other: Value) -> Tensor:
    """The larger of `x` and `other` (a Tensor, an array or a number), broadcast."""
    return Maximum()(x, operand(other, x))

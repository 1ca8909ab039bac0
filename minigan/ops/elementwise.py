"""Element by element: exp, log, sqrt, abs, maximum, where."""

from typing import Any

from ..arrays.backend import Array, namespace
from ..tensor import Binary, Op, Piecewise, Tensor, Value, operand


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
        return grad * Piecewise(self.sign)(self.inputs[0])


class Maximum(Binary):
    """y = max(a, b)        ∂L/∂a = [a > b] · ∂L/∂y,  ∂L/∂b = [b > a] · ∂L/∂y        (half each where equal)"""

    keeps = ("share",)

    def forward(self, a: Array, b: Array) -> Array:
        y = namespace(b if isinstance(a, float | int) else a).maximum(a, b)
        self.share = ((a > b) + 0.5 * (a == b)).astype(y.dtype)
        return y

    def grad_a(self, grad: Tensor, a: Value, b: Value) -> Tensor:
        return grad * Piecewise(self.share)(a, b)

    def grad_b(self, grad: Tensor, a: Value, b: Value) -> Tensor:
        return grad * Piecewise(1.0 - self.share)(a, b)


class Where(Binary):
    """y = a where the condition holds, else b        ∂L/∂a = ∂L/∂y there, else 0,  ∂L/∂b = the rest of ∂L/∂y"""

    reads_inputs = False

    def __init__(self, condition: Array):
        self.condition = condition

    def forward(self, a: Array, b: Array) -> Array:
        return namespace(self.condition).where(self.condition, a, b)

    def grad_a(self, grad: Tensor, a: Value, b: Value) -> Tensor:
        return Where(self.condition)(grad, 0.0)

    def grad_b(self, grad: Tensor, a: Value, b: Value) -> Tensor:
        return Where(self.condition)(0.0, grad)


def exp(x: Tensor) -> Tensor:
    """eˣ, element by element."""
    return Exp()(x)


def log(x: Tensor) -> Tensor:
    """Natural logarithm, element by element."""
    return Log()(x)


def sqrt(x: Tensor) -> Tensor:
    """Square root, element by element.  Its gradient at 0 is infinite."""
    return x**0.5


def absolute(x: Tensor) -> Tensor:
    """|x|, element by element; its gradient at 0 is 0."""
    return Abs()(x)


def maximum(x: Tensor, other: Value) -> Tensor:
    """The larger of `x` and `other` (a Tensor, an array or a number), broadcast.

    Where they are equal, each gets half of the gradient.  Raises TypeError if neither is a Tensor.
    """
    return Maximum()(*both_operands(x, other))


def where(condition: Array, x: Value, other: Value) -> Tensor:
    """`x` where `condition` (an array of booleans, such as `t > 0`) holds, `other` elsewhere; all three broadcast.

    What is not chosen has gradient 0, even where it is infinite or not a number.  Raises TypeError for a condition of
    something else than booleans, or if neither `x` nor `other` is a Tensor.

    Examples
    --------
    >>> from minigan import Tensor, ops
    >>> x = Tensor([-1.0, 0.0, 4.0])
    >>> ops.where(x > 0, x, x / 10)
    Tensor([-0.1  0.   4. ], shape=(3,), dtype=float32)
    """
    x, other = both_operands(x, other)
    like = x if isinstance(x, Tensor) else other
    condition = namespace(like.data).asarray(condition)
    if condition.dtype.kind != "b":
        raise TypeError(f"where expected a condition of booleans, such as t > 0, got {condition.dtype}")
    return Where(condition)(x, other)


def both_operands(x: Value, other: Value) -> tuple[Any, Any]:
    """Both as inputs of one op, of which at least one is a Tensor."""
    like = x if isinstance(x, Tensor) else other
    if not isinstance(like, Tensor):
        raise TypeError(f"expected a Tensor, got {type(x).__name__} and {type(other).__name__}")
    return operand(x, like), operand(other, like)

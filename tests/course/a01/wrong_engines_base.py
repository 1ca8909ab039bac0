# loses: gradient, new_axes, kept_axes, together, needed, second, care
"""The engine's base class of operations with two inputs, which knows what is summed and what is needed."""

from minigan import Binary, Op
from minigan.tensor import BroadcastTo


class SumTo(Op):
    def __init__(self, shape):
        self.shape = shape

    def forward(self, x):
        while x.ndim > len(self.shape):
            x = x.sum(0)
        for axis, n in enumerate(self.shape):
            x = x.sum(axis, keepdims=True) if n == 1 else x
        return x

    def backward(self, grad):
        return BroadcastTo(self.inputs[0].shape)(grad)


class Add(Binary):
    def forward(self, a, b):
        return a + b

    def grad_a(self, grad, a, b):
        return grad

    grad_b = grad_a


class Multiply(Binary):
    def forward(self, a, b):
        return a * b

    def grad_a(self, grad, a, b):
        return grad * b

    def grad_b(self, grad, a, b):
        return grad * a


class Power(Op):
    def __init__(self, exponent):
        self.exponent = exponent

    def forward(self, x):
        return x**self.exponent

    def backward(self, grad):
        return self.exponent * grad * self.inputs[0] ** (self.exponent - 1) if self.exponent else None

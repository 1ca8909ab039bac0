# loses: new_axes, kept_axes
"""The gradient keeps the shape of y."""

from minigan import Op


class SumTo(Op):
    def __init__(self, shape):
        self.shape = shape

    def forward(self, x):
        full = (1,) * (x.ndim - len(self.shape)) + tuple(self.shape)
        axes = tuple(i for i, n in enumerate(full) if n != x.shape[i])
        return x.sum(axis=axes, keepdims=True).reshape(self.shape)

    def backward(self, grad):
        return grad.broadcast_to(self.inputs[0].shape)


def sum_to(x, shape):
    return x


class Add(Op):
    def forward(self, a, b):
        return a + b

    def backward(self, grad):
        return tuple(sum_to(grad, x.shape) if need else None for x, need in zip(self.inputs, self.needs))


class Multiply(Op):
    def forward(self, a, b):
        return a * b

    def backward(self, grad):
        a, b = self.inputs
        da = sum_to(grad * b, a.shape) if self.needs[0] else None
        db = sum_to(grad * a, b.shape) if self.needs[1] else None
        return da, db


class Power(Op):
    def __init__(self, exponent):
        self.exponent = exponent

    def forward(self, x):
        return x**self.exponent

    def backward(self, grad):
        (x,) = self.inputs
        if self.exponent == 0:
            return grad * 0.0
        return grad * (x ** (self.exponent - 1) * self.exponent)

"""Sums by a loop over axes; what two operations share is in a base class."""

from minigan import Op


class SumTo(Op):
    def __init__(self, shape):
        self.shape = shape

    def forward(self, x):
        while x.ndim > len(self.shape):
            x = x.sum(0)
        for axis, n in enumerate(self.shape):
            if n == 1:
                x = x.sum(axis, keepdims=True)
        return x

    def backward(self, grad):
        return grad.broadcast_to(self.inputs[0].shape)


class OfTwo(Op):
    def slopes(self):
        """∂y/∂a and ∂y/∂b."""
        raise NotImplementedError

    def backward(self, grad):
        found = []
        for x, slope, need in zip(self.inputs, self.slopes(), self.needs):
            found.append(SumTo(x.shape)(grad * slope) if need else None)
        return tuple(found)


class Add(OfTwo):
    reads_inputs = False

    def forward(self, a, b):
        return b + a

    def slopes(self):
        return 1.0, 1.0


class Multiply(OfTwo):
    def forward(self, a, b):
        return b * a

    def slopes(self):
        return self.inputs[::-1]


class Power(Op):
    def __init__(self, exponent):
        self.exponent = exponent

    def forward(self, x):
        return x**self.exponent

    def backward(self, grad):
        if self.exponent == 0:
            return None  # where a gradient is needed, this means zero
        return self.exponent * grad * self.inputs[0] ** (self.exponent - 1)

"""Sums by einsum; a difference of cases for every shape; powers through one more operation."""

import numpy as np

from minigan import Op


class SumTo(Op):
    def __init__(self, shape):
        self.shape = tuple(shape)

    def forward(self, x):
        letters = "abcdefgh"[: x.ndim]
        full = (1,) * (x.ndim - len(self.shape)) + self.shape
        kept = "".join(c for c, n, m in zip(letters, full, x.shape) if n == m)
        return np.einsum(f"{letters}->{kept}", x).reshape(self.shape)

    def backward(self, grad):
        x = self.inputs[0]
        ones = (1,) * (x.ndim - grad.ndim)
        return grad.reshape(ones + grad.shape).broadcast_to(x.shape)


class Add(Op):
    reads_inputs = False

    def forward(self, a, b):
        return np.add(a, b)

    def backward(self, grad):
        found = [None, None]
        for i in (0, 1):
            if self.needs[i]:
                shape = self.inputs[i].shape
                found[i] = grad if shape == grad.shape else SumTo(shape)(grad)
        return tuple(found)


class Multiply(Op):
    def forward(self, a, b):
        return np.multiply(a, b)

    def backward(self, grad):
        found = [None, None]
        for i in (0, 1):
            if self.needs[i]:
                product = Multiply()(grad, self.inputs[1 - i])
                shape = self.inputs[i].shape
                found[i] = product if shape == grad.shape else SumTo(shape)(product)
        return tuple(found)


class Power(Op):
    def __init__(self, exponent):
        self.exponent = exponent

    def forward(self, x):
        if self.exponent == 2:
            return x * x
        return np.power(x, self.exponent)

    def backward(self, grad):
        (x,) = self.inputs
        if self.exponent == 0:
            return Multiply()(grad, 0.0)
        slope = Multiply()(Power(self.exponent - 1)(x), self.exponent)
        return Multiply()(slope, grad)

# loses: kink
"""The larger of x and a x: where both are 0, the engine's maximum shares the gradient."""

import numpy as np

from minigan import Op, Tensor, ops

STUDENT_NUMBER = 904705


class LeakyReLU(Op):
    def __init__(self, slope):
        self.slope = slope

    def mask(self, x):
        return np.where(x > 0, 1.0, self.slope).astype(x.dtype)

    def forward(self, x):
        return x * self.mask(x)

    def backward(self, grad):
        return grad * Tensor(self.mask(self.inputs[0].data))


class Sigmoid(Op):
    def forward(self, x):
        e = np.exp(-abs(x))
        return np.where(x > 0, 1, e) / (1 + e)

    def backward(self, grad):
        y = sigmoid(self.inputs[0])
        return grad * y * (1.0 - y)


class Softplus(Op):
    def forward(self, x):
        return np.maximum(x, 0) + np.log1p(np.exp(-abs(x)))

    def backward(self, grad):
        return grad * sigmoid(self.inputs[0])


def leaky_relu(x, slope=0.2):
    return ops.maximum(x, x * slope)


def sigmoid(x):
    return Sigmoid()(x)


def softplus(x):
    return Softplus()(x)


def bce_with_logits(logits, target):
    return (softplus(-logits) * target + softplus(logits) * (1.0 - target)).mean()


class Own(Op):
    def forward(self, x):
        return np.arctan(x)

    def backward(self, grad):
        x = self.inputs[0].data
        return grad * Tensor(1 / (1 + x * x))


def own_activation(x):
    return Own()(x)

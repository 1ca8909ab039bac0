"""The sigmoid is half a tanh; the kept output comes back with its history; masks by arithmetic."""

import numpy as np

from minigan import Op, Tensor

STUDENT_NUMBER = 903697


class LeakyReLU(Op):
    keeps = ("positive",)

    def __init__(self, slope):
        self.slope = float(slope)

    def forward(self, x):
        self.positive = (x > 0).astype(x.dtype)
        return np.maximum(x, x * self.slope)

    def backward(self, grad):
        positive = Tensor(self.positive)
        return grad * positive + grad * (1.0 - positive) * self.slope


class Sigmoid(Op):
    keeps = ("y",)

    def forward(self, x):
        self.y = (1 + np.tanh(x / 2)) / 2
        return self.y

    def backward(self, grad):
        y = self.result(self.y)
        return grad * (y - y * y)


class Softplus(Op):
    def forward(self, x):
        return np.logaddexp(x, 0)

    def backward(self, grad):
        return grad * sigmoid(self.inputs[0])


class CrossEntropy(Op):
    """The mean of softplus(l) − t l, its gradient by hand: (σ(l) − t)/n."""

    def __init__(self, target):
        self.target = target

    def forward(self, x):
        t = self.target.data if isinstance(self.target, Tensor) else self.target
        return np.asarray((np.logaddexp(x, 0) - t * x).mean())

    def backward(self, grad):
        (x,) = self.inputs
        return (sigmoid(x) - self.target) * (1 / x.size) * grad


def leaky_relu(x, slope=0.2):
    return LeakyReLU(slope)(x)


def sigmoid(x):
    return Sigmoid()(x)


def softplus(x):
    return Softplus()(x)


def bce_with_logits(logits, target):
    return CrossEntropy(target)(logits)


class Own(Op):
    def forward(self, x):
        return np.arctan(x)

    def backward(self, grad):
        x = self.inputs[0].data
        return grad * Tensor(1 / (1 + x * x))


def own_activation(x):
    return Own()(x)

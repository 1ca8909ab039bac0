"""Positive and negative elements by themselves, by indices, in arrays of their own."""

import numpy as np

from minigan import Op, Tensor

STUDENT_NUMBER = 903867


class Pieces(Op):
    """y = f(x) where x ≤ 0, and h(x) where x > 0; the derivative is a function of Tensors."""

    def __init__(self, low, high, derivative):
        self.low, self.high, self.derivative = low, high, derivative

    def forward(self, x):
        y, positive = x.copy(), x > 0
        y[positive], y[~positive] = self.high(x[positive]), self.low(x[~positive])
        return y

    def backward(self, grad):
        return grad * self.derivative(self.inputs[0])


def leaky_relu(x, slope=0.2):
    def derivative(x):
        slopes = np.full_like(x.data, slope)
        slopes[x.data > 0] = 1
        return Tensor(slopes)

    return Pieces(lambda a: slope * a, lambda a: a, derivative)(x)


def sigmoid(x):
    return Pieces(
        lambda a: np.exp(a) / (1 + np.exp(a)), lambda a: 1 / (1 + np.exp(-a)), lambda x: sigmoid(x) * sigmoid(-x)
    )(x)


def softplus(x):
    return Pieces(lambda a: np.log1p(np.exp(a)), lambda a: a + np.log1p(np.exp(-a)), sigmoid)(x)


def bce_with_logits(logits, target):
    if not isinstance(target, Tensor):
        target = Tensor(np.full_like(logits.data, target))
    opposite = Tensor(1 - target.data)
    return (target * softplus(-logits) + opposite * softplus(logits)).mean()


class Own(Op):
    def forward(self, x):
        return abs(x) + np.log1p(np.exp(-2 * abs(x))) - np.log(2)

    def backward(self, grad):
        x = self.inputs[0].data
        return grad * Tensor(np.tanh(x))


def own_activation(x):
    return Own()(x)

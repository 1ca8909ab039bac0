"""Of the engine's own exp, log and where, with an op only where a corner would be."""

import numpy as np

from minigan import Op, Tensor, ops

STUDENT_NUMBER = "s" + "903782"


def leaky_relu(x, slope=0.2):
    return ops.where(x.data > 0, x, x * slope)


def size(x):
    """|x|, with a derivative of -1 at 0: there, both branches below agree."""
    return ops.where(x.data > 0, x, -x)


def sigmoid(x):
    e = (-size(x)).exp()
    return ops.where(x.data > 0, 1.0 / (1.0 + e), e / (1.0 + e))


def softplus(x):
    return ops.where(x.data > 0, x, 0.0) + (1.0 + (-size(x)).exp()).log()


def bce_with_logits(logits, target):
    losses = softplus(logits) - logits * target
    return losses.sum() / losses.size


class Own(Op):
    def forward(self, x):
        return np.arcsinh(x)

    def backward(self, grad):
        x = self.inputs[0].data
        return grad / Tensor(np.hypot(x, 1))


def own_activation(x):
    return Own()(x)

# loses: running
"""The momentum is the share of the old statistics."""

import numpy as np

from minigan import Op, Tensor, nn


class BatchNormalisation(Op):
    def __init__(self, epsilon):
        self.epsilon = epsilon

    def forward(self, x, scale, shift):
        self.axes = tuple(range(x.ndim - 1))
        self.inverse = 1.0 / np.sqrt(x.var(self.axes) + self.epsilon)
        self.hat = (x - x.mean(self.axes)) * self.inverse
        return scale * self.hat + shift

    def backward(self, grad):
        g, hat, scale = grad.data, self.hat, self.inputs[1].data
        dx = scale * self.inverse * (g - g.mean(self.axes) - hat * (g * hat).mean(self.axes))
        return Tensor(dx), Tensor((g * hat).sum(self.axes)), Tensor(g.sum(self.axes))


def batch_norm(x, scale, shift, epsilon=1e-5):
    return BatchNormalisation(float(epsilon))(x, scale, shift)


class BatchNorm(nn.Module):
    def __init__(self, channels, momentum=0.1, epsilon=1e-5):
        self.momentum, self.epsilon = momentum, epsilon
        self.scale = nn.Parameter(np.ones(channels, np.float32))
        self.shift = nn.Parameter(np.zeros(channels, np.float32))
        self.running_mean = Tensor(np.zeros(channels, np.float32))
        self.running_variance = Tensor(np.ones(channels, np.float32))

    def forward(self, x):
        axes = tuple(range(x.ndim - 1))
        if not self.training:
            factor = self.scale / (self.running_variance + self.epsilon) ** 0.5
            return (x - self.running_mean) * factor + self.shift
        for running, new in (
            (self.running_mean, x.data.mean(axes)),
            (self.running_variance, x.data.var(axes, ddof=1)),
        ):
            running.data = self.momentum * running.data + (1 - self.momentum) * new
        return batch_norm(x, self.scale, self.shift, self.epsilon)

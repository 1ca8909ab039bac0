"""The gradient step by step, through the deviation and through the mean."""

import numpy as np

import minigan
from minigan import nn


class Normalise(minigan.Op):
    """Forward in small steps, and each of them backwards."""

    keeps = ("centred", "inverse", "hat")

    def __init__(self, epsilon):
        self.epsilon = epsilon

    def forward(self, x, scale, shift):
        rows = x.reshape(-1, x.shape[-1])
        self.centred = rows - rows.mean(0)
        variance = np.einsum("nc,nc->c", self.centred, self.centred) / np.array(len(rows), x.dtype)
        self.inverse = (variance + np.array(self.epsilon, x.dtype)) ** -0.5
        self.hat = self.centred * self.inverse
        return (self.hat * scale + shift).reshape(x.shape)

    def backward(self, grad):
        g, m = grad.data.reshape(self.hat.shape), len(self.hat)
        d_hat = g * self.inputs[1].data
        d_inverse = (d_hat * self.centred).sum(0)
        d_variance = -0.5 * self.inverse**3 * d_inverse
        d_centred = d_hat * self.inverse + 2 / m * self.centred * d_variance
        d_x = d_centred - d_centred.sum(0) / m
        found = d_x.reshape(grad.shape), (g * self.hat).sum(0), g.sum(0)
        return tuple(minigan.Tensor(a) if need else None for a, need in zip(found, self.needs))


def batch_norm(x, scale, shift, epsilon=1e-5):
    return Normalise(epsilon)(x, scale, shift)


class BatchNorm(nn.Module):
    def __init__(self, channels, momentum=0.1, epsilon=1e-5):
        self.rate, self.epsilon = momentum, epsilon
        self.running_mean = minigan.Tensor(np.zeros(channels, np.float32))
        self.running_variance = minigan.Tensor(np.ones(channels, np.float32))
        self.scale, self.shift = nn.Parameter(np.ones(channels)), nn.Parameter(np.zeros(channels))
        for parameter in (self.scale, self.shift):
            parameter.data = parameter.data.astype(np.float32)

    def update(self, running, new):
        running.data *= 1 - self.rate
        running.data += self.rate * new

    def forward(self, x):
        if self.training:
            rows = x.data.reshape(-1, x.shape[-1])
            self.update(self.running_mean, rows.mean(0))
            self.update(self.running_variance, rows.var(0) * len(rows) / (len(rows) - 1))
            return batch_norm(x, self.scale, self.shift, self.epsilon)
        inverse = minigan.Tensor((self.running_variance.data + self.epsilon) ** -0.5)
        return (x - self.running_mean) * inverse * self.scale + self.shift

"""A loop over channels, and the derivatives as a matrix; the layer asks the node for its statistics."""

import numpy as np

from minigan import Op, Tensor, nn


class OfChannels(Op):
    """Channel by channel, in place in arrays of its own; the gradient by the whole matrix of derivatives."""

    def __init__(self, epsilon):
        self.epsilon = epsilon

    def forward(self, x, scale, shift):
        y, self.hats, self.deviations = np.empty_like(x), np.empty_like(x), []
        for c in range(x.shape[-1]):
            one = x[..., c].copy()
            one -= one.mean()
            self.deviations.append(float(np.sqrt((one * one).mean() + self.epsilon)))
            one /= self.deviations[c]
            self.hats[..., c] = one
            y[..., c] = one * scale[c] + shift[c]
        self.mean = x.mean(tuple(range(x.ndim - 1)))
        self.variance = np.array(self.deviations, x.dtype) ** 2 - self.epsilon
        return y

    def backward(self, grad):
        x, scale, shift = (np.zeros_like(t.data) for t in self.inputs)
        for c, deviation in enumerate(self.deviations):
            g, hat = grad.data[..., c].ravel(), self.hats[..., c].ravel()
            m = len(g)
            jacobian = (np.eye(m) - 1 / m - np.outer(hat, hat) / m) / deviation
            x[..., c] = (self.inputs[1].data[c] * g @ jacobian).reshape(x.shape[:-1])
            scale[c], shift[c] = g @ hat, g.sum()
        return Tensor(x), Tensor(scale), Tensor(shift)


def batch_norm(x, scale, shift, epsilon=1e-5):
    return OfChannels(epsilon)(x, scale, shift)


class BatchNorm(nn.Module):
    def __init__(self, channels, momentum=0.1, epsilon=1e-5):
        self.momentum, self.epsilon = momentum, epsilon
        self.scale = nn.Parameter(np.ones(channels, np.float32))
        self.shift = nn.Parameter(np.zeros(channels, np.float32))
        self.running_mean = Tensor(np.zeros(channels, np.float32))
        self.running_variance = Tensor(np.ones(channels, np.float32))

    def forward(self, x):
        if self.training:
            node = OfChannels(self.epsilon)
            y, m = node(x, self.scale, self.shift), x.size // x.shape[-1]
            self.running_mean.data[:] += self.momentum * (node.mean - self.running_mean.data)
            self.running_variance.data[:] += self.momentum * (node.variance * m / (m - 1) - self.running_variance.data)
            return y
        shape = x.shape
        x = x.reshape(-1, shape[-1])
        y = (x - self.running_mean) / (self.running_variance + self.epsilon) ** 0.5 * self.scale + self.shift
        return y.reshape(shape)

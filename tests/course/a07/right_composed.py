"""Of the engine's own operations: no gradient by hand; new Tensors for the running statistics."""

import numpy as np

from minigan import Tensor, nn
from minigan.graph import no_grad


def batch_norm(x, scale, shift, epsilon=1e-5):
    axes = tuple(range(x.ndim - 1))
    centred = x - x.mean(axes)
    return centred / ((centred * centred).mean(axes) + epsilon).sqrt() * scale + shift


class BatchNorm(nn.Module):
    def __init__(self, channels, momentum=0.1, epsilon=1e-5):
        self.momentum, self.epsilon, self.seen = momentum, epsilon, 0
        self.scale, self.shift = (nn.Parameter(make(channels, np.float32)) for make in (np.ones, np.zeros))
        self.running_mean, self.running_variance = (Tensor(make(channels)) for make in (np.zeros, np.ones))
        self.astype(np.float32)

    def learn(self, x):
        self.seen += 1
        axes, m = tuple(range(x.ndim - 1)), x.size // x.shape[-1]
        with no_grad():
            for name, new in {"mean": x.mean(axes), "variance": x.var(axes) * (m / (m - 1))}.items():
                old = getattr(self, f"running_{name}")
                setattr(self, f"running_{name}", old + (new - old) * self.momentum)

    def forward(self, x):
        if self.training:
            self.learn(x)
            return batch_norm(x, self.scale, self.shift, self.epsilon)
        factor = self.scale / (self.running_variance + self.epsilon).sqrt()
        return x * factor + (self.shift - self.running_mean * factor)

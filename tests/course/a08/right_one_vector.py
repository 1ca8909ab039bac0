"""All parameters as one flat vector, those without a gradient left out."""

import numpy as np


class Adam:
    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), epsilon=1e-8):
        self.parameters, self.lr, self.betas, self.epsilon = tuple(parameters), lr, betas, epsilon
        size = sum(p.size for p in self.parameters)
        self.m, self.v, self.t = np.zeros(size), np.zeros(size), np.zeros(size)

    def step(self):
        has = np.concatenate([np.full(p.size, p.grad is not None) for p in self.parameters])
        g = np.concatenate([np.zeros(p.size) if p.grad is None else p.grad.data.ravel() for p in self.parameters])
        (beta1, beta2), m, v = self.betas, self.m, self.v
        self.t += has
        m[has] = beta1 * m[has] + (1 - beta1) * g[has]
        v[has] = beta2 * v[has] + (1 - beta2) * g[has] ** 2
        t = np.maximum(self.t, 1)
        change = has * self.lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)) ** 0.5 + self.epsilon)
        start = 0
        for p in self.parameters:
            p.data[...] -= change[start : start + p.size].reshape(p.shape)
            p.grad, start = None, start + p.size

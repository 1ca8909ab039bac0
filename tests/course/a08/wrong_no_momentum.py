# loses: moments, valley
"""The direction is that of the last gradient."""

import numpy as np


class Adam:
    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), epsilon=1e-8):
        self.parameters, self.lr, self.betas, self.epsilon = list(parameters), lr, betas, epsilon
        self.m = [np.zeros_like(p.data) for p in self.parameters]
        self.v = [np.zeros_like(p.data) for p in self.parameters]
        self.t = 0

    def step(self):
        self.t += 1
        _, beta2 = self.betas
        for p, v in zip(self.parameters, self.v):
            if p.grad is None:
                continue
            g = p.grad.data
            v[...] = beta2 * v + (1 - beta2) * g * g
            v_hat = v / (1 - beta2**self.t)
            p.data -= self.lr * g / (np.sqrt(v_hat) + self.epsilon)
            p.grad = None

# loses: epsilon
"""No ε: 0 / 0 where the gradient is 0."""

import numpy as np


class Adam:
    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), epsilon=1e-8):
        self.parameters, self.lr, self.betas, self.epsilon = list(parameters), lr, betas, epsilon
        self.m = [np.zeros_like(p.data) for p in self.parameters]
        self.v = [np.zeros_like(p.data) for p in self.parameters]
        self.t = 0

    def step(self):
        self.t += 1
        beta1, beta2 = self.betas
        for p, m, v in zip(self.parameters, self.m, self.v):
            if p.grad is None:
                continue
            g = p.grad.data
            m[...] = beta1 * m + (1 - beta1) * g
            v[...] = beta2 * v + (1 - beta2) * g * g
            m_hat, v_hat = m / (1 - beta1**self.t), v / (1 - beta2**self.t)
            p.data -= self.lr * m_hat / np.sqrt(v_hat)
            p.grad = None

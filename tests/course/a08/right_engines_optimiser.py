"""A subclass of the engine's Optimizer, which does the bookkeeping."""

import numpy as np

from minigan import optim


class Adam(optim.Optimizer):
    moments = ("m", "v")

    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), epsilon=1e-8):
        super().__init__(parameters, lr)
        self.betas, self.epsilon = betas, epsilon

    def update(self, p, g, state, step):
        for name, beta, new in (("m", self.betas[0], g), ("v", self.betas[1], g * g)):
            state[name][...] = beta * state[name] + (1 - beta) * new
        m_hat, v_hat = state["m"] / (1 - self.betas[0] ** step), state["v"] / (1 - self.betas[1] ** step)
        p -= self.lr * m_hat / (np.sqrt(v_hat) + self.epsilon)

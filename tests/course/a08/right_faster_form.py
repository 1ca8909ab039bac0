"""The paper's faster form, with t, m and v for each parameter, all in place."""

import numpy as np


class State:
    def __init__(self, p):
        self.t, self.m, self.v = 0, np.zeros_like(p.data), np.zeros_like(p.data)


class Adam:
    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), epsilon=1e-8):
        self.parameters, self.lr, self.betas, self.epsilon, self.states = list(parameters), lr, betas, epsilon, {}

    def step(self):
        beta1, beta2 = self.betas
        for p in self.parameters:
            if p.grad is not None:
                state = self.states.setdefault(id(p), State(p))
                state.t += 1
                g = p.grad.data
                state.m += (1 - beta1) * (g - state.m)
                state.v *= beta2
                state.v += (1 - beta2) * np.square(g)
                change = np.sqrt(state.v)
                change += self.epsilon
                np.divide(state.m, change, out=change)
                change *= self.lr * (1 - beta2**state.t) ** 0.5 / (1 - beta1**state.t)
                np.subtract(p.data, change, out=p.data)
                p.grad = None

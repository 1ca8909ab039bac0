"""A8. Adam

Write `Adam`: the optimiser that both networks of the DCGAN learn by. It gives every number of a network a step length
of its own.

Check your work as often as you like:      python -m minigan.course check a08
A hint for the part "moments":             python -m minigan.course check a08 --hint moments
Train the DCGAN with your Adam:            python -m minigan.course train a08
"""

import numpy as np  # noqa: F401  (you will need it)


class Adam:
    """m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  p ← p − lr · m̂ / (√v̂ + ε)

    for every parameter p with the gradient g. The moments m and v are arrays of p's shape, 0 at first; after t steps,
    m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) (Kingma & Ba 2015, algorithm 1).
    """

    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), epsilon=1e-8):
        """For a list of parameters, such as network.parameters(): Tensors of any shapes.

        Keep the learning rate as self.lr and read it in every step: who trains lowers it on the way.
        """
        raise NotImplementedError("A8: write Adam.__init__ in a08.py")

    def step(self):
        """Change every parameter that has a gradient, in place, and then forget its gradient: p.grad = None.

        p.data is the NumPy array of a parameter p, and must stay the same array, with new numbers in it. p.grad is None
        where no gradient has arrived: such a parameter stays as it is. Otherwise the gradient is p.grad.data, an array
        that others may hold too: do not change it. float32 stays float32.
        """
        raise NotImplementedError("A8: write Adam.step in a08.py")

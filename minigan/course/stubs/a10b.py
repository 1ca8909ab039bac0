"""A10b. A critic with a slope of one

Write the losses of WGAN-GP (Gulrajani et al. 2017): D is no longer a judge but a critic, whose scores may be any
numbers, and a penalty keeps its slope at 1. The penalty contains a gradient, and is differentiated itself.

Check your work as often as you like:      python -m minigan.course check a10b
A hint for the part "second_order":        python -m minigan.course check a10b --hint second_order
Train the DCGAN with your losses:          python -m minigan.course train a10b
"""

import numpy as np

from minigan import Tensor, grad  # noqa: F401  (grad(y, [x], create_graph=True) gives gradients that have a history)


def between(real: Tensor, fake: Tensor, rng: np.random.Generator) -> Tensor:
    """x̂ = ε x + (1 − ε) G(z): for each pair of a real and a generated image (N, …) a point between them.

    ε is uniform from 0 to 1, drawn from rng, and another number for each image. x̂ is new data, without a history.
    """
    raise NotImplementedError("A10b: write between in a10b.py")


def penalty(discriminator, x: Tensor) -> Tensor:
    """mean over the images of (‖∂d(x)/∂x‖ − 1)², of shape (), for images x (N, …).

    d(x) = discriminator(x) are scores (N,), and ‖ ‖ is the norm over all numbers of one image. The result can be
    differentiated by D's weights, also where ∂d/∂x is 0.
    """
    raise NotImplementedError("A10b: write penalty in a10b.py")


def critic_loss(discriminator, real: Tensor, fake: Tensor, rng: np.random.Generator, weight=10.0) -> Tensor:
    """L_D = mean d(fake) − mean d(real) + weight · penalty, at points between them; of shape ().

    `fake` comes from G with its history: no gradient may arrive there.
    """
    raise NotImplementedError("A10b: write critic_loss in a10b.py")


def generator_loss(discriminator, fake: Tensor) -> Tensor:
    """L_G = −mean d(fake), of shape ()."""
    raise NotImplementedError("A10b: write generator_loss in a10b.py")

"""Image by image: a gradient for each, ε one at a time."""

import numpy as np

from minigan import Tensor, grad, ops


def between(real, fake, rng):
    points = []
    for a, b in zip(real.numpy(), fake.numpy()):
        share = rng.random()
        points.append((share * a + (1 - share) * b).astype(a.dtype))
    return Tensor(np.stack(points))


def penalty(discriminator, x):
    total = 0.0
    for image in x.data:
        one = Tensor(image[None], requires_grad=True)
        (slope,) = grad(discriminator(one), [one], grad_outputs=Tensor(np.ones(1, one.dtype)), create_graph=True)
        total = total + (ops.sqrt((slope**2).sum() + 1e-10) - 1) ** 2
    return total / len(x)


def critic_loss(discriminator, real, fake, rng, weight=10.0):
    points = between(real, fake, rng)
    fake = Tensor(fake.numpy())
    scores = [discriminator(images) for images in (real, fake)]
    return -(scores[0] - scores[1]).mean() + penalty(discriminator, points) * weight


def generator_loss(discriminator, fake):
    return (-discriminator(fake)).mean()

# loses: exact
"""The known pixels are G's, too."""

import numpy as np

from minigan import Tensor, nn, ops, optim


def contextual(drawn, images, known):
    difference = drawn - images
    mask = known[..., None].astype(images.dtype)
    return (difference * difference * mask).sum(axis=(1, 2, 3))


def perceptual(discriminator, drawn):
    return ops.softplus(-discriminator(drawn))


def loss(generator, discriminator, z, images, known, weight=0.1):
    with nn.evaluation(generator), nn.evaluation(discriminator), generator.frozen(), discriminator.frozen():
        drawn = generator(z)
        return contextual(drawn, images, known) + weight * perceptual(discriminator, drawn)


def draw(generator, z):
    with nn.inference(generator):
        return generator(Tensor(z)).data


def complete(generator, discriminator, images, known, starts, steps=100, lr=0.05, weight=0.1):
    drawn = draw(generator, starts)
    errors = [[((a - b)[mask] ** 2).sum() for b in drawn] for a, mask in zip(images, known)]
    z = nn.Parameter(starts[np.argmin(errors, axis=1)].copy())
    adam = optim.Adam([z], lr)
    for _ in range(steps):
        loss(generator, discriminator, z, images, known, weight).sum().backward()
        adam.step()
    return draw(generator, z.data), z.data

# loses: contextual, perceptual, loss, start, no_peeking, untouched, fit, exact, hole
"""Calls the package's own search."""

import numpy as np

from minigan.data.dataset import to_bytes
from minigan.explore.completion import Search


def contextual(drawn, images, known):
    raise NotImplementedError


def perceptual(discriminator, drawn):
    raise NotImplementedError


def loss(generator, discriminator, z, images, known, weight=0.1):
    search = Search(generator, discriminator, to_bytes(images), known, rng=np.random.default_rng(0), weight=weight)
    return sum(search.terms(z))


def complete(generator, discriminator, images, known, starts, steps=100, lr=0.05, weight=0.1):
    settings = {"restarts": 1, "weight": weight, "deviation": 0.0, "lr": lr}
    search = Search(generator, discriminator, to_bytes(images), known, rng=np.random.default_rng(0), **settings)
    for _ in search.steps(steps):
        pass
    return np.where(known[..., None], images, search.drawn() / 127.5 - 1), search.found()

"""A pool of samples in a made-up world, in which it is known which z shows what."""

import numpy as np

from minigan.explore.concepts import Pool

NAMES = ["glasses", "hat", "beard"]


def made_up_pool(count=400, seed=0):
    """z's whose first three numbers decide what their images show."""
    z = np.random.default_rng(seed).normal(size=(count, 5)).astype(np.float32)
    images = np.zeros((count, 4, 4, 1), np.uint8)
    return Pool(z, images, z[:, :3] > 0, NAMES)

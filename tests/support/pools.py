"""An artificial pool of samples in which z determines the concepts."""

import numpy as np

from minigan.explore.concepts import Pool

NAMES = ["glasses", "hat", "beard"]


def made_up_pool(count=400, seed=0):
    """Random z's; the signs of the first three dimensions are the three concepts."""
    z = np.random.default_rng(seed).normal(size=(count, 5)).astype(np.float32)
    images = np.zeros((count, 4, 4, 1), np.uint8)
    return Pool(z, images, z[:, :3] > 0, z[:, :3], NAMES)

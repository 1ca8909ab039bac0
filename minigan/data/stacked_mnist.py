"""Stacked MNIST: three digits as the red, green and blue channel of one image, so that there are 1,000 kinds.

A generator that leaves out kinds is caught by counting them (Metz et al. 2017, arXiv:1611.02163, §3.3.1; Srivastava et
al. 2017, arXiv:1705.07761, §4.1.2).
"""

import numpy as np

from .dataset import ImageDataset
from .mnist import load_mnist

CHANNELS, SEED = 3, 0


def load_stacked_mnist(split: str = "train") -> ImageDataset:
    """As many images as MNIST's split has digits, "train" or "t10k", 28×28×3; each digit is in each channel once.

    The labels are 0 … 999: 407 is a 4 in red, a 0 in green and a 7 in blue.  The same digits are always together.
    """
    digits = load_mnist(split)
    assert digits.labels is not None
    rng = np.random.default_rng(SEED)
    chosen = np.stack([rng.permutation(len(digits)) for _ in range(CHANNELS)], axis=1)
    images = np.moveaxis(digits.images[chosen][..., 0], 1, 3)
    labels = digits.labels[chosen].astype(np.int64) @ (100, 10, 1)
    names = [f"{number:03d}" for number in range(1000)]
    return ImageDataset("stacked-mnist", np.ascontiguousarray(images), labels, names)

"""A result of a gigabyte."""

import numpy as np

from minigan import Tensor


def conv2d(*_):
    return Tensor(np.zeros((1 << 27,)))

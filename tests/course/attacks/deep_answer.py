"""An array of objects, of text, and of a hundred axes, in turn."""

import numpy as np

from minigan import Tensor

KINDS = [np.array([{}, []], dtype=object), np.array(["passed"]), np.zeros((1,) * 30)]


def conv2d(*_):
    result = Tensor([1.0])
    result._data = KINDS[0]
    KINDS.append(KINDS.pop(0))
    return result

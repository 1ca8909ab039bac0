"""A table of trained vectors."""

import numpy as np

from .. import ops
from ..arrays.backend import Array
from ..tensor import Tensor
from .init import Initializer, normal
from .layers import drawn
from .module import Module


class Embedding(Module):
    """Integers from 0 to `count` − 1, of any shape (…), to trained vectors (…, features), at first from N(0, 1).

    `weight` is (count, features); `init` draws it otherwise.  Raises ValueError for a size below 1, and for other
    integers; TypeError if `rng` is no NumPy Generator.
    """

    def __init__(self, count: int, features: int, *, rng: np.random.Generator, init: Initializer | None = None):
        self.weight = drawn(init or normal(0.0, 1.0), rng, (count, features))

    def forward(self, indices: Array) -> Tensor:
        return ops.embedding(self.weight, indices)

    def __repr__(self) -> str:
        return f"Embedding{self.weight.shape}"

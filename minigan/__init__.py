"""minigan: a deep-learning framework small enough to read in an afternoon, and the DCGAN built from it."""

from . import nn, ops, optim
from .graph import no_grad
from .tensor import Op, Tensor, grad

__version__ = "0.1.0"
__all__ = ["Op", "Tensor", "grad", "nn", "no_grad", "ops", "optim"]

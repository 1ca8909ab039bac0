"""Initial weights.  Each initialiser is a function (rng, shape) → float32 array, drawn on the host.

For a kernel (kh, kw, C_in, C_out) or a matrix (in, out), fan-in is the product of all axes but the last
(also for a transposed convolution, which stores the kernel of the convolution that it transposes).
"""

import math
from collections.abc import Callable

import numpy as np

Initializer = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def checked(rng: np.random.Generator) -> np.random.Generator:
    """`rng`, or TypeError if it is no Generator."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng expected a generator, such as numpy.random.default_rng(0), got {rng!r}")
    return rng


def normal(mean: float = 0.0, std: float = 0.02) -> Initializer:
    """N(mean, std²); the defaults are DCGAN's (Radford et al. 2016, arXiv:1511.06434, §4)."""
    return lambda rng, shape: rng.normal(mean, std, shape).astype(np.float32)


def constant(value: float) -> Initializer:
    """The same number everywhere."""
    return lambda rng, shape: np.full(shape, value, np.float32)


def he_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """N(0, 2 / fan-in), for layers followed by ReLU (He et al. 2015, arXiv:1502.01852, eq. 10)."""
    return normal(0.0, math.sqrt(2.0 / _fans(shape)[0]))(rng, shape)


def glorot_uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """U(−a, a), a = √(6 / (fan-in + fan-out)), for tanh and sigmoid (Glorot & Bengio 2010, eq. 16)."""
    a = math.sqrt(6.0 / sum(_fans(shape)))
    return rng.uniform(-a, a, shape).astype(np.float32)


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    area = math.prod(shape[:-2])
    return area * shape[-2], area * shape[-1]

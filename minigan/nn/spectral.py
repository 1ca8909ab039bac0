"""Spectral normalisation: a layer whose weight matrix has a largest singular value of about 1."""

from typing import Any

import numpy as np

from ..arrays.backend import Array, namespace
from ..tensor import Tensor
from .init import checked
from .layers import ConvTranspose2d
from .module import Module


class SpectralNorm(Module):
    """The layer inside, computed with W / σ(W) instead of its weight W (Miyato et al. 2018, arXiv:1802.05957, alg. 1).

    W is taken as a matrix with a column for each output channel.  σ, its largest singular value, is vᵀ W u, where
    each forward pass in training improves u and v by one step of the power iteration; they count as constants, and the
    gradient flows through W in both places.  `layer` is a Linear, Conv2d or ConvTranspose2d.  u is drawn from `rng`,
    and improved by `iterations` steps.  Raises TypeError if `rng` is no NumPy Generator.
    """

    def __init__(self, layer: Any, *, rng: np.random.Generator, iterations: int = 15):
        self.layer = layer
        rows, columns = self._matrix(layer.weight).shape
        self.u = Tensor(checked(rng).normal(size=columns).astype(layer.weight.dtype))
        self.v = Tensor(np.zeros(rows, layer.weight.dtype))
        for _ in range(iterations):
            self._iterate(self._matrix(layer.weight).data)

    def forward(self, x: Tensor) -> Tensor:
        weight = self.layer.weight
        matrix = self._matrix(weight)
        if self.training:
            self._iterate(matrix.data)
        u, v = Tensor(self.u.data.copy()), Tensor(self.v.data.copy())  # the next pass changes them
        sigma = (v.reshape(1, -1) @ matrix @ u.reshape(-1, 1)).sum()
        self.layer.weight = weight / sigma
        try:
            return self.layer(x)
        finally:
            self.layer.weight = weight

    def _matrix(self, weight: Tensor) -> Tensor:
        """W as (inputs and taps, output channels)."""
        if isinstance(self.layer, ConvTranspose2d):  # (kh, kw, C_out, C_in)
            weight = weight.transpose(0, 1, 3, 2)
        return weight.reshape(-1, weight.shape[-1])

    def _iterate(self, w: Array) -> None:
        self.v.data = _unit(w @ self.u.data)
        self.u.data = _unit(w.T @ self.v.data)


def _unit(x: Array) -> Array:
    """x divided by its length (a length of 0 counts as 10⁻¹²)."""
    return x / namespace(x).maximum(namespace(x).sqrt((x * x).sum()), 1e-12)

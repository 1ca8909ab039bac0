"""What normalises D's hidden layers, by name: batch norm, as in DCGAN, or what is put in its place.

With batch norm D's output for an image depends on the other images of the batch; with the others it does not, as
penalties on the slope of D assume.  Each function takes a newly built D and replaces layers in place.  G keeps its
batch norm.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..nn import BatchNorm2d, Conv2d, GroupNorm, InstanceNorm2d, Module, Parameter, SpectralNorm, init
from .labels import WithLabels
from .networks import Discriminator

Normaliser = Callable[[Discriminator, np.random.Generator], None]


def batch(discriminator: Discriminator, rng: np.random.Generator) -> None:
    """Batch norm after every hidden convolution but the first, DCGAN's rule 2 (Radford et al. 2016, §3)."""


def none(discriminator: Discriminator, rng: np.random.Generator) -> None:
    """No norm: convolutions get a bias, and their initial weights from N(0, 2 / fan-in), see `init.he_normal`.

    DCGAN's initial weights, N(0, 0.02²), would make the values smaller with every layer.
    """
    replace_norms(discriminator, lambda features, convolution: [])
    *hidden, _ = (layer for layer in discriminator.net.layers if isinstance(layer, Conv2d))
    for layer in hidden:
        layer.weight.data = init.he_normal(rng, layer.weight.shape)


def layer(discriminator: Discriminator, rng: np.random.Generator) -> None:
    """Layer norm: over all values of an image (Ba et al. 2016, arXiv:1607.06450), as in WGAN-GP.

    Each channel has its scale and shift: that is `GroupNorm` with a single group.
    """
    replace_norms(discriminator, lambda features, convolution: [GroupNorm(1, features)])


def instance(discriminator: Discriminator, rng: np.random.Generator) -> None:
    """Instance norm: over the pixels of each channel and image (Ulyanov et al. 2016, arXiv:1607.08022).

    A hidden fully connected layer, whose map has a single pixel, gets layer norm.
    """

    def norm(features: int, convolution: Conv2d) -> list[Module]:
        return [InstanceNorm2d(features) if convolution.stride != (1, 1) else GroupNorm(1, features)]

    replace_norms(discriminator, norm)


def spectral(discriminator: Discriminator, rng: np.random.Generator) -> None:
    """Spectral norm of the weights of every layer (Miyato et al. 2018, arXiv:1802.05957), see `SpectralNorm`."""
    replace_norms(discriminator, lambda features, convolution: [])
    layers = discriminator.net.layers
    discriminator.net.layers = [
        SpectralNorm(layer, rng=rng) if isinstance(layer, Conv2d) else layer for layer in layers
    ]
    if isinstance(discriminator, WithLabels):
        discriminator.head = SpectralNorm(discriminator.head, rng=rng)
    if discriminator.attribute_head is not None:
        discriminator.attribute_head = SpectralNorm(discriminator.attribute_head, rng=rng)


def replace_norms(discriminator: Discriminator, norm: Callable[[int, Conv2d], list[Module]]) -> None:
    """Replace each batch norm by `norm` (features, convolution before it); without a norm that gets a bias."""
    layers: list[Module] = []
    for old in discriminator.net.layers:
        if not isinstance(old, BatchNorm2d):
            layers.append(old)
            continue
        convolution: Any = layers[-1]
        new = norm(old.scale.size, convolution)
        if not new:
            convolution.bias = Parameter(np.zeros(old.scale.size, np.float32))
        layers += new
    discriminator.net.layers = layers


NORMALISERS: dict[str, Normaliser] = {
    "batch": batch, "none": none, "layer": layer, "instance": instance, "spectral": spectral,
}  # fmt: skip

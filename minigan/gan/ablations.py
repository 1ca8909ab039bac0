"""Ablations: DCGAN without one of its design rules (Radford et al. 2016, §3, "Architecture guidelines").

Each function below breaks one rule: it takes newly built DCGAN networks and replaces layers in place.  The other layers
keep their initial weights, so two runs with the same seed differ only in that rule.  New layers are initialised as in
the paper, from N(0, 0.02²), and also get the label if there are classes.
"""

from collections.abc import Callable

import numpy as np

from ..nn import (
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    GlobalAveragePool2d,
    LeakyReLU,
    MaxPool2d,
    Module,
    Parameter,
    ReLU,
    Rescale,
    Sigmoid,
    Tanh,
    UpsampleNearest,
    init,
)
from .networks import Discriminator, Generator, add_hidden_layers


def without_strides(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """Stride 1 everywhere: D downsamples by max pooling, G upsamples by nearest neighbour.

    Kernels are 3×3 with padding 1, which keeps the size (4×4 kernels cannot).  Together with 2×2 pooling or
    upsampling, they have the same receptive field as a 4×4 kernel with stride 2.
    """

    def replaced(layer: Module) -> Conv2d | None:
        """The size-preserving convolution that replaces a strided one; None for other layers."""
        if not isinstance(layer, Conv2d) or layer.stride == (1, 1):
            return None
        return Conv2d(*layer.channels, 3, padding=1, bias=layer.bias is not None, rng=rng, init=init.normal())

    layers: list[Module] = []
    for layer in generator.net.layers:
        new = replaced(layer)
        layers += [layer] if new is None else [UpsampleNearest(), new]
    generator.net.layers = layers

    layers, old = [], list(discriminator.net.layers)
    while old:
        layer = old.pop(0)
        new = replaced(layer)
        if new is None:
            layers.append(layer)
        else:  # pooling comes after the activation, or before the batch norm if there is one
            layers += [new, *([old.pop(0)] if isinstance(old[0], LeakyReLU) else []), MaxPool2d()]
    discriminator.net.layers = layers


def without_batchnorm(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """No batch norm; the convolution before it gets a bias instead."""
    for network in (generator, discriminator):
        layers: list[Module] = []
        for layer in network.net.layers:
            if isinstance(layer, BatchNorm2d):
                convolution = layers[-1]
                assert isinstance(convolution, Conv2d)
                convolution.bias = Parameter(np.zeros(layer.scale.size, np.float32))
            else:
                layers.append(layer)
        network.net.layers = layers


def with_hidden_layers(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """A hidden fully connected layer in both: in G after z, in D before the logit."""
    if isinstance(generator.net.layers[0], ConvTranspose2d):  # otherwise they have these layers already
        add_hidden_layers(generator, discriminator, rng)


def with_average_pooling(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """Global average pooling before D's logit: it depends on the mean of each feature map, not on every position."""
    *layers, output = discriminator.net.layers
    assert isinstance(output, Conv2d)
    logit = Conv2d(output.channels[0], 1, 1, rng=rng, init=init.normal())
    discriminator.net.layers = [*layers, GlobalAveragePool2d(), logit]


def without_relu(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """Tanh, which saturates, instead of ReLU in G's hidden layers."""
    generator.net.layers = [Tanh() if isinstance(layer, ReLU) else layer for layer in generator.net.layers]


def without_tanh(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """Sigmoid instead of G's last tanh, and images from 0 to 1 inside the networks.

    G rescales the sigmoid's range 0 … 1 to −1 … 1, and D rescales its input, real or generated, back to 0 … 1.  So
    outside the networks images are −1 … 1 as always.
    """
    *layers, _ = generator.net.layers
    generator.net.layers = [*layers, Sigmoid(), Rescale(2.0, -1.0)]
    discriminator.net.layers = [Rescale(0.5, 0.5), *discriminator.net.layers]


def without_leaky(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """ReLU instead of LeakyReLU in D."""
    layers = discriminator.net.layers
    discriminator.net.layers = [ReLU() if isinstance(layer, LeakyReLU) else layer for layer in layers]


Rule = Callable[[Generator, Discriminator, np.random.Generator], None]
RULES: dict[str, Rule] = {  # values of --ablate: the rule that is broken
    "strides": without_strides,
    "batchnorm": without_batchnorm,
    "connected": with_hidden_layers,
    "average": with_average_pooling,
    "relu": without_relu,
    "tanh": without_tanh,
    "leaky": without_leaky,
}

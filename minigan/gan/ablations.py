"""The DCGAN without one of its design rules (Radford et al. 2016, §3, "Architecture guidelines"), one rule at a time.

Each function below breaks one rule: it takes the paper's networks, just built, and exchanges layers in place.  The
other layers stay, with the weights they were drawn with, so two runs of one seed differ in that rule alone.  Layers
that are new begin as the paper's do, at N(0, 0.02²), and are told the label if there are classes.
"""

from collections.abc import Callable

import numpy as np

from ..nn import (
    BatchNorm2d,
    Conv2d,
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
    """Stride 1 throughout: max pooling halves in D, nearest upsampling doubles in G.

    Kernels are 3×3, padding 1, which keeps the size (4×4 cannot).  Next to 2×2 pooling or upsampling, a feature depends
    on exactly the pixels that it depends on by a 4×4 kernel at stride 2.
    """

    def replaced(layer: Module) -> Conv2d | None:
        """The convolution that keeps the size, if this one changed it."""
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
        else:  # pooling comes after the activation, if one follows, else before the batch norm
            layers += [new, *([old.pop(0)] if isinstance(old[0], LeakyReLU) else []), MaxPool2d()]
    discriminator.net.layers = layers


def without_batchnorm(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """No batch norm: the convolution before it gets a bias."""
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
    """A hidden fully connected layer at both ends: between z and the projection, between the features and the logit."""
    if not generator.classes:  # with classes they have these layers already
        add_hidden_layers(generator, discriminator, rng)


def with_average_pooling(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """D's logit from the mean of each feature over the map, global average pooling, instead of from every pixel."""
    *layers, judge = discriminator.net.layers
    assert isinstance(judge, Conv2d)
    logit = Conv2d(judge.channels[0], 1, 1, rng=rng, init=init.normal())
    discriminator.net.layers = [*layers, GlobalAveragePool2d(), logit]


def without_relu(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """Tanh, which saturates, for the ReLU of G's features."""
    generator.net.layers = [Tanh() if isinstance(layer, ReLU) else layer for layer in generator.net.layers]


def without_tanh(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """Sigmoid for G's last tanh, and images from 0 to 1.

    The range belongs to the networks: G rescales its sigmoid's 0 … 1 to −1 … 1, and D first takes whatever it is shown,
    real or generated, back to 0 … 1.  Data, scores and pictures are −1 … 1 as ever, and need not know.
    """
    *layers, _ = generator.net.layers
    generator.net.layers = [*layers, Sigmoid(), Rescale(2.0, -1.0)]
    discriminator.net.layers = [Rescale(0.5, 0.5), *discriminator.net.layers]


def without_leaky(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """ReLU for LeakyReLU in D."""
    layers = discriminator.net.layers
    discriminator.net.layers = [ReLU() if isinstance(layer, LeakyReLU) else layer for layer in layers]


Rule = Callable[[Generator, Discriminator, np.random.Generator], None]
RULES: dict[str, Rule] = {  # by the rule that is broken
    "strides": without_strides,
    "batchnorm": without_batchnorm,
    "connected": with_hidden_layers,
    "average": with_average_pooling,
    "relu": without_relu,
    "tanh": without_tanh,
    "leaky": without_leaky,
}

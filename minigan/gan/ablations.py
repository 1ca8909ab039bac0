"""The DCGAN without one of its design rules (Radford et al. 2016, §3, "Architecture guidelines"), one rule at a time.

Each function below breaks the rule of its name: it takes the paper's networks, just built, and exchanges layers in
place.  The other layers stay, with the weights they were drawn with, so two runs of one seed differ in that rule alone.
Layers that are new begin as the paper's do, at N(0, 0.02²), and are told the label if there are classes.
"""

from collections.abc import Callable

import numpy as np

from .. import ops
from ..nn import BatchNorm2d, Conv2d, ConvTranspose2d, Module, Parameter, Sigmoid, Tanh, init
from .networks import Discriminator, Generator

HIDDEN = 128  # numbers in a fully connected layer that the paper does without; few, for a checkpoint of 4 MB


def strides(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """Stride 1 throughout: max pooling halves in D, nearest upsampling doubles in G.

    Kernels are 3×3, padding 1, which keeps the size (4×4 cannot).  Next to 2×2 pooling or upsampling, a feature depends
    on exactly the pixels that it depends on by a 4×4 kernel at stride 2.
    """

    def exchanged(layer: Module) -> list[Module]:
        if not isinstance(layer, Conv2d) or layer.stride == (1, 1):
            return [layer]
        bias, slope = layer.bias is not None, layer.slope
        same = Conv2d(*layer.channels, 3, padding=1, bias=bias, slope=slope, rng=rng, init=init.normal())
        return [UpsampleNearest(), same] if layer.transposed else [same, MaxPool2d()]

    for network in (generator, discriminator):
        network.net.layers = [new for layer in network.net.layers for new in exchanged(layer)]


def batchnorm(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """No batch norm: the convolution before it gets a bias, and the activation that batch norm had."""
    for network in (generator, discriminator):
        layers: list[Module] = []
        for layer in network.net.layers:
            if isinstance(layer, BatchNorm2d):
                convolution = layers[-1]
                assert isinstance(convolution, Conv2d)
                convolution.bias = Parameter(np.zeros(layer.scale.size, np.float32))
                convolution.slope = layer.slope
            else:
                layers.append(layer)
        network.net.layers = layers


def connected(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """A hidden fully connected layer at both ends: between z and the projection, between the features and the logit.

    A convolution by a kernel as large as its map is fully connected; so the paper's own ends are written, too.
    """
    project, *layers = generator.net.layers
    assert isinstance(project, ConvTranspose2d)
    (inputs, features), classes = project.channels, generator.classes
    generator.net.layers = [
        Conv2d(inputs, HIDDEN, 1, bias=False, rng=rng, init=init.normal()),
        BatchNorm2d(HIDDEN, rng=rng, slope=0.0),
        ConvTranspose2d(HIDDEN + classes, features, project.kernel, bias=False, rng=rng, init=init.normal()),
        *layers,
    ]
    *layers, judge = discriminator.net.layers
    assert isinstance(judge, Conv2d)
    discriminator.net.layers = [
        *layers,
        Conv2d(judge.channels[0], HIDDEN, judge.kernel, bias=False, rng=rng, init=init.normal()),
        BatchNorm2d(HIDDEN, rng=rng, slope=0.2),
        Conv2d(HIDDEN + discriminator.classes, 1, 1, rng=rng, init=init.normal()),
    ]


def average(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """D's logit from the mean of each feature over the map, global average pooling, instead of from every pixel."""
    *layers, judge = discriminator.net.layers
    assert isinstance(judge, Conv2d)
    logit = Conv2d(judge.channels[0], 1, 1, rng=rng, init=init.normal())
    discriminator.net.layers = [*layers, GlobalAveragePool2d(), logit]


def relu(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """G's features bent by tanh, which saturates, instead of ReLU."""
    layers: list[Module] = []
    for layer in generator.net.layers:
        layers.append(layer)
        if isinstance(layer, BatchNorm2d):
            layer.slope = 1.0
            layers.append(Tanh())
    generator.net.layers = layers


def tanh(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """Sigmoid for G's last tanh, and images from 0 to 1.

    The range belongs to the networks: G paints its sigmoid's 0 … 1 as −1 … 1, and D first takes whatever it is shown,
    real or painted, back to 0 … 1.  Data, scores and pictures are −1 … 1 as ever, and need not know.
    """
    *layers, _ = generator.net.layers
    generator.net.layers = [*layers, Sigmoid(), Rescale(2.0, -1.0)]
    discriminator.net.layers = [Rescale(0.5, 0.5), *discriminator.net.layers]


def leaky(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """ReLU for LeakyReLU in D."""
    for layer in discriminator.net.layers:
        if isinstance(layer, Conv2d | BatchNorm2d) and layer.slope < 1:
            layer.slope = 0.0


Rule = Callable[[Generator, Discriminator, np.random.Generator], None]
RULES: dict[str, Rule] = {rule.__name__: rule for rule in (strides, batchnorm, connected, average, relu, tanh, leaky)}


class MaxPool2d(Module):
    """(N, H, W, C) → (N, H/2, W/2, C): the largest of every 2×2 pixels."""

    def forward(self, x):
        return ops.max_pool2d(x, 2)


class UpsampleNearest(Module):
    """(N, H, W, C) → (N, 2H, 2W, C): every pixel four times."""

    def forward(self, x):
        return ops.upsample_nearest(x, 2)


class GlobalAveragePool2d(Module):
    """(N, H, W, C) → (N, 1, 1, C): the mean of every channel."""

    def forward(self, x):
        return ops.global_avg_pool2d(x).reshape(x.shape[0], 1, 1, x.shape[3])


class Rescale(Module):
    """factor · x + shift; neither is trained."""

    def __init__(self, factor: float, shift: float):
        self.factor, self.shift = factor, shift

    def forward(self, x):
        return x * self.factor + self.shift

    def __repr__(self):
        return f"Rescale({self.factor} x + {self.shift})"

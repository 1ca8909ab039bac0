"""The classic GAN: two multilayer perceptrons, every number connected with every number of the next layer.

The game is that of Goodfellow et al. 2014 (arXiv:1406.2661), the hidden layers are of the sizes that are usual for it.
Activations are DCGAN's (D had maxout and dropout then), so that what is compared is how the layers are connected.

Without batch norm nothing scales a signal up again: with DCGAN's first weights, N(0, 0.02²), G's hidden layers would
shrink it a hundredfold, and after an epoch of MNIST every z would give nearly the same picture.  He's weights keep its
size, and Glorot's do where no ReLU follows.

With `classes`, the label goes into every fully connected layer beside the features.
"""

import math

import numpy as np

from ..nn import LeakyReLU, Linear, Module, ReLU, Reshape, Sequential, Tanh, init
from .networks import Discriminator, Generator

HIDDEN = (256, 512, 1024)  # G's layers, from z up; D's are the same, from the image down


class MLPGenerator(Generator):
    """z (N, latent), and y (N, classes) if there are classes → images (N, S, S, channels) from −1 to 1."""

    def __init__(self, image_size: int, channels: int, latent: int, classes: int = 0, *, rng: np.random.Generator):
        self.latent, self.classes = latent, classes
        image = image_size, image_size, channels
        layers: list[Module] = [Reshape(-1)]
        for inputs, outputs in zip((latent, *HIDDEN), HIDDEN):
            layers += [Linear(inputs + classes, outputs, rng=rng), ReLU()]
        layers.append(Linear(HIDDEN[-1] + classes, math.prod(image), rng=rng, init=init.glorot_uniform))
        self.net = Sequential(*layers, Tanh(), Reshape(*image))


class MLPDiscriminator(Discriminator):
    """Images (N, S, S, channels), and y (N, classes) if there are classes → logits (N,): how real each looks."""

    def __init__(self, image_size: int, channels: int, classes: int = 0, *, rng: np.random.Generator):
        self.image, self.classes = (image_size, image_size, channels), classes
        layers: list[Module] = [Reshape(-1)]
        for inputs, outputs in zip((math.prod(self.image), *HIDDEN[::-1]), HIDDEN[::-1]):
            layers += [Linear(inputs + classes, outputs, rng=rng), LeakyReLU(0.2)]
        layers.append(Linear(HIDDEN[0] + classes, 1, rng=rng, init=init.glorot_uniform))
        self.net = Sequential(*layers)

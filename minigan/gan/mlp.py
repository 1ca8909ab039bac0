"""The original GAN with fully connected networks: two multilayer perceptrons (Goodfellow et al. 2014, arXiv:1406.2661).

The hidden layers have the usual sizes for such GANs.  Activations are DCGAN's (the original D used maxout and dropout),
so that a comparison with DCGAN shows only the effect of convolutions.

There is no batch norm to rescale activations.  With DCGAN's initialisation, N(0, 0.02²), G's hidden layers would shrink
them by a factor of 100, and after an epoch of MNIST all z would give nearly the same image.  He initialisation keeps
their scale, Glorot initialisation does so for layers without ReLU.

With `classes`, the one-hot label is concatenated to the input of every fully connected layer.
"""

import math

import numpy as np

from ..nn import LeakyReLU, Linear, Module, ReLU, Reshape, Sequential, Tanh, init
from ..ops.windows import Ints, pair
from .networks import Discriminator, Generator

HIDDEN = (256, 512, 1024)  # sizes of G's hidden layers, from z on; D's are the same in reverse order


class MLPGenerator(Generator):
    """z (N, latent), and y (N, classes) if there are classes → images (N, H, W, channels) from −1 to 1.

    `image_size` is in pixels, one number or (H, W), any size.  Hidden layers have 256, 512 and 1024 units.
    """

    def __init__(self, image_size: Ints, channels: int, latent: int, classes: int = 0, *, rng: np.random.Generator):
        self.latent, self.classes = latent, classes
        image = *pair(image_size), channels
        layers: list[Module] = [Reshape(-1)]
        for inputs, outputs in zip((latent, *HIDDEN), HIDDEN):
            layers += [Linear(inputs + classes, outputs, rng=rng), ReLU()]
        layers.append(Linear(HIDDEN[-1] + classes, math.prod(image), rng=rng, init=init.glorot_uniform))
        self.net = Sequential(*layers, Tanh(), Reshape(*image))


class MLPDiscriminator(Discriminator):
    """Images (N, H, W, channels), and y (N, classes) if there are classes → logits (N,) that they are real.

    `image_size` is in pixels, one number or (H, W), any size.  Hidden layers have 1024, 512 and 256 units.
    """

    def __init__(self, image_size: Ints, channels: int, classes: int = 0, *, rng: np.random.Generator):
        self.image, self.classes = (*pair(image_size), channels), classes
        layers: list[Module] = [Reshape(-1)]
        for inputs, outputs in zip((math.prod(self.image), *HIDDEN[::-1]), HIDDEN[::-1]):
            layers += [Linear(inputs + classes, outputs, rng=rng), LeakyReLU(0.2)]
        layers.append(Linear(HIDDEN[0] + classes, 1, rng=rng, init=init.glorot_uniform))
        self.net = Sequential(*layers)

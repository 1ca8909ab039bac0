"""The networks that are timed, and the arithmetic of one of their training steps."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..arrays.backend import Array
from ..gan import Config
from ..gan.networks import stages
from ..ops.algorithms import Algorithm, transposed
from ..ops.choice import choose
from ..ops.windows import Pair

BATCH = 64
LIKE = np.empty(0, np.float32)  # the kind of arrays that are timed
NETS = {
    "MNIST 28×28": Config(batch_size=BATCH),
    "64×64, width 32": Config(image_size=64, channels=3, width=32, batch_size=BATCH),
    "64×64, width 64": Config(image_size=64, channels=3, width=64, batch_size=BATCH),
    "64×64, width 128 (the paper's)": Config(image_size=64, channels=3, width=128, batch_size=BATCH),
}


class Layer(NamedTuple):
    """A convolution; `first` if its input requires no gradient in training."""

    algorithm: Algorithm
    first: bool

    @property
    def flops(self) -> int:
        """Multiplications and additions of a plain convolution; each of the two gradients takes as many."""
        a = self.algorithm
        return 2 * a.n * a.h * a.w * a.kh * a.kw * a.c * a.d


def layers(config: Config) -> tuple[list[Layer], list[Layer]]:
    """The convolutions of the generator and of the discriminator, from the smallest feature map to the largest."""
    sizes = stages(config.image_size, config.width)
    images = [*sizes[1:], (config.image_size, config.channels)]
    doubling = [
        ((config.batch_size, size, size, c), (4, 4, c, features), (2, 2), (1, 1))
        for (size, c), (_, features) in zip(images, sizes)
    ]
    (start, features), batch = sizes[0], config.batch_size

    def smallest(channels: int) -> tuple[tuple[int, ...], tuple[int, ...], Pair, Pair]:
        return (batch, start, start, features), (start, start, features, channels), (1, 1), (0, 0)

    g_shapes, d_shapes = [smallest(config.latent), *doubling], [smallest(1), *doubling]
    generator = [Layer(choose(*shapes, LIKE), i == 0) for i, shapes in enumerate(g_shapes)]
    discriminator = [Layer(choose(*shapes, LIKE), i == len(doubling)) for i, shapes in enumerate(d_shapes)]
    return generator, discriminator


def products_by_layer(config: Config) -> Iterator[tuple[Layer, str, int]]:
    """The matrix products of a training step: the layer, the method of its algorithm, and how often it is called."""
    generator, discriminator = layers(config)
    for layer in generator:
        yield layer, "conv_transpose", 1
        yield layer, "kernel_gradient", 1
        yield layer, "conv", 0 if layer.first else 1  # z requires no gradient
    for layer in discriminator:
        yield layer, "conv", 3  # real, fake, and fake again for G
        yield layer, "kernel_gradient", 2
        yield layer, "conv_transpose", 1 if layer.first else 3


def flops(config: Config) -> int:
    """Floating-point operations of the convolutions of a training step, counted as plain convolutions."""
    return sum(layer.flops * times for layer, _, times in products_by_layer(config))


def products(config: Config) -> list[tuple[Array, Array, int]]:
    """The operands of every `product` of a training step, and how often they are multiplied."""
    result = []
    for layer, method, times in products_by_layer(config):
        a = layer.algorithm
        image = a.image(np.ones((a.n, a.height, a.width, a.c), np.float32))
        kernel = a.kernel(np.ones((a.kh, a.kw, a.c, a.d), np.float32))
        response = a.response(np.ones((a.n, a.h, a.w, a.d), np.float32))
        operands = {
            "conv": (image, kernel),
            "conv_transpose": (response, transposed(kernel)),
            "kernel_gradient": (transposed(image), response),
        }
        result.append((*operands[method], times))
    return result

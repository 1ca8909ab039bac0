"""The two networks of DCGAN (Radford, Metz & Chintala 2016, arXiv:1511.06434), for any size they can double to.

Strided convolutions, no pooling; batch norm everywhere but at G's output and D's input; no hidden fully connected
layer; ReLU and a last tanh in G, LeakyReLU in D.  Kernels are 4×4, stride 2, padding 1: that doubles or halves exactly,
and the kernel is a multiple of the stride, so every pixel is touched equally often (no checkerboard).
"""

from typing import Any

import numpy as np

from ..nn import BatchNorm2d, Conv2d, ConvTranspose2d, Module, Sequential, Tanh, init
from ..tensor import Tensor

SIZES = (28, 32, 64, 128)  # 7 doubled twice, 4 doubled three, four and five times


def stages(image_size: int, width: int) -> list[tuple[int, int]]:
    """(pixels, channels) of the features from the smallest map up: channels halve whenever pixels double.

    `width` is the number of channels nearest to the image; 128 at 64×64 is the paper's.
    """
    size, channels, result = image_size // 2, width, []
    while True:
        result.append((size, channels))
        if size in (4, 7):
            return result[::-1]
        size, channels = size // 2, channels * 2


class Generator(Module):
    """z (N, latent) → images (N, S, S, channels) from −1 to 1."""

    def __init__(self, image_size: int, channels: int, width: int, latent: int, *, rng: np.random.Generator):
        self.latent = latent
        (start, features), *rest = stages(image_size, width)
        settings: dict[str, Any] = {"rng": rng, "init": init.normal(0.0, 0.02)}
        # "Project": z straight onto the first feature map, as a transposed convolution of a 1×1 image.
        layers: list[Module] = [ConvTranspose2d(latent, features, start, bias=False, **settings)]
        for _, fewer in rest:
            layers.append(BatchNorm2d(features, rng=rng, slope=0.0))  # and ReLU
            layers += [ConvTranspose2d(features, fewer, 4, stride=2, padding=1, bias=False, **settings)]
            features = fewer
        layers.append(BatchNorm2d(features, rng=rng, slope=0.0))
        layers += [ConvTranspose2d(features, channels, 4, stride=2, padding=1, **settings), Tanh()]
        self.net = Sequential(*layers)

    def forward(self, z: Tensor) -> Tensor:
        if z.ndim != 2 or z.shape[1] != self.latent:
            raise ValueError(f"Generator expected z of shape (N, {self.latent}), got {z.shape}")
        return self.net(z.reshape(z.shape[0], 1, 1, self.latent))


class Discriminator(Module):
    """Images (N, S, S, channels) → logits (N,): how real each looks; sigmoid(logit) is a probability."""

    def __init__(self, image_size: int, channels: int, width: int, *, rng: np.random.Generator):
        self.image = image_size, image_size, channels
        (start, _), *_ = sizes = stages(image_size, width)
        settings: dict[str, Any] = {"rng": rng, "init": init.normal(0.0, 0.02)}
        layers: list[Module] = []
        for depth, (_, features) in enumerate(sizes[::-1]):
            if depth == 0:
                layers.append(Conv2d(channels, features, 4, stride=2, padding=1, slope=0.2, **settings))
            else:
                layers.append(Conv2d(channels, features, 4, stride=2, padding=1, bias=False, **settings))
                layers.append(BatchNorm2d(features, rng=rng, slope=0.2))  # and LeakyReLU
            channels = features
        layers.append(Conv2d(channels, 1, start, **settings))  # one logit: the projection, backwards
        self.net = Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        if images.shape[1:] != self.image:
            raise ValueError(f"Discriminator expected images of shape (N, *{self.image}), got {images.shape}")
        return self.net(images).reshape(images.shape[0])

"""The two networks of DCGAN (Radford, Metz & Chintala 2016, arXiv:1511.06434), for any size they can double to.

Strided convolutions, no pooling; batch norm everywhere but at G's output and D's input; no hidden fully connected
layer; ReLU and a last tanh in G, LeakyReLU in D.  Kernels are 4×4, stride 2, padding 1: that doubles or halves exactly,
and the kernel is a multiple of the stride, so every pixel is touched equally often (no checkerboard).

With `classes`, both networks are told what the image is to show: the label, one of `classes` channels set to 1, goes
into every convolution beside the features, and both have a hidden fully connected layer (as in the authors' code for
MNIST): what is drawn is then decided by two things, and one layer alone cannot mix them.
"""

from typing import Any

import numpy as np

from ..arrays.backend import namespace
from ..arrays.layout import images_first
from ..errors import BadInput
from ..nn import BatchNorm2d, Conv2d, ConvTranspose2d, LeakyReLU, Linear, Module, ReLU, Sequential, Tanh, init
from ..ops import concatenate
from ..tensor import Tensor

SIZES = (28, 32, 64, 128)  # 7 doubled twice, 4 doubled three, four and five times
HIDDEN = 128  # numbers in a hidden fully connected layer; few, for a checkpoint of 4 MB


def stages(image_size: int, width: int) -> list[tuple[int, int]]:
    """(pixels, channels) of the features from the smallest map up: channels halve whenever pixels double.

    `width` is the number of channels nearest to the image; 128 at 64×64 is the paper's.  Raises BadInput for a size
    that is neither 4 nor 7 pixels doubled once or more.
    """
    size, channels, result = image_size, width, []
    while size > 7 and size % 2 == 0:
        size //= 2
        result.append((size, channels))
        channels *= 2
    if size not in (4, 7) or not result:
        known = ", ".join(map(str, SIZES))
        raise BadInput(f"expected an image size of 4 or 7 pixels, doubled, such as {known}; got {image_size}")
    return result[::-1]


class Generator(Module):
    """z (N, latent), and y (N, classes) if there are classes → images (N, S, S, channels) from −1 to 1."""

    def __init__(
        self, image_size: int, channels: int, width: int, latent: int, classes: int = 0, *, rng: np.random.Generator
    ):
        self.latent, self.classes = latent, classes
        (start, features), *rest = stages(image_size, width)
        settings: dict[str, Any] = {"rng": rng, "init": init.normal(0.0, 0.02)}
        doubling = {"stride": 2, "padding": 1, **settings}
        # "Project": z straight onto the first feature map, as a transposed convolution of a 1×1 image.
        layers: list[Module] = [ConvTranspose2d(latent + classes, features, start, bias=False, **settings)]
        for _, fewer in rest:
            layers += [BatchNorm2d(features, rng=rng), ReLU()]
            layers += [ConvTranspose2d(features + classes, fewer, 4, bias=False, **doubling)]
            features = fewer
        layers += [BatchNorm2d(features, rng=rng), ReLU()]
        layers += [ConvTranspose2d(features + classes, channels, 4, **doubling), Tanh()]
        self.net = Sequential(*layers)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        if z.ndim != 2 or z.shape[1] != self.latent:
            raise ValueError(f"Generator expected z of shape (N, {self.latent}), got {z.shape}")
        return run_layers(self, z.reshape(z.shape[0], 1, 1, self.latent), y)


class Discriminator(Module):
    """Images (N, S, S, channels), and y (N, classes) if there are classes → logits (N,): how real each looks.

    sigmoid(logit) is a probability.
    """

    def __init__(self, image_size: int, channels: int, width: int, classes: int = 0, *, rng: np.random.Generator):
        self.image, self.classes = (image_size, image_size, channels), classes
        (start, _), *_ = sizes = stages(image_size, width)
        settings: dict[str, Any] = {"rng": rng, "init": init.normal(0.0, 0.02)}
        halving = {"stride": 2, "padding": 1, **settings}
        layers: list[Module] = []
        for depth, (_, features) in enumerate(sizes[::-1]):
            if depth == 0:
                layers += [Conv2d(channels + classes, features, 4, **halving), LeakyReLU(0.2)]
            else:
                layers += [Conv2d(channels + classes, features, 4, bias=False, **halving)]
                layers += [BatchNorm2d(features, rng=rng), LeakyReLU(0.2)]
            channels = features
        layers.append(Conv2d(channels + classes, 1, start, **settings))  # one logit: the projection, backwards
        self.net = Sequential(*layers)

    def forward(self, images: Tensor, y: Tensor | None = None) -> Tensor:
        if images.shape[1:] != self.image:
            raise ValueError(f"Discriminator expected images of shape (N, *{self.image}), got {images.shape}")
        return run_layers(self, images, y).reshape(images.shape[0])


def add_hidden_layers(generator: Generator, discriminator: Discriminator, rng: np.random.Generator) -> None:
    """Put a hidden fully connected layer into both: between z and the projection, between the features and the logit.

    A convolution by a kernel as large as its map is fully connected; so the paper's own ends are written, too.  The
    other layers stay, with the weights they were drawn with; the new ones begin as the paper's do, at N(0, 0.02²).
    """
    project, *layers = generator.net.layers
    assert isinstance(project, Conv2d)
    (inputs, features), classes = project.channels, generator.classes
    settings: dict[str, Any] = {"rng": rng, "init": init.normal(0.0, 0.02)}
    generator.net.layers = [
        Conv2d(inputs, HIDDEN, 1, bias=False, **settings),
        BatchNorm2d(HIDDEN, rng=rng),
        ReLU(),
        ConvTranspose2d(HIDDEN + classes, features, project.kernel, bias=False, **settings),
        *layers,
    ]
    *layers, judge = discriminator.net.layers
    assert isinstance(judge, Conv2d)
    discriminator.net.layers = [
        *layers,
        Conv2d(judge.channels[0], HIDDEN, judge.kernel, bias=False, **settings),
        BatchNorm2d(HIDDEN, rng=rng),
        LeakyReLU(0.2),
        Conv2d(HIDDEN + discriminator.classes, 1, 1, **settings),
    ]


def run_layers(network: Generator | Discriminator, x: Tensor, y: Tensor | None) -> Tensor:
    """All layers of a network, one after the other, with y joined to what goes into each that has weights."""
    expected = (x.shape[0], network.classes) if network.classes else None
    if expected != (y.shape if y is not None else None):
        got = y.shape if y is not None else None
        raise ValueError(f"{type(network).__name__} expected y of shape {expected}, got {got}")
    for layer, slope in network.net.stages():
        if y is not None and isinstance(layer, Conv2d | Linear):
            x = join_labels(x, y)
        x = layer(x) if slope is None else layer.activated(x, slope)
    return x


def join_labels(x: Tensor, y: Tensor) -> Tensor:
    """x (N, H, W, C) or (N, C) with y (N, classes) as more channels, the same at every pixel."""
    if x.ndim == 2:
        return concatenate([x, y])
    _, height, width, _ = x.shape
    tiled = namespace(y.data).broadcast_to(y.data, (height, width, *y.shape))
    return concatenate([x, Tensor(images_first(namespace(tiled).ascontiguousarray(tiled)))])


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """Labels, N integers from 0 on, as y: float32 (N, classes), 1 where the label is and 0 elsewhere; or ValueError."""
    labels = np.asarray(labels)
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not ((labels >= 0) & (labels < classes)).all():
        raise ValueError(f"one_hot expected a list of integers from 0 to {classes - 1}, got {labels!r}")
    return (labels[:, None] == np.arange(classes)).astype(np.float32)

"""The two networks of DCGAN (Radford, Metz & Chintala 2016, arXiv:1511.06434), for image sizes of 3 to 8 times 2ⁿ.

Strided convolutions, no pooling; batch norm everywhere except at G's output and D's input; no hidden fully connected
layer; ReLU and a final tanh in G, LeakyReLU in D.  Kernels are 4×4 with stride 2 and padding 1: that exactly doubles or
halves the size, and since the kernel size is a multiple of the stride, there are no checkerboard artefacts.

With `classes`, the one-hot label is concatenated to the input of every convolution, as `classes` more channels.  Both
networks then have a hidden fully connected layer (as in the authors' code for MNIST), which can combine z, or the
features, with the label.
"""

from typing import Any

import numpy as np

from ..arrays.backend import namespace
from ..arrays.layout import images_first
from ..errors import BadInput
from ..nn import (
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    LeakyReLU,
    Linear,
    Module,
    ReLU,
    Sequential,
    SpectralNorm,
    Tanh,
    init,
)
from ..ops import concatenate
from ..ops.windows import Ints, pair
from ..tensor import Tensor

SIZES = (28, 32, 64, 128)  # the usual ones: 7 doubled twice; 4 doubled three, four and five times
EXAMPLES = "16, 28, 32, 48, 64, 96, 128, 256"
HIDDEN = 128  # units in a hidden fully connected layer, by default; few, to keep checkpoints small (4 MB)


def stages(image_size: Ints, width: int) -> list[tuple[Any, int]]:
    """(size in pixels, channels) of the feature maps, the smallest first: when the size doubles, channels halve.

    A size is one number for a square, or a pair (height, width).  `width` is the number of channels of the largest
    maps; the paper has 128 for 64×64 images.  Raises BadInput for an image size that is not 4 to 7 pixels, doubled once
    or more; of a rectangle, the sides are 3 to 8 pixels, doubled equally often.
    """
    (high, wide), channels, result = pair(image_size), width, []
    square = high == wide
    while max(high, wide) > 7 and min(high, wide) >= 6 and high % 2 == wide % 2 == 0:
        high, wide = high // 2, wide // 2
        result.append((high if square else (high, wide), channels))
        channels *= 2
    if not 3 <= min(high, wide) <= max(high, wide) <= 8 or not result:
        if square:
            raise BadInput(f"expected an image size of 4 to 7 pixels, doubled, such as {EXAMPLES}; got {image_size}")
        got = "×".join(map(str, pair(image_size)))
        raise BadInput(f"expected sides of 3 to 8 pixels, doubled equally often, such as 48×64 or 64×32; got {got}")
    return result[::-1]


class Generator(Module):
    """z (N, latent), and y (N, classes) if there are classes → images (N, H, W, channels) from −1 to 1.

    `image_size` is in pixels, one number or (H, W), see `stages`; `width` is the number of channels of the largest
    feature maps.  The architecture is DCGAN's (Radford et al. 2016, arXiv:1511.06434, §3 and figure 1); with classes it
    is a conditional GAN (Mirza & Osindero 2014, arXiv:1411.1784).  Raises BadInput for a size that `stages` refuses.
    """

    def __init__(
        self, image_size: Ints, channels: int, width: int, latent: int, classes: int = 0, *, rng: np.random.Generator
    ):
        self.latent, self.classes = latent, classes
        (start, features), *rest = stages(image_size, width)
        settings: dict[str, Any] = {"rng": rng, "init": init.normal(0.0, 0.02)}
        doubling = {"stride": 2, "padding": 1, **settings}
        # The paper's "project": from z to the first feature map, a transposed convolution of a 1×1 image.
        layers: list[Module] = [ConvTranspose2d(latent + classes, features, start, bias=False, **settings)]
        for _, fewer in rest:
            layers += [BatchNorm2d(features, rng=rng), ReLU()]
            layers += [ConvTranspose2d(features + classes, fewer, 4, bias=False, **doubling)]
            features = fewer
        layers += [BatchNorm2d(features, rng=rng), ReLU()]
        layers += [ConvTranspose2d(features + classes, channels, 4, **doubling), Tanh()]
        self.net = Sequential(*layers)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Raises ValueError if z or y has another shape."""
        if z.ndim != 2 or z.shape[1] != self.latent:
            raise ValueError(f"Generator expected z of shape (N, {self.latent}), got {z.shape}")
        return run_layers(self, z.reshape(z.shape[0], 1, 1, self.latent), y)


class Pack(Module):
    """(N, H, W, C) → (N / count, H, W, count · C): so many neighbours in the batch as the channels of one image."""

    def __init__(self, count: int):
        self.count = count

    def forward(self, x: Tensor) -> Tensor:
        """Raises ValueError unless N is a multiple of the count."""
        n, height, width, channels = x.shape
        if n % self.count:
            raise ValueError(f"Pack expected a multiple of {self.count} images, got {n}")
        packs = x.reshape(n // self.count, self.count, height, width, channels).transpose(0, 2, 3, 1, 4)
        return packs.reshape(n // self.count, height, width, self.count * channels)

    def __repr__(self) -> str:
        return f"Pack({self.count})"


class Discriminator(Module):
    """Images (N, H, W, channels), and y (N, classes) if there are classes → logits (N,).

    sigmoid(logit) is the probability that the image is real.  With `pack`, D judges so many images together, all real
    or all generated, so that it can see whether they are too alike: it gives N / pack logits (PacGAN: Lin et al. 2018,
    arXiv:1712.04086).  `image_size` and `width` as for `Generator`.  Raises BadInput as it does.

    With an `attribute_head`, see `add_attribute_head`, it also has logits of the attributes of an image.
    """

    attribute_head: Module | None = None

    def __init__(
        self, image_size: Ints, channels: int, width: int, classes: int = 0, pack: int = 1, *, rng: np.random.Generator
    ):
        self.image, self.classes, self.pack = (*pair(image_size), channels), classes, pack
        (start, _), *_ = sizes = stages(image_size, width)
        settings: dict[str, Any] = {"rng": rng, "init": init.normal(0.0, 0.02)}
        halving = {"stride": 2, "padding": 1, **settings}
        layers: list[Module] = [Pack(pack)] if pack > 1 else []
        channels *= pack
        for depth, (_, features) in enumerate(sizes[::-1]):
            if depth == 0:
                layers += [Conv2d(channels + classes, features, 4, **halving), LeakyReLU(0.2)]
            else:
                layers += [Conv2d(channels + classes, features, 4, bias=False, **halving)]
                layers += [BatchNorm2d(features, rng=rng), LeakyReLU(0.2)]
            channels = features
        layers.append(Conv2d(channels + classes, 1, start, **settings))  # the kernel covers the map: one logit
        self.net = Sequential(*layers)

    def forward(self, images: Tensor, y: Tensor | None = None) -> Tensor:
        """Raises ValueError if images or y have another shape."""
        self.check(images)
        return run_layers(self, images, y).reshape(-1)

    def logits_and_attributes(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """For images: logits (N,) that they are real, and those of their attributes, (N, attributes).

        Both are computed from the same features, by one layer each.  Raises ValueError without an `attribute_head`, or
        if images have another shape.
        """
        self.check(images)
        if self.attribute_head is None:
            raise ValueError("expected a discriminator with an attribute_head, got one without")
        features = self.net[:-1](images)
        return self.net[-1](features).reshape(-1), self.attribute_head(features).reshape(len(images), -1)

    def check(self, images: Tensor) -> None:
        """Raise ValueError for images of another shape."""
        if images.shape[1:] != self.image:
            raise ValueError(f"Discriminator expected images of shape (N, *{self.image}), got {images.shape}")


class NoDiscriminator(Discriminator):
    """In the place of D where only G's weights were loaded: BadInput, with `why`, for all that needs D's layers."""

    def __init__(self, image: tuple[int, int, int], classes: int, why: str):
        self.image, self.classes, self.pack, self.why = image, classes, 1, why

    @property
    def net(self) -> Sequential:  # type: ignore[override]
        """Raises BadInput."""
        raise BadInput(self.why)

    def forward(self, images: Tensor, y: Tensor | None = None) -> Tensor:
        """Raises BadInput."""
        raise BadInput(self.why)

    def state_dict(self) -> dict[str, Any]:
        """Raises BadInput."""
        raise BadInput(self.why)


def add_hidden_layers(
    generator: Generator,
    discriminator: Discriminator,
    rng: np.random.Generator,
    units: int = HIDDEN,
    d_units: int = HIDDEN,
) -> None:
    """Add a hidden fully connected layer to both: in G, with `units`, after z; in D, with `d_units`, before the logit.

    It is a convolution with a kernel as large as its map, as G's first and D's last layer are.  The other layers keep
    their initial weights; the new ones are initialised from N(0, 0.02²), as in the paper.
    """
    project, *layers = generator.net.layers
    assert isinstance(project, Conv2d)
    (inputs, features), classes = project.channels, generator.classes
    settings: dict[str, Any] = {"rng": rng, "init": init.normal(0.0, 0.02)}
    generator.net.layers = [
        Conv2d(inputs, units, 1, bias=False, **settings),
        BatchNorm2d(units, rng=rng),
        ReLU(),
        ConvTranspose2d(units + classes, features, project.kernel, bias=False, **settings),
        *layers,
    ]
    *layers, output = discriminator.net.layers
    assert isinstance(output, Conv2d)
    discriminator.net.layers = [
        *layers,
        Conv2d(output.channels[0], d_units, output.kernel, bias=False, **settings),
        BatchNorm2d(d_units, rng=rng),
        LeakyReLU(0.2),
        Conv2d(d_units + discriminator.classes, 1, 1, **settings),
    ]


def add_attribute_head(discriminator: Discriminator, attributes: int, rng: np.random.Generator) -> None:
    """Give D a second last layer, for logits of so many attributes; it is initialised from N(0, 0.02²)."""
    output = discriminator.net.layers[-1]
    assert isinstance(output, Conv2d)
    discriminator.attribute_head = Conv2d(
        output.channels[0], attributes, output.kernel, rng=rng, init=init.normal(0.0, 0.02)
    )


def run_layers(network: Generator | Discriminator, x: Tensor, y: Tensor | None) -> Tensor:
    """Run all layers of a network; y (N, classes) is concatenated to the input of each layer with weights.

    Raises ValueError as `check_labels` does.
    """
    check_labels(network, x, y)
    for layer, slope in network.net.stages():
        if y is not None and isinstance(layer, Conv2d | Linear | SpectralNorm):
            x = join_labels(x, y)
        x = layer(x) if slope is None else layer.activated(x, slope)
    return x


def check_labels(network: Generator | Discriminator, x: Tensor, y: Tensor | None) -> None:
    """Raise ValueError unless y has shape (N, classes), or is not given to a network without classes."""
    expected = (x.shape[0], network.classes) if network.classes else None
    got = y.shape if y is not None else None
    if expected != got:
        raise ValueError(f"{type(network).__name__} expected y of shape {expected}, got {got}")


def join_labels(x: Tensor, y: Tensor) -> Tensor:
    """x (N, H, W, C) or (N, C) with y (N, classes) concatenated as more channels, the same at every pixel."""
    if x.ndim == 2:
        return concatenate([x, y])
    _, height, width, _ = x.shape
    tiled = namespace(y.data).broadcast_to(y.data, (height, width, *y.shape))
    return concatenate([x, Tensor(images_first(namespace(tiled).ascontiguousarray(tiled)))])


def refuse_packs(discriminator: Module) -> None:
    """Raise BadInput for a D without an output for a single image: it judges several together, or is not there."""
    if isinstance(discriminator, NoDiscriminator):
        raise BadInput(discriminator.why)
    if (count := getattr(discriminator, "pack", 1)) > 1:
        raise BadInput(f"this D judges packs of {count} images (--pack), and this asks it about single ones")


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """Labels, N integers from 0 on, as y: float32 (N, classes), 1 where the label is and 0 elsewhere; or ValueError.

    Examples
    --------
    >>> from minigan.gan import one_hot
    >>> one_hot([0, 2], classes=3)
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    labels = np.asarray(labels)
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not ((labels >= 0) & (labels < classes)).all():
        raise ValueError(f"one_hot expected a list of integers from 0 to {classes - 1}, got {labels!r}")
    return (labels[:, None] == np.arange(classes)).astype(np.float32)

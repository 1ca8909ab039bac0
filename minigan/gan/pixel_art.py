"""DCGAN for pixel art: images made of squares of 2×2 pixels, in a few flat colours.

DCGAN's G chooses the colour of every pixel by itself, and the areas that it draws are never quite flat.  Those of pixel
art are, so D learns to see this noise rather than the shapes.  Here both networks work on squares instead of pixels,
and G has two parts that get the same z: one chooses a palette, the colours of the whole image; the other chooses for
each square which of them to take.

        image(p) = Σₖ softmaxₖ(4 · logits(p)) colourₖ        at each square p

G also has residual blocks of 1×1 convolutions, and D, if asked, a hidden fully connected layer: without it D's logit is
a sum over patches, and D cannot compare the colour of a beard with that of the hair.  All else is DCGAN's, see
networks.py.  With `classes`, the label is concatenated to z for the palette, and to the input of every convolution
outside the residual blocks for the squares.
"""

from contextlib import suppress
from typing import Any

import numpy as np

from ..errors import BadInput
from ..nn import AvgPool2d, BatchNorm2d, Conv2d, LeakyReLU, Module, ReLU, Sequential, init
from ..ops import concatenate, softmax, upsample_nearest
from ..ops.windows import Ints, pair
from ..tensor import Tensor
from .networks import Discriminator, Generator, stages

SQUARE = 2  # pixels of one colour, vertically and horizontally
COLOURS = 16  # in the palette of an image
PALETTE_UNITS = 256  # of the hidden layer that the colours are computed from
BLOCKS = 2  # residual blocks before each hidden activation of G
SHARPNESS = 4.0  # factor of the logits: colours are mixed less, and from the beginning


class Residual(Module):
    """x (N, H, W, channels) → x + f(x), where f is twice batch norm, ReLU and a 1×1 convolution.

    This order is that of He et al. 2016 (arXiv:1603.05027, figure 1b).  The last convolution is initialised near 0, so
    that the block begins as nearly the identity.
    """

    def __init__(self, channels: int, *, rng: np.random.Generator):
        self.net = Sequential(
            BatchNorm2d(channels, rng=rng),
            ReLU(),
            Conv2d(channels, channels, 1, bias=False, init=init.he_normal, rng=rng),
            BatchNorm2d(channels, rng=rng),
            ReLU(),
            Conv2d(channels, channels, 1, init=init.normal(0.0, 0.002), rng=rng),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.net(x)


class PixelGenerator(Generator):
    """z (N, latent), and y (N, classes) if there are classes → images (N, H, W, channels) from −1 to 1.

    `net` draws the logits of the squares, (N, H/2, W/2, COLOURS), and `palette` the colours.  Arguments as for
    `Generator`.  Raises BadInput for a size that `squares` refuses.
    """

    def __init__(
        self, image_size: Ints, channels: int, width: int, latent: int, classes: int = 0, *, rng: np.random.Generator
    ):
        super().__init__(squares(image_size), COLOURS, width, latent, classes, rng=rng)
        layers: list[Module] = []
        for layer in self.net.layers[:-1]:  # without the tanh
            if isinstance(layer, BatchNorm2d):
                layers += [Residual(layer.scale.size, rng=rng) for _ in range(BLOCKS)]
            layers.append(layer)
        self.net.layers = layers
        settings: dict[str, Any] = {"rng": rng, "init": init.normal(0.0, 0.05)}
        self.palette = Sequential(
            Conv2d(latent + classes, PALETTE_UNITS, 1, bias=False, **settings),
            *(Residual(PALETTE_UNITS, rng=rng) for _ in range(BLOCKS)),
            BatchNorm2d(PALETTE_UNITS, rng=rng),
            ReLU(),
            Conv2d(PALETTE_UNITS, COLOURS * channels, 1, **settings),
        )

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Raises ValueError if z or y has another shape."""
        logits = super().forward(z, y)
        n, height, width, _ = logits.shape
        shares = softmax(logits.reshape(n, height * width, COLOURS) * SHARPNESS)
        given = z if y is None else concatenate([z, y])
        colours = self.palette(given.reshape(n, 1, 1, given.shape[1])).reshape(n, COLOURS, -1).tanh()
        return upsample_nearest((shares @ colours).reshape(n, height, width, -1), SQUARE)


class PixelDiscriminator(Discriminator):
    """Images (N, H, W, channels), and y (N, classes) if there are classes → logits (N,) that they are real.

    D sees the mean colour of each square.  Its hidden layer, of `hidden` units unless that is 0, has no batch norm,
    which would hide from the last layer how many images of a batch look real.  Other arguments as for `Discriminator`.
    Raises BadInput for a size that `squares` refuses.
    """

    def __init__(
        self,
        image_size: Ints,
        channels: int,
        width: int,
        classes: int = 0,
        hidden: int = 0,
        *,
        rng: np.random.Generator,
    ):
        super().__init__(squares(image_size), channels, width, classes, rng=rng)
        self.image = (*pair(image_size), channels)
        *layers, output = self.net.layers
        if hidden:
            assert isinstance(output, Conv2d)
            settings: dict[str, Any] = {"rng": rng, "init": init.normal(0.0, 0.02)}
            layers += [Conv2d(output.channels[0], hidden, output.kernel, **settings), LeakyReLU(0.2)]
            output = Conv2d(hidden + classes, 1, 1, **settings)
        self.net.layers = [AvgPool2d(SQUARE), *layers, output]


def squares(image_size: Ints) -> tuple[int, int]:
    """The size of an image in squares of 2×2 pixels.  Raises BadInput unless it is one that DCGAN supports."""
    high, wide = pair(image_size)
    if high % SQUARE == wide % SQUARE == 0:
        size = high // SQUARE, wide // SQUARE
        with suppress(BadInput):  # its message is about squares, not pixels
            stages(size, width=1)
            return size
    got = high if high == wide else f"{high}×{wide}"
    raise BadInput(
        "expected, for the model pixel-art, an image size of 4 to 7 pixels doubled twice or more, such as 16, 28, "
        f"32 or 64, got {got}"
    )

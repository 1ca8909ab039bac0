"""What D is shown of an image: the image itself, or changed at random, real and generated images alike.

All changes are differentiable, because G learns through them.  Random numbers are drawn on the host.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ..arrays.backend import to_device
from ..tensor import Tensor

Augmentation = Callable[[Tensor, np.random.Generator], Tensor]


class View:
    """Images (N, H, W, C), −1 … 1 → what D is shown, of the same shape.

    `augmentations` are names of AUGMENTATIONS; each image is changed in its own way, another one each time that it is
    shown.  `noise` is the standard deviation of Gaussian noise added to every pixel; it may be set at any time.
    """

    def __init__(self, rng: np.random.Generator, augmentations: Sequence[str] = (), noise: float = 0.0):
        self.rng, self.noise = rng, noise
        self.augmentations = [AUGMENTATIONS[name] for name in augmentations]

    def __call__(self, images: Tensor) -> Tensor:
        for augmentation in self.augmentations:
            images = augmentation(images, self.rng)
        if self.noise:
            images = images + constant(self.noise * self.rng.standard_normal(images.shape, np.float32), images)
        return images


def colour(images: Tensor, rng: np.random.Generator) -> Tensor:
    """Another brightness, saturation and contrast for each image (Zhao et al. 2020, arXiv:2006.10738, §4.1).

    To all values is added a number from −0.5 to 0.5; then the distance of each value from the mean of its pixel is
    multiplied by 0 to 2, and then that from the mean of its image by 0.5 to 1.5.
    """
    brightness, saturation, contrast = (
        constant(rng.uniform(low, high, (len(images), 1, 1, 1)), images)
        for low, high in ((-0.5, 0.5), (0, 2), (0.5, 1.5))
    )
    images = images + brightness
    grey = images.mean(axis=3, keepdims=True)
    images = (images - grey) * saturation + grey
    mean = images.mean(axis=(1, 2, 3), keepdims=True)
    return (images - mean) * contrast + mean


def translation(images: Tensor, rng: np.random.Generator) -> Tensor:
    """Each image moved by up to an eighth of its size, with zeros where it came from (Zhao et al. 2020, §4.1).

    A shift is linear: rows and columns are each multiplied by a matrix with a 1 where a pixel comes from.
    """
    n, height, width, channels = images.shape
    down, right = (constant(shifts(rng, n, size), images) for size in (height, width))
    images = (down @ images.reshape(n, height, width * channels)).reshape(n, height, width, channels)
    turned = images.transpose(0, 2, 1, 3).reshape(n, width, height * channels)
    return (right @ turned).reshape(n, width, height, channels).transpose(0, 2, 1, 3)


def shifts(rng: np.random.Generator, count: int, size: int) -> np.ndarray:
    """A matrix for each image, (count, size, size), that shifts `size` numbers by up to an eighth of their number."""
    most = size // 8
    by = rng.integers(-most, most + 1, (count, 1, 1))
    to = np.arange(size)
    return (to[:, None] == to + by).astype(np.float32)


def cutout(images: Tensor, rng: np.random.Generator) -> Tensor:
    """A part of half the height and width set to zero, about any pixel of each image (Zhao et al. 2020, §4.1)."""
    n, height, width, _ = images.shape
    rows, columns = (
        np.abs(np.arange(size) + 0.5 - rng.integers(0, size + 1, (n, 1))) < size // 2 / 2 for size in (height, width)
    )
    hole = rows[:, :, None, None] & columns[:, None, :, None]
    return images * constant(~hole, images)


def constant(values: np.ndarray, like: Tensor) -> Tensor:
    """Values as a Tensor with the dtype and on the device of another."""
    return Tensor(to_device(values.astype(like.dtype, copy=False), like.device))


AUGMENTATIONS: dict[str, Augmentation] = {"colour": colour, "translation": translation, "cutout": cutout}

"""How images look, whatever they show: how sharp they are, and what D says of them."""

import numpy as np

from ..arrays.backend import to_device
from ..data import scale_images
from ..gan import Run
from ..nn.inference import inference
from ..tensor import Tensor


def sharpness(images: np.ndarray) -> float:
    """The mean square of the Laplacian, how much each pixel differs from its four neighbours' mean.

    Of bytes (N, H, W, C); it is low where images are blurred, and high where they are sharp, or noisy.
    """
    x = images.astype(np.float64) / 255.0
    middle = x[:, 1:-1, 1:-1]
    around = x[:, :-2, 1:-1] + x[:, 2:, 1:-1] + x[:, 1:-1, :-2] + x[:, 1:-1, 2:]
    return float(((middle - around / 4) ** 2).mean())


def opinion(run: Run, images: np.ndarray, batch_size: int = 256) -> np.ndarray:
    """D's logits (N,) of bytes (N, S, S, C), in evaluation mode: the higher, the more real they look to it."""
    discriminator, logits = run.game.discriminator, []
    with inference(discriminator):
        for start in range(0, len(images), batch_size):
            piece = to_device(images[start : start + batch_size], run.device)
            logits.append(discriminator(Tensor(scale_images(piece))).numpy())
    return np.concatenate(logits)

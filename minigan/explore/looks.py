"""How images look, independent of what they show: their sharpness, and D's logits."""

import numpy as np

from ..data import scale_images
from ..gan import Run
from ..gan.networks import refuse_packs
from ..nn.inference import in_batches


def sharpness(images: np.ndarray) -> float:
    """The mean square of the Laplacian, the difference between each pixel and the mean of its four neighbours.

    images are bytes (N, H, W, C), scaled to 0 … 1.  It is low for blurred images, high for sharp or noisy ones.
    """
    x = images.astype(np.float64) / 255.0
    middle = x[:, 1:-1, 1:-1]
    around = x[:, :-2, 1:-1] + x[:, 2:, 1:-1] + x[:, 1:-1, :-2] + x[:, 1:-1, 2:]
    return float(((middle - around / 4) ** 2).mean())


def discriminator_logits(run: Run, images: np.ndarray, batch_size: int = 256) -> np.ndarray:
    """D's logits (N,) for bytes (N, H, W, C), in evaluation mode: the higher, the more real the image looks to D."""
    d = run.game.discriminator
    refuse_packs(d)
    (logits,) = in_batches(d, d, images, device=run.device, batch_size=batch_size, prepare=scale_images)
    return logits

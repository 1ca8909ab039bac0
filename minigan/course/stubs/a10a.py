"""A10a. Complete a face

Write a search that fills in what is missing of a picture: it looks for the z whose image G(z) agrees with the known
pixels. Nothing is trained but z; and what lies in the hole is not to be used for anything.

Check your work as often as you like:      python -m minigan.course check a10a
A hint for the part "no_peeking":          python -m minigan.course check a10a --hint no_peeking
"""

import numpy as np

from minigan import Tensor, nn, ops, optim  # noqa: F401  (nn.evaluation, ops.softplus, optim.Adam, nn.Parameter)


def contextual(drawn: Tensor, images: np.ndarray, known: np.ndarray) -> Tensor:
    """Σ (drawn − image)² over the known pixels and all channels, for each image: (N,).

    Drawn and given images are (N, H, W, C); `known`, bool (N, H, W), is True where a pixel is known.
    """
    raise NotImplementedError("A10a: write contextual in a10a.py")


def perceptual(discriminator, drawn: Tensor) -> Tensor:
    """−ln σ(d) for each image, (N,), with the logits d = discriminator(drawn), which may be large."""
    raise NotImplementedError("A10a: write perceptual in a10a.py")


def loss(generator, discriminator, z: Tensor, images: np.ndarray, known: np.ndarray, weight=0.1) -> Tensor:
    """contextual + weight · perceptual of G(z), for z (N, latent): (N,). Gradients reach z, and nothing else.

    The networks may come in training mode. Here, they draw and judge in evaluation mode (`nn.evaluation(network)` is a
    context), so that no image depends on the others; and they are frozen (`network.frozen()` is another).
    """
    raise NotImplementedError("A10a: write loss in a10a.py")


def complete(generator, discriminator, images, known, starts, steps=100, lr=0.05, weight=0.1):
    """(completed images (N, H, W, C), their z (N, latent)), two NumPy arrays.

    For each image, the search begins with the row of `starts` (S, latent) whose image has the least contextual loss,
    and takes so many steps of Adam with the learning rate lr. The completed image has the known pixels of the given
    one, exactly, and in the hole those of G(z). Both networks are left as they were: weights, gradients, running
    statistics. The pixels that images have in the hole have no influence at all.
    """
    raise NotImplementedError("A10a: write complete in a10a.py")

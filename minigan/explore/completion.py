"""Image completion: find the z whose image agrees with the known pixels (Yeh et al. 2016, arXiv:1607.07539).

Like training, the search is a Python generator that yields after each step.  Three things differ from the paper, see
docs/explore-complete.md: the error is squared, z has a prior N(0, 1) instead of being clipped to a box, and the search
starts from the best of many random z's.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..arrays.backend import to_device, to_host
from ..data import scale_images
from ..data.dataset import to_bytes
from ..errors import Progress, quiet
from ..gan import draw_noise, generate
from ..gan.models import Network
from ..gan.networks import refuse_packs
from ..nn import Parameter
from ..nn.inference import evaluation
from ..ops import softplus
from ..optim import Adam
from ..tensor import Tensor

DEVIATION = 0.5  # of the known pixels from G(z), of −1 … 1
GUESSES = 500  # random z's; the search starts from the best of them
CHUNK = 500  # of them, whose images are in memory at a time
WINDOW = 7  # pixels: the side of the window in which unknown pixels increase the weight of a known one


class Step(NamedTuple):
    """One iteration: its number, from 1 on, and the terms of the loss of each image, (N,), for its best start."""

    number: int
    contextual: np.ndarray
    perceptual: np.ndarray
    prior: np.ndarray

    @property
    def loss(self) -> np.ndarray:
        """The sum of the terms, (N,)."""
        return self.contextual + self.perceptual + self.prior


class Search:
    """Searches for the z of each of N images, for all of them together, from several starts each.

        L(z) = Σ W (G(z) − y)² + λ softplus(−D(G(z))) + σ² ‖z‖²

    Σ is over the known pixels and channels, with the weights W of `importance`.  The second term, −ln σ(D(G(z))), is
    small for images that look real to D.  With the third, the minimum is the most probable z, if the known pixels are
    G(z) plus noise with standard deviation σ, and z ~ N(0, 1).

    `images` are bytes (N, H, W, C), −1 … 1 in the loss; `known` is bool (N, H, W).  Only known pixels are used, in the
    loss and in the choice of the starts.  `restarts` is the number of starts: the best of `guesses` random z's.
    `weight` is λ, `deviation` is σ, `lr` is Adam's learning rate.  Raises ValueError if the shapes do not fit, if the
    generator has classes or if there are fewer guesses than starts, and BadInput for a discriminator that judges packs,
    unless `weight` is 0.
    """

    def __init__(
        self,
        generator: Network,
        discriminator: Network,
        images: np.ndarray,
        known: np.ndarray,
        *,
        rng: np.random.Generator,
        guesses: int = GUESSES,
        restarts: int = 3,
        weight: float = 0.1,
        deviation: float = DEVIATION,
        lr: float = 0.05,
        device: str = "cpu",
        progress: Progress = quiet,
    ):
        if guesses < restarts:
            raise ValueError(f"expected at least as many guesses as starts, {restarts}, got {guesses}")
        if generator.classes:
            raise ValueError("expected a generator without classes: its images would depend on the label")
        if weight:
            refuse_packs(discriminator)
        if known.shape != images.shape[:3]:
            raise ValueError(f"expected masks {images.shape[:3]} of images {images.shape}, got {known.shape}")
        self.generator, self.discriminator, self.device = generator, discriminator, device
        self.weight, self.variance, self.lr, self.restarts = weight, deviation**2, lr, restarts
        importances = np.stack([importance(mask) for mask in known])[..., None].astype(np.float32)
        targets = scale_images(np.where(known[..., None], images, 0))  # unknown pixels are not kept
        guessed = draw_noise(rng, guesses, generator.latent)
        self.z = self._initial_z(targets, importances, guessed, progress)  # (N · restarts, latent): the best so far
        self.best = np.full(len(self.z), np.inf)  # their losses
        self.target, self.importance = (self._repeat(x) for x in (targets, importances))

    def steps(self, iterations: int) -> Iterator[Step]:
        """Run Adam on all z's; the learning rate falls linearly to 0 in the second half of the iterations.

        The first Step has the losses of the initial z's.
        """
        z = Parameter(to_device(self.z.copy(), self.device))
        adam = Adam([z], self.lr)
        for number in range(1, iterations + 1):
            terms = self.terms(z)
            values = np.stack([to_host(term.data) for term in terms])
            self._keep_best(z, values.sum(axis=0))
            (terms[0] + terms[1] + terms[2]).sum().backward()
            adam.lr = self.lr * min(1.0, 2.0 * (1.0 - (number - 1) / iterations))
            adam.step()
            yield Step(number, *self._of_best_start(values))

    def terms(self, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The terms of the loss, each (N · restarts,): contextual, perceptual, prior.  Gradients reach only z."""
        g, d = self.generator, self.discriminator
        with evaluation(g), evaluation(d), g.frozen(), d.frozen():
            drawn = g(z)
            difference = drawn - self.target
            contextual = (difference * difference * self.importance).sum((1, 2, 3))
            prior = (z * z).sum(1) * self.variance
            perceptual = softplus(-d(drawn)) * self.weight if self.weight else prior * 0.0  # without D, half the time
        return contextual, perceptual, prior

    def found(self) -> np.ndarray:
        """The best z of each image so far, (N, latent)."""
        starts = self.best.reshape(-1, self.restarts)
        return self.z.reshape(*starts.shape, -1)[np.arange(len(starts)), starts.argmin(axis=1)]

    def drawn(self) -> np.ndarray:
        """G's images for `found`, bytes (N, H, W, C)."""
        return to_bytes(generate(self.generator, self.found(), device=self.device))

    def _initial_z(self, targets: np.ndarray, importances: np.ndarray, z: np.ndarray, progress: Progress) -> np.ndarray:
        """For each target, those of the z's whose images agree best with it: (N · restarts, latent)."""
        errors = np.empty((len(targets), len(z)))
        for first in progress(range(0, len(z), CHUNK), -(-len(z) // CHUNK), "choosing where to start"):
            part = slice(first, first + CHUNK)
            images = generate(self.generator, z[part], device=self.device)
            if images.shape[1:] != targets.shape[1:]:
                shape = str(images.shape[1:])[1:-1]
                raise ValueError(f"expected images (N, {shape}) as G draws, got {targets.shape}")
            for row, target, weights in zip(errors, targets, importances):
                row[part] = (weights * (images - target) ** 2).sum(axis=(1, 2, 3))
        return z[np.argsort(errors, axis=1, kind="stable")[:, : self.restarts].ravel()]

    def _repeat(self, x: np.ndarray) -> Tensor:
        return Tensor(to_device(x.repeat(self.restarts, axis=0), self.device))

    def _keep_best(self, z: Tensor, losses: np.ndarray) -> None:
        """Store the z of each start whose loss is lower than before."""
        better = losses < self.best
        self.z[better], self.best[better] = z.numpy()[better], losses[better]

    def _of_best_start(self, values: np.ndarray) -> np.ndarray:
        """The terms of each image's best start, (3, N), from those of all starts, (3, N · restarts)."""
        by_image = values.reshape(len(values), -1, self.restarts)
        best = by_image.sum(axis=0).argmin(axis=1)
        return by_image[:, np.arange(len(best)), best]


def importance(known: np.ndarray) -> np.ndarray:
    """Weights of pixels in the loss, float64 (H, W): 0 where unknown, and 1 on average over the known pixels.

    Half of the total weight is uniform, half is proportional to the share of unknown pixels in the 7×7 window around a
    pixel (from the later version of the paper, Yeh et al., CVPR 2017).
    """
    inside = np.lib.stride_tricks.sliding_window_view(np.pad(known, WINDOW // 2, constant_values=True), (WINDOW,) * 2)
    near = known * (~inside).mean(axis=(2, 3))
    if not near.any():  # no hole, or no known pixels
        return known.astype(float)
    return 0.5 * known + 0.5 * near * (known.sum() / near.sum())


def overlay(images: np.ndarray, fills: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The images at the known pixels, bool (N, H, W), and the fills elsewhere; both are (N, H, W, C)."""
    return np.where(known[..., None], images, fills)

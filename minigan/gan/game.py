"""The game: one training step of both networks, move by move (Goodfellow et al. 2014, algorithm 1)."""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..graph import no_grad
from ..nn import Module
from ..ops import sigmoid
from ..optim import Adam
from ..tensor import Tensor
from .losses import Loss, NonSaturating


class Move(NamedTuple):
    """One move of a training step: what was just done, and the Tensors it made."""

    name: str
    tensors: dict[str, Tensor]


class Game:
    """Generator and discriminator, each with its Adam, and the loss that they play for."""

    def __init__(
        self,
        generator: Module,
        discriminator: Module,
        lr: float,
        betas: tuple[float, float],
        loss: Loss | None = None,
    ):
        self.generator, self.discriminator = generator, discriminator
        self.loss = loss or NonSaturating()
        self.generator_adam = Adam(generator.parameters(), lr, betas)
        self.discriminator_adam = Adam(discriminator.parameters(), lr, betas)

    def set_lr(self, lr: float) -> None:
        """The learning rate of both networks from the next step on."""
        self.generator_adam.lr = self.discriminator_adam.lr = lr

    def moves(self, real: Tensor, z: Tensor, y: Tensor | None = None) -> Iterator[Move]:
        """One training step on real images (N, S, S, C) and noise z (N, latent), one move at a time.

        Networks with classes are told what the real images show, y (N, classes), and draw the same.

        A judgement is yielded after its backward pass, so the gradients that it left can be looked at.
        Real and fake images pass D as separate batches, each with its own batch statistics.
        """
        told = () if y is None else (y,)
        fake = self.generator(z, *told)
        yield Move("G draws", {"fake": fake})

        real_logits = self.discriminator(real, *told)
        real_loss = self.loss.on_real(real_logits)
        real_loss.backward()  # each half by itself: its graph is freed before the next is made
        yield Move("D judges real images", {"logits": real_logits, "loss": real_loss})

        fake_logits = self.discriminator(fake.detach(), *told)  # D's loss must not reach G
        fake_loss = self.loss.on_fake(fake_logits)
        fake_loss.backward()  # the gradients of both halves add up
        yield Move("D judges fake images", {"logits": fake_logits, "loss": fake_loss})

        self.discriminator_adam.step()
        yield Move("D has learned", {})

        with self.discriminator.frozen():  # the gradient goes through D to G, and leaves none in D
            second_logits = self.discriminator(fake, *told)
        g_loss = self.loss.for_generator(second_logits)
        g_loss.backward()
        yield Move("D judges again, for G", {"logits": second_logits, "loss": g_loss})

        self.generator_adam.step()
        with no_grad():
            d_loss = real_loss + fake_loss
            d_real, d_fake = sigmoid(real_logits).mean(), sigmoid(fake_logits).mean()
        yield Move("G has learned", {"d_loss": d_loss, "g_loss": g_loss, "d_real": d_real, "d_fake": d_fake})

    def step(self, real: Tensor, z: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """All the moves of one training step; returns its losses and the mean D(x) and D(G(z)), on the device."""
        (last,) = deque(self.moves(real, z, y), maxlen=1)
        return last.tensors


def draw_noise(rng: np.random.Generator, count: int, latent: int) -> np.ndarray:
    """z: `count` rows of N(0, 1), float32, drawn on the host."""
    return rng.standard_normal((count, latent), np.float32)

"""The two-player game: one training step of both networks, move by move (Goodfellow et al. 2014, algorithm 1)."""

from collections import deque
from collections.abc import Generator, Iterator
from contextlib import nullcontext
from typing import NamedTuple

import numpy as np

from ..graph import no_grad
from ..group import Group
from ..nn import Module
from ..ops import bce_with_logits, log_softmax
from ..optim import Adam
from ..tensor import Tensor
from .health import WAITS, variety
from .labels import Classifier
from .losses import Loss, NonSaturating, PairedLoss
from .networks import Discriminator
from .penalties import Penalty
from .views import View


class Move(NamedTuple):
    """One move of a training step: its name, and the Tensors that it computed, by name."""

    name: str
    tensors: dict[str, Tensor]


Labels = tuple[Tensor, ...]  # y, or nothing
Judgement = Generator[Move, None, tuple[Tensor, Tensor, Tensor]]  # D's two moves; its outputs, and its loss


class Game:
    """Generator and discriminator, each with its own Adam optimiser, and their loss, by default `NonSaturating`.

    With a `penalty`, it is added to D's loss in every step or, if it is due only every n steps, n times
    (Karras et al. 2020, arXiv:1912.04958, §3.1).  With a `view`, D is shown images as it changes them.  A D that
    also classifies adds the cross-entropy of the labels to both losses, to its own of real images; one with an
    `attribute_head` adds that of the attributes of real images to its own.  G learns in every step or, with `d_steps`
    n, in every n-th (Goodfellow et al. 2014, algorithm 1).  D's learning rate is `d_lr`, by default G's, `lr` (two time
    scales: Heusel et al. 2017, arXiv:1706.08500).  `rng` draws what a penalty draws.
    """

    def __init__(
        self,
        generator: Module,
        discriminator: Module,
        lr: float,
        betas: tuple[float, float],
        loss: Loss | None = None,
        penalty: Penalty | None = None,
        view: View | None = None,
        d_steps: int = 1,
        d_lr: float | None = None,
        rng: np.random.Generator | None = None,
    ):
        self.generator, self.discriminator = generator, discriminator
        self.group: Group | None = None  # processes that each have a share of the batch
        self.loss = loss or NonSaturating()
        self.penalty, self.rng = penalty, rng or np.random.default_rng(0)
        self.view, self.d_steps = view or View(self.rng), d_steps
        self.generator_adam = Adam(generator.parameters(), lr, betas)
        self.discriminator_adam = Adam(discriminator.parameters(), d_lr or lr, betas)

    def set_lr(self, lr: float, d_lr: float | None = None) -> None:
        """Set the learning rate of G's optimiser, and of D's, by default the same, from the next step on."""
        self.generator_adam.lr, self.discriminator_adam.lr = lr, d_lr or lr

    @property
    def steps(self) -> int:
        """The number of training steps taken: in each of them, D has learned."""
        return self.discriminator_adam.steps[0]

    @property
    def generators_turn(self) -> bool:
        """Whether G learns in the next step."""
        return (self.steps + 1) % self.d_steps == 0

    def judge(self, images: Tensor, *labels: Tensor) -> Tensor:
        """D's outputs (N,) for images as it is shown them."""
        return self._judge_and_classify(images, labels)[0]

    def _judge_and_classify(self, images: Tensor, labels: Labels) -> tuple[Tensor, list[Tensor]]:
        """D's outputs (N,) and, if it is a `Classifier`, the cross-entropy of the labels in a list, else []."""
        outputs = self.discriminator(self.view(images), *labels)
        if not isinstance(self.discriminator, Classifier):
            return outputs, []
        (y,) = labels
        return outputs[:, 0], [-(y * log_softmax(outputs[:, 1:])).sum(axis=1).mean()]

    def _judge_real(self, images: Tensor, labels: Labels, attributes: Tensor | None) -> tuple[Tensor, list[Tensor]]:
        """As `_judge_and_classify`; with attributes (N, A), 0 or 1, the list has their cross-entropy, summed over A."""
        if attributes is None:
            return self._judge_and_classify(images, labels)
        assert isinstance(self.discriminator, Discriminator)
        outputs, found = self.discriminator.logits_and_attributes(self.view(images))
        return outputs, [bce_with_logits(found, attributes, "sum") * (1.0 / len(images))]

    def moves(
        self, real: Tensor, z: Tensor, y: Tensor | None = None, attributes: Tensor | None = None
    ) -> Iterator[Move]:
        """One training step on real images (N, H, W, C), −1 … 1, and noise z (N, latent), one move at a time.

        Networks with classes also get y (N, classes), the one-hot labels of the real images; G draws the same classes.
        A D with an `attribute_head` gets the attributes (N, A) of the real images, each 0 or 1.

        A move with a loss is yielded after its backward pass, so its gradients can be inspected.  Real and fake images
        go through D as separate batches, each with its own batch statistics.
        """
        labels, generators_turn = () if y is None else (y,), self.generators_turn
        with nullcontext() if generators_turn else no_grad():
            fake = self.generator(z, *labels)
        yield Move("G draws", {"fake": fake})

        judge = self._judge_pairs if isinstance(self.loss, PairedLoss) else self._judge_separately
        real_logits, fake_logits, d_loss = yield from judge(real, fake.detach(), labels, attributes)

        if self.penalty and self.steps % self.penalty.every == 0:
            penalty = self.penalty(self.judge, real, fake.detach(), labels, self.rng) * self.penalty.every
            penalty.backward()
            yield Move("D is penalised", {"loss": penalty})

        self._average_gradients(self.discriminator_adam)
        norms = {"d_grad": self.discriminator_adam.gradient_norm(), "g_grad": 0.0 * d_loss + WAITS}
        self.discriminator_adam.step()
        yield Move("D has learned", {})

        if generators_turn:
            with self.discriminator.frozen():  # gradients pass through D to G, but D's weights get none
                second_logits, classified = self._judge_and_classify(fake, labels)
            g_loss = self._loss_of_generator(second_logits, real, labels)
            sum(classified, g_loss).backward()
            self._average_gradients(self.generator_adam)
            norms["g_grad"] = self.generator_adam.gradient_norm()
            yield Move("D judges again, for G", {"logits": second_logits, "loss": g_loss})
            self.generator_adam.step()

        with no_grad():
            if not generators_turn:
                g_loss = self._loss_of_generator(fake_logits, real, labels)
            d_real, d_fake = (self.loss.reading(logits).mean() for logits in (real_logits, fake_logits))
        metrics = {"d_loss": d_loss, "g_loss": g_loss, "d_real": d_real, "d_fake": d_fake, **norms}
        metrics |= {"variety": Tensor(variety(fake.data, real.data))}
        yield Move("G has learned" if generators_turn else "G waits", metrics)

    def _average_gradients(self, adam: Adam) -> None:
        """Take the mean of all processes' gradients, each that of the mean loss of its share."""
        if self.group:
            found = [(p, p.grad.data) for p in adam.parameters if p.grad is not None]
            for (p, _), mean in zip(found, self.group.mean_of_each([gradient for _, gradient in found])):
                p.grad = Tensor(mean)

    def _judge_separately(self, real: Tensor, fake: Tensor, labels: Labels, attributes: Tensor | None) -> Judgement:
        real_logits, classified = self._judge_real(real, labels, attributes)
        real_loss = self.loss.on_real(real_logits)
        # Separately from the fake images, so that its graph is freed before the next is built.
        sum(classified, real_loss).backward()
        yield Move("D judges real images", {"logits": real_logits, "loss": real_loss})

        fake_logits = self.judge(fake, *labels)
        fake_loss = self.loss.on_fake(fake_logits)
        fake_loss.backward()  # adds to the gradients from the real images
        yield Move("D judges fake images", {"logits": fake_logits, "loss": fake_loss})
        return real_logits, fake_logits, real_loss.detach() + fake_loss.detach()

    def _judge_pairs(self, real: Tensor, fake: Tensor, labels: Labels, attributes: Tensor | None) -> Judgement:
        assert isinstance(self.loss, PairedLoss)
        real_logits, classified = self._judge_real(real, labels, attributes)
        yield Move("D judges real images", {"logits": real_logits})
        fake_logits = self.judge(fake, *labels)
        loss = self.loss.on_pairs(real_logits, fake_logits)
        sum(classified, loss).backward()
        yield Move("D judges fake images", {"logits": fake_logits, "loss": loss})
        return real_logits, fake_logits, loss

    def _loss_of_generator(self, logits: Tensor, real: Tensor, labels: Labels) -> Tensor:
        if not isinstance(self.loss, PairedLoss):
            return self.loss.for_generator(logits)
        with no_grad():
            real_logits = self.judge(real, *labels)
        return self.loss.for_generator_of_pairs(logits, real_logits)

    def step(
        self, real: Tensor, z: Tensor, y: Tensor | None = None, attributes: Tensor | None = None
    ) -> dict[str, Tensor]:
        """All moves of one training step, see `moves`.

        Returns METRICS by name, scalar Tensors on the device: both losses; the means of D(x) and D(G(z)); the norms of
        both networks' gradients, WAITS for G where it does; and how different G's images are, see `variety`.
        """
        (last,) = deque(self.moves(real, z, y, attributes), maxlen=1)
        return last.tensors


def draw_noise(rng: np.random.Generator, count: int, latent: int) -> np.ndarray:
    """Noise z (count, latent) from N(0, 1), float32, drawn on the host."""
    return rng.standard_normal((count, latent), np.float32)

"""A10b: the DCGAN trains as a WGAN-GP, with the student's losses."""

from collections.abc import Iterator, Sequence
from typing import Any

from ...gan.game import Game, Move
from ...gan.health import WAITS
from ...tensor import Tensor
from . import Change
from .a09 import metrics, watched

# With batch norm, D's score of an image would depend on the others, and so would its slope. D must be good before G
# learns from it, and forget old gradients soon: with one step of D for each of G, and the usual β, G collapses.
SETTINGS = {"normaliser": "layer", "d_steps": 3, "d_lr": 2e-3, "beta1": 0.0, "beta2": 0.9}
STEPS = 937  # an epoch


def changes(student: Any) -> Sequence[Change]:
    def moves(self: Game, real: Tensor, z: Tensor, *told: Tensor | None) -> Iterator[Move]:
        g, d, generators_turn = self.generator, self.discriminator, self.generators_turn
        with watched(g) as drawn, watched(d) as judged:
            fake = g(z)
            d_loss = student.critic_loss(d, real, fake, self.rng)
            d_loss.backward()
            norms = {"d_grad": self.discriminator_adam.gradient_norm(), "g_grad": 0.0 * d_loss + WAITS}
            yield Move("D has judged", {"loss": d_loss})
            self.discriminator_adam.step()
            yield Move("D has learned", {})
            with d.frozen():
                g_loss = student.generator_loss(d, fake)
                if generators_turn:
                    g_loss.backward()
            if generators_turn:
                norms["g_grad"] = self.generator_adam.gradient_norm()
                yield Move("D has judged for G", {"loss": g_loss})
                self.generator_adam.step()
        losses = {"d_loss": d_loss.detach(), "g_loss": g_loss.detach()}
        yield Move("G has learned" if generators_turn else "G waits", metrics(losses | norms, real, drawn, judged))

    return [Change(Game, "moves", moves, "training steps")]

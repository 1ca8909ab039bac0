"""A10b: the DCGAN trains as a WGAN-GP, with the student's losses, and with layer norm in D.

With batch norm D's score of an image would depend on the others, and so would its slope.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from ...gan import models
from ...gan.game import Game, Move
from ...gan.normalisers import NORMALISERS
from ...tensor import Tensor
from . import Change
from .a09 import metrics, watched


def changes(student: Any) -> Sequence[Change]:
    def moves(self: Game, real: Tensor, z: Tensor, y: Tensor | None = None) -> Iterator[Move]:
        g, d, norms = self.generator, self.discriminator, {}
        with watched(g) as drawn, watched(d) as judged:
            fake = g(z)
            d_loss = student.critic_loss(d, real, fake, self.rng)
            d_loss.backward()
            norms["d_grad"] = self.discriminator_adam.gradient_norm()
            yield Move("D has judged", {"loss": d_loss})
            self.discriminator_adam.step()
            yield Move("D has learned", {})
            with d.frozen():
                g_loss = student.generator_loss(d, fake)
                g_loss.backward()
            norms["g_grad"] = self.generator_adam.gradient_norm()
            yield Move("D has judged for G", {"loss": g_loss})
            self.generator_adam.step()
        losses = {"d_loss": d_loss.detach(), "g_loss": g_loss.detach()}
        yield Move("G has learned", metrics(losses | norms, real, drawn, judged))

    layer_norm = dict.fromkeys(NORMALISERS, NORMALISERS["layer"])
    return [Change(Game, "moves", moves, "training steps"), Change(models, "NORMALISERS", layer_norm)]

"""A9: every training step of the DCGAN is the student's."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ...gan.game import Game, Move
from ...gan.health import variety
from ...graph import no_grad
from ...nn import Module
from ...ops import sigmoid
from ...tensor import Tensor
from . import Change

Seen = list[tuple[Tensor, Tensor]]  # inputs and outputs of a network


def changes(student: Any) -> Sequence[Change]:
    def moves(self: Game, real: Tensor, z: Tensor, *told: Tensor | None) -> Iterator[Move]:
        adams, norms = (self.generator_adam, self.discriminator_adam), {}
        with watched(self.generator) as drawn, watched(self.discriminator) as judged:
            turns = student.moves(self.generator, self.discriminator, *adams, real, z)
            d_loss, norms["d_grad"] = next(turns), self.discriminator_adam.gradient_norm()
            yield Move("D has judged", {"loss": d_loss})
            next(turns)
            yield Move("D has learned", {})
            g_loss, norms["g_grad"] = next(turns), self.generator_adam.gradient_norm()
            yield Move("D has judged for G", {"loss": g_loss})
            for _ in turns:
                pass
        losses = {"d_loss": d_loss.detach(), "g_loss": g_loss.detach()}
        yield Move("G has learned", metrics(losses | norms, real, drawn, judged))

    return [Change(Game, "moves", moves, "training steps")]


def metrics(known: dict[str, Tensor], real: Tensor, drawn: Seen, judged: Seen) -> dict[str, Tensor]:
    """What a step reports, see `Game.step`: losses and gradients, and what was drawn and judged in it."""
    outputs = {"d_real": [y for x, y in judged if x.data is real.data], "d_fake": [y for _, y in judged]}
    outputs["d_fake"] = [y for y in outputs["d_fake"] if not any(y is other for other in outputs["d_real"])]
    with no_grad():
        read = {name: sigmoid((found or [judged[0][1]])[0]).mean() for name, found in outputs.items()}
    return {**known, **read, "variety": Tensor(variety(drawn[0][1].data, real.data))}


@contextmanager
def watched(network: Module) -> Iterator[Seen]:
    """Within this context all that goes into the network, and what comes out, is also listed."""
    seen: Seen = []

    def forward(x: Tensor, *others: Any) -> Tensor:
        y = type(network).forward(network, x, *others)
        seen.append((x, y))
        return y

    network.forward = forward  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        del network.forward

"""Calls of A9: the game, played by the student's moves with instruments in both networks."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...nn import Module
from ...optim import Adam, Optimizer
from ...tensor import Tensor
from .networks import build, gradients, numbers, set_weights, statistics, value

Arrays = dict[str, Any]
YIELDS = 4


class Still(Optimizer):
    """An optimiser that changes nothing: it clears the gradients, as a step does."""

    def step(self) -> None:
        self.zero_grad()


def yields(student: Any, networks: list[Module], optimisers: list[Optimizer], *inputs: Any) -> Iterator[Any]:
    """What moves(…) yields; ValueError unless it does so four times."""
    moves = student.moves(*networks, *optimisers, *(Tensor(x) for x in inputs))
    if not hasattr(moves, "__next__"):
        raise TypeError(f"moves gave a {type(moves).__name__}; expected a function that yields four times")
    count = 0
    for count, found in enumerate(moves, 1):
        if count > YIELDS:
            raise ValueError(f"moves yielded more than {YIELDS} times")
        yield found
    if count < YIELDS:
        raise ValueError(f"moves yielded {count} times, expected {YIELDS}")


def start(text: dict[str, Any], arrays: Arrays) -> tuple[list[Module], list[Optimizer]]:
    """G and D, and the optimisers of both, which change nothing if the text says so."""
    networks: list[Module] = [build(text[name], arrays, f"{name}.") for name in ("g", "d")]
    pairs = [(network.parameters(), lr) for network, lr in zip(networks, text["rates"])]
    return networks, [Still(p, lr) if text.get("still") else Adam(p, lr, (0.5, 0.99)) for p, lr in pairs]


def play(student: Any, text: dict[str, Any], real: Any, z: Any, **arrays: Any) -> Arrays:
    """The game up to the yield `upto`: what it yielded as a loss and, before it (0) and after each yield (1, 2, …),
    the weights, gradients and running statistics of both networks.
    """
    networks, optimisers = start(text, arrays)
    results: Arrays = {}

    def look(k: int) -> None:
        for name, network in zip("gd", networks):
            results[f"{name}_weights{k}"] = numbers(network.parameters())
            results[f"{name}_gradients{k}"] = gradients(network)
            results[f"{name}_statistics{k}"] = numbers(statistics(network))

    look(0)
    for k, found in enumerate(yields(student, networks, optimisers, real, z), 1):
        look(k)
        if found is not None:
            results[f"loss{k}"] = value(found)
        if k == text["upto"] < YIELDS:
            break
    return results


def losses(student: Any, text: dict[str, Any], real: Any, z: Any, many: Any, **arrays: Any) -> Arrays:
    """The loss of the yield `upto` for many weights of the network `which`."""
    found = []
    for weights in many:
        networks, optimisers = start(text, arrays)
        set_weights(networks["gd".index(text["which"])], weights)
        moves = yields(student, networks, optimisers, real, z)
        found.append(value([next(moves) for _ in range(text["upto"])][-1]))
    return {"losses": np.stack(found)}


def train(student: Any, text: dict[str, Any], reals: Any, zs: Any, look: Any, **arrays: Any) -> Arrays:
    """A step for each batch; what G draws from the noise in `look` after every so many steps."""
    networks, optimisers = start(text, arrays)
    drawn = []
    for step, (real, z) in enumerate(zip(reals, zs), 1):
        for _ in yields(student, networks, optimisers, real, z):
            pass
        if step % text["every"] == 0:
            drawn.append(networks[0](Tensor(look)).data)
    return {"drawn": np.stack(drawn)}


CALLS = {"play": play, "losses": losses, "train": train}

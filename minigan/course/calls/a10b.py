"""Calls of A10b: the student's penalty, and the losses that contain it."""

from typing import Any

import numpy as np

from ...optim import Adam
from ...tensor import Tensor
from .networks import build, gradients, numbers, set_weights, value

Arrays = dict[str, Any]
Text = dict[str, Any]


def penalties(student: Any, text: Text, xs: Any, **arrays: Any) -> Arrays:
    """The penalty of each of several batches; with `many`, for many weights of D, of the first batch."""
    d = build(text["d"], arrays, "d.")
    if "many" not in arrays:
        return {"values": np.stack([value(student.penalty(d, Tensor(x))) for x in xs])}
    found = []
    for weights in arrays["many"]:
        set_weights(d, weights)
        found.append(value(student.penalty(d, Tensor(xs[0]))))
    return {"values": np.stack(found)}


def gradient(student: Any, text: Text, x: Any, **arrays: Any) -> Arrays:
    """The penalty, and its gradient by D's weights."""
    d = build(text["d"], arrays, "d.")
    found = student.penalty(d, Tensor(x))
    found.backward()
    return {"value": value(found), "gradients": gradients(d), "weights": numbers(d.parameters())}


def between(student: Any, text: Text, real: Any, fake: Any) -> Arrays:
    """Points between images, drawn by a generator; by the same one again; and by one of the same seed."""
    rng, same = (np.random.default_rng(text["seed"]) for _ in range(2))
    drawn = [student.between(Tensor(real), Tensor(fake), one) for one in (rng, rng, same)]
    return {name: x.data for name, x in zip(("first", "again", "same"), drawn)}


def losses(student: Any, text: Text, real: Any, fake: Any, **arrays: Any) -> Arrays:
    """Both losses, and the penalty at the real images."""
    d, rng = build(text["d"], arrays, "d."), np.random.default_rng(text["seed"])
    return {
        "critic": value(student.critic_loss(d, Tensor(real), Tensor(fake), rng, text["weight"])),
        "generator": value(student.generator_loss(d, Tensor(fake))),
        "penalty": value(student.penalty(d, Tensor(real))),
    }


def turn(student: Any, text: Text, real: Any, fake: Any, **arrays: Any) -> Arrays:
    """The gradients of D's weights by its loss; how much has arrived at the generated images; with `many`, only the
    loss, for many weights of D.
    """
    d, found = build(text["d"], arrays, "d."), []
    for weights in arrays.get("many", [numbers(d.parameters())]):
        set_weights(d, weights)
        drawn_from = Tensor(fake, requires_grad=True)
        drawn = drawn_from * 1.0  # as if a network had drawn them
        loss = student.critic_loss(d, Tensor(real), drawn, np.random.default_rng(text["seed"]), text["weight"])
        found.append(value(loss))
    if "many" in arrays:
        return {"losses": np.stack(found)}
    loss.backward()
    arrived = 0.0 if drawn_from.grad is None else np.abs(drawn_from.grad.data).max()
    return {"gradients": gradients(d), "weights": numbers(d.parameters()), "arrived": np.array(arrived)}


def train(student: Any, text: Text, reals: Any, fakes: Any, **arrays: Any) -> Arrays:
    """D's weights after a step for each pair of batches."""
    d, rng = build(text["d"], arrays, "d."), np.random.default_rng(text["seed"])
    adam = Adam(d.parameters(), text["rate"], (0.5, 0.9))
    for real, fake in zip(reals, fakes):
        student.critic_loss(d, Tensor(real), Tensor(fake), rng, text["weight"]).backward()
        adam.step()
    return {"weights": numbers(d.parameters())}


CALLS = {
    "penalties": penalties, "gradient": gradient, "between": between, "losses": losses, "turn": turn, "train": train,
}  # fmt: skip

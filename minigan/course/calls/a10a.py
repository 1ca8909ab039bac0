"""Calls of A10a: the student's losses of an image, and the search for it."""

from typing import Any

import numpy as np

from ...nn import Module
from ...tensor import Tensor
from .common import array
from .networks import build, gradients, numbers

Arrays = dict[str, Any]
Text = dict[str, Any]


def contextual(student: Any, text: Text, drawn: Any, images: Any, known: Any) -> Arrays:
    """The loss of known pixels."""
    return {"y": array(student.contextual(Tensor(drawn), images, known), "contextual")}


def perceptual(student: Any, text: Text, drawn: Any, **arrays: Any) -> Arrays:
    """The loss by D."""
    return {"y": array(student.perceptual(build(text["d"], arrays, "d."), Tensor(drawn)), "perceptual")}


def loss(student: Any, text: Text, z: Any, images: Any, known: Any, v: Any, many: Any, **arrays: Any) -> Arrays:
    """The losses y of all images, the gradient of ⟨v, y⟩ by z, the two losses that y is made of, and ⟨v, y⟩ at many z,
    as rows.
    """
    g, d = networks(text, arrays)
    point = Tensor(z, requires_grad=True)
    found = student.loss(g, d, point, images, known, text["weight"])
    y = array(found, "loss")
    found.backward(Tensor(v))
    drawn = g(Tensor(z))
    parts = [student.contextual(drawn, images, known), student.perceptual(d, drawn)]
    at = [student.loss(g, d, Tensor(row.reshape(z.shape)), images, known, text["weight"]).data @ v for row in many]
    results = {"y": y, "contextual": array(parts[0], "contextual"), "perceptual": array(parts[1], "perceptual")}
    return {**results, "many": np.stack(at), **({} if point.grad is None else {"gradient": point.grad.data})}


def complete(student: Any, text: Text, images: Any, known: Any, starts: Any, **arrays: Any) -> Arrays:
    """The completed images and their z; and of both networks the numbers that they hold, and their gradients."""
    g, d = networks(text, arrays)
    found = student.complete(g, d, images, known, starts, text["steps"], text["lr"], text["weight"])
    if not isinstance(found, tuple) or len(found) != 2:
        raise TypeError(f"complete gave a {type(found).__name__}, expected a pair: the images and their z")
    completed, z = (x.data if isinstance(x, Tensor) else np.asarray(x) for x in found)
    results = {"completed": completed, "z": z}
    for name, network in (("g", g), ("d", d)):
        held = [x for _, x in network.named_tensors()]
        results |= {f"{name}_numbers": numbers(held), f"{name}_gradients": gradients(network)}
    return results


def networks(text: Text, arrays: Arrays) -> tuple[Module, Module]:
    """G and D, as they come out of training, in training mode, unless the text says otherwise."""
    training = text.get("training", True)
    g, d = (build(text[name], arrays, f"{name}.").train(training) for name in ("g", "d"))
    return g, d


CALLS = {"contextual": contextual, "perceptual": perceptual, "loss": loss, "complete": complete}

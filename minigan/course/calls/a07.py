"""Calls of A7: batch normalisation, and the layer that keeps running statistics."""

from typing import Any

import numpy as np

from ...tensor import Tensor
from .common import array, calls_of

Text = dict[str, Any]
Arrays = dict[str, Any]


def batch_norm(student: Any, text: Text, x: Tensor, scale: Tensor, shift: Tensor) -> Any:
    return student.batch_norm(x, scale, shift, text["epsilon"])


def numbers(value: Any) -> np.ndarray:
    """The values of a Tensor, or of an array that a student keeps in its place, as they are now."""
    return np.array(value.data if isinstance(value, Tensor) else value)


def statistics(layer: Any) -> Arrays:
    return {"mean": numbers(layer.running_mean), "variance": numbers(layer.running_variance)}


def trained(student: Any, text: Text, batches: Any, scale: Any, shift: Any) -> tuple[Any, list[np.ndarray]]:
    """A new layer that has been shown all batches in training, and what it made of them."""
    layer = student.BatchNorm(len(scale), momentum=text["momentum"], epsilon=text["epsilon"])
    layer.scale.data[...], layer.shift.data[...] = scale, shift
    layer.train()
    # As in a network, the layer's input has a gradient.
    return layer, [array(layer(Tensor(x, requires_grad=True)), "BatchNorm") for x in batches]


def running(student: Any, text: Text, batches: Any, scale: Any, shift: Any) -> Arrays:
    """What the layer gives in training, and its running statistics in the end; and those of another, new layer."""
    layer, ys = trained(student, text, batches, scale, shift)
    new = student.BatchNorm(len(scale), momentum=text["momentum"], epsilon=text["epsilon"])
    return {"ys": np.stack(ys), **statistics(layer), **{f"new_{name}": x for name, x in statistics(new).items()}}


def evaluation(student: Any, text: Text, batches: Any, scale: Any, shift: Any, x: Any, v: Any) -> Arrays:
    """What the layer gives in evaluation, for x and for its first example alone, the gradients of ⟨v, y⟩, and the
    running statistics before and after."""
    layer, _ = trained(student, text, batches, scale, shift)
    before = {f"before_{name}": value for name, value in statistics(layer).items()}
    layer.eval()
    leaf = Tensor(x, requires_grad=True)
    y, alone = layer(leaf), layer(Tensor(x[:1]))
    found = {"y": array(y, "BatchNorm"), "alone": array(alone, "BatchNorm"), **before, **statistics(layer)}
    if y.requires_grad:
        y.backward(Tensor(v))
    leaves = {"x": leaf, "scale": layer.scale, "shift": layer.shift}
    return {**found, **{f"d_{name}": t.grad.data for name, t in leaves.items() if t.grad is not None}}


def state(student: Any, text: Text, batches: Any, scale: Any, shift: Any, x: Any) -> Arrays:
    """Whether the state of a trained layer has all that it needs, whether only scale and shift are trained, and whether
    the running statistics have a history; what the layer, and one that has loaded its state, give in evaluation."""
    layer, _ = trained(student, text, batches, scale, shift)
    saved = layer.state_dict()
    tensors = layer.running_mean, layer.running_variance
    facts = {
        "saved": {"scale", "shift", "running_mean", "running_variance"} <= set(saved),
        "trains": {id(p) for p in layer.parameters()} == {id(layer.scale), id(layer.shift)},
        "history": any(getattr(t, "creator", None) is not None for t in tensors),
    }
    found = {name: np.array(fact) for name, fact in facts.items()}
    if not facts["saved"]:  # it cannot be loaded
        return found
    loaded = student.BatchNorm(len(scale), momentum=text["momentum"], epsilon=text["epsilon"])
    loaded.load_state_dict(saved)
    ys = [array(each.eval()(Tensor(x)), "BatchNorm") for each in (layer, loaded)]
    return {**found, "y": ys[0], "loaded": ys[1]}


CALLS = {
    **calls_of({"batch_norm": batch_norm}), "running": running, "evaluation": evaluation, "state": state,
}  # fmt: skip

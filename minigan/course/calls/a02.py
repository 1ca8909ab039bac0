"""Calls of A2: graphs of sums with factors, and what the student's backward pass does on them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...graph import recording
from ...ops import exp
from ...tensor import Op, Tensor
from .common import Arrays, Text


class Mix(Op):
    """y = Σ wᵢ xᵢ        ∂L/∂xᵢ = wᵢ ∂L/∂y        (wᵢ may be None: then it counts as 0, and so does the gradient)"""

    reads_inputs = False

    def __init__(self, weights: Sequence[float | None], log: list):
        self.weights, self.log = weights, log

    def forward(self, *xs: Any) -> Any:
        return np.asarray(sum((w or 0.0) * x for w, x in zip(self.weights, xs)))

    def backward(self, grad: Tensor) -> Any:
        self.log.append(self)
        grads = tuple(self._times(w, grad) if need else None for w, need in zip(self.weights, self.needs))
        return grads if len(grads) > 1 else grads[0]

    def _times(self, w: float | None, grad: Tensor) -> Tensor | None:
        """With the factor 1 the same Tensor, so that several inputs share it."""
        return None if w is None else grad if w == 1.0 else Tensor(w * grad.data)


def build(text: Text, arrays: Arrays) -> tuple[list[Tensor], list[Op]]:
    """All Tensors of a graph, first the leaves x0, x1, …, and the list in which its nodes note their backward.

    `graph` has for each node its inputs: the number of a Tensor (-1 for the Python number 1) and a factor.
    """
    tensors = [Tensor(arrays[f"x{i}"], requires_grad=needed) for i, needed in enumerate(text["requires"])]
    log: list[Op] = []
    for inputs in text["graph"]:
        tensors.append(Mix([w for _, w in inputs], log)(*(tensors[i] if i >= 0 else 1.0 for i, _ in inputs)))
    return tensors, log


def run(student: Any, text: Text, v: Any, **arrays: Any) -> Arrays:
    """A whole backward pass: the order of the nodes, what came in and went out, and the leaves' gradients."""
    tensors, _ = build(text, arrays)
    leaves = tensors[: len(text["requires"])]
    numbers = {id(t.creator): i for i, t in enumerate(tensors) if t.creator is not None}
    places = {id(t): i for i, t in enumerate(tensors)}
    seed = Tensor(v)
    if not (steps := list(student.backward(tensors[-1], seed))):
        raise ValueError("backward gave no Step")
    went = [g.data for step in steps for g in step.grads if g is not None]
    results = {
        "order": np.array([numbers[id(step.node)] for step in steps], np.int64),
        "inputs": np.array([places.get(id(x), -1) for step in steps for x in step.inputs], np.int64),
        "came": np.stack([step.grad.data for step in steps]),
        "went": np.stack(went) if went else np.zeros((0, *v.shape)),
        "spent": np.array([step.node.spent for step in steps]),
        "after_v": seed.data,
    }
    return {**results, **gradients(leaves)}


def gradients(leaves: Sequence[Tensor]) -> Arrays:
    """The gradients of the leaves that have one."""
    return {f"d_x{i}": x.grad.data.copy() for i, x in enumerate(leaves) if x.grad is not None}


def one_by_one(student: Any, text: Text, v: Any, **arrays: Any) -> Arrays:
    """How many nodes have been visited before the first step and after each, and whether operations are recorded."""
    tensors, log = build(text, arrays)
    steps = student.backward(tensors[-1], Tensor(v))
    visited, recorded = [len(log)], [recording()]
    while next(steps, None) is not None:
        visited.append(len(log))
        recorded.append(recording())
    return {"visited": np.array(visited, np.int64), "recorded": np.array(recorded)}


def twice(student: Any, text: Text, v: Any, w: Any, **arrays: Any) -> Arrays:
    """Two passes through two graphs of the same leaves, from v and from w: their gradients after each."""
    leaves, log = build({**text, "graph": []}, arrays)
    results: Arrays = {}
    for name, seed in (("first", v), ("second", w)):
        tensors = list(leaves)
        for inputs in text[name]:
            tensors.append(Mix([factor for _, factor in inputs], log)(*(tensors[i] for i, _ in inputs)))
        for _ in student.backward(tensors[-1], Tensor(seed)):
            pass
        results |= {f"{name}_{key}": g for key, g in gradients(leaves).items()}
    return {**results, "after_v": v}


def row(student: Any, text: Text, v: Any, x0: Any) -> Arrays:
    """So many nodes in a row, each with the factor."""
    y = leaf = Tensor(x0, requires_grad=True)
    log: list[Op] = []
    for _ in range(text["nodes"]):
        y = Mix([text["factor"]], log)(y)
    for _ in student.backward(y, Tensor(v)):
        pass
    return {"nodes": np.array(len(log), np.int64), **gradients([leaf])}


def history(student: Any, text: Text, a: Any, b: Any) -> Arrays:
    """Of eᵃᵇ, by the engine's operations: whether the gradient that a receives was recorded itself."""
    leaves = [Tensor(x, requires_grad=True) for x in (a, b)]
    y = exp(leaves[0] * leaves[1])
    for _ in student.backward(y, Tensor(np.ones(y.shape))):
        pass
    found = [x.grad for x in leaves if x.grad is not None]
    return {"recorded": np.array([g.requires_grad for g in found]), **gradients(leaves)}


CALLS = {"run": run, "one_by_one": one_by_one, "twice": twice, "row": row, "history": history}

"""The walk back: reverse-mode differentiation over recorded operations.

A node is created after everything it depends on, so its serial number is a topological order: walking back means
always taking the node with the highest serial that has a gradient waiting.  No recursion, no sort of the graph.
"""

import heapq
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from typing import Any, NamedTuple

_recording = ContextVar("recording", default=True)
next_serial = count().__next__


def recording() -> bool:
    """Whether operations are being recorded for a walk back."""
    return _recording.get()


@contextmanager
def no_grad(active: bool = True):
    """Within this context nothing is recorded (unless `active` is False): results have no history."""
    token = _recording.set(_recording.get() and not active)
    try:
        yield
    finally:
        _recording.reset(token)


class Step(NamedTuple):
    """One node of the walk back: the gradient that came in, and one gradient (or None) for each of its inputs."""

    node: Any
    inputs: tuple
    grad: Any
    grads: tuple

    def __str__(self) -> str:
        leaving = ", ".join("–" if g is None else str(g.shape) for g in self.grads)
        return f"{self.node!r}: ∂L/∂output {self.grad.shape} → ∂L/∂inputs {leaving}"


def source(tensor):
    """What a gradient is gathered under: the node that made `tensor`, or the tensor itself if it is a leaf."""
    return tensor if tensor.creator is None else tensor.creator


def walk(output, grad, *, wanted=None, found=None, create_graph=False) -> Iterator[Step]:
    """Walk back from `output`, one node at a time.

    `grad` is ∂L/∂output.  Without `wanted`, leaves collect their gradient in `.grad`.  With `wanted`, a set of
    sources, only nodes that lead to one of them are visited, and `found[source]` receives its gradient.
    The graph is freed as it is walked unless `create_graph`, which also records the gradients themselves.
    """
    useful = None if wanted is None else _leading_to(wanted, output)
    flying = {source(output): grad}  # gradients that have arrived at a node and wait for the rest
    waiting = [] if output.creator is None else [(-output.creator.serial, output.creator)]
    if output.creator is None:
        _deliver(output, grad, wanted, found, create_graph)

    while waiting:
        node = heapq.heappop(waiting)[1]
        grad = flying.pop(node)
        if useful is not None and node in wanted:
            found[node] = grad
            if not any(need and source(x) in useful for x, need in zip(node.inputs, node.needs)):
                continue  # nothing below was asked for: that part of the graph stays as it is
        inputs, grads = _through(node, grad, useful, create_graph)
        tensor = g = origin = None
        for tensor, g in zip(inputs, grads):
            if g is None:
                continue
            if g.shape != tensor.shape:
                raise RuntimeError(f"{node!r} returned a gradient of shape {g.shape} for an input of {tensor.shape}")
            origin = source(tensor)
            if origin is tensor:
                _deliver(tensor, g, wanted, found, create_graph)
            elif origin in flying:
                flying[origin] = _add(flying[origin], g, create_graph)
            else:
                flying[origin] = g
                heapq.heappush(waiting, (-origin.serial, origin))
        yield Step(node, inputs, grad, grads)
        del node, inputs, grad, grads, tensor, g, origin  # nothing of a finished node survives into the next step


def _through(node, grad, useful, create_graph):
    """Send `grad` through one node; returns its inputs and a gradient, or None, for each."""
    if node.spent:
        raise RuntimeError(
            f"{node!r} was already walked back and its graph freed; compute the result again, "
            "or differentiate with grad(..., create_graph=True)"
        )
    inputs, needs = node.inputs, node.needs
    if useful is not None:
        node.needs = tuple(need and source(x) in useful for need, x in zip(needs, inputs))
    try:
        with no_grad(not create_graph):
            grads = node.backward(grad)
    finally:
        node.needs = needs
    grads = grads if isinstance(grads, tuple) else (grads,)
    if not create_graph:
        node.release()
    return inputs, grads


def _leading_to(wanted, output):
    """The sources at or below `output` from which the walk back reaches a wanted one."""
    nodes, stack = set(), [source(output)]
    while stack:
        node = stack.pop()
        if node not in nodes and hasattr(node, "inputs"):
            nodes.add(node)
            stack += [source(x) for x, need in zip(node.inputs, node.needs) if need]
    useful = set(wanted)
    for node in sorted(nodes, key=lambda node: node.serial):
        if node.spent or any(need and source(x) in useful for x, need in zip(node.inputs, node.needs)):
            useful.add(node)
    return useful


def _deliver(leaf, grad, wanted, found, create_graph):
    """Hand a leaf its gradient: into `found` if it was asked for, else added to `.grad`."""
    if wanted is None:
        leaf.grad = grad if leaf.grad is None else _add(leaf.grad, grad, False)
    elif leaf in wanted:
        found[leaf] = _add(found[leaf], grad, create_graph) if leaf in found else grad


def _add(a, b, create_graph):
    with no_grad(not create_graph):
        return a + b

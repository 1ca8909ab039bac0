"""The backward pass (backpropagation): reverse-mode differentiation over the recorded operations.

A node is created after everything it depends on, so the order of serial numbers is a topological order: the backward
pass always takes, of the nodes that have received a gradient, the one with the highest serial number.  It needs no
recursion and does not sort the graph.  (`Tensor` and `Op` are defined in `tensor.py`, which builds on this file; here
they are `Any`.)
"""

import heapq
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count
from typing import Any, NamedTuple

from .arrays.backend import namespace

_recording = ContextVar("recording", default=True)
next_serial = count().__next__


def recording() -> bool:
    """Whether operations are being recorded for a backward pass."""
    return _recording.get()


@contextmanager
def no_grad(active: bool = True) -> Iterator[None]:
    """Within this context nothing is recorded (unless `active` is False): results have no history.

    As a decorator, `@no_grad()`, it does so for a function.

    Examples
    --------
    >>> from minigan import Tensor, no_grad
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> with no_grad():
    ...     y = x.exp()
    >>> y.requires_grad, x.exp().requires_grad
    (False, True)
    """
    token = _recording.set(_recording.get() and not active)
    try:
        yield
    finally:
        _recording.reset(token)


class Step(NamedTuple):
    """One node of the backward pass: ∂L/∂output that it received, and ∂L/∂input (or None) for each of its inputs."""

    node: Any
    inputs: tuple
    grad: Any
    grads: tuple

    def __str__(self) -> str:
        leaving = ", ".join("–" if g is None else str(g.shape) for g in self.grads)
        return f"{self.node!r}: ∂L/∂output {self.grad.shape} → ∂L/∂inputs {leaving}"


def source(tensor: Any) -> Any:
    """The key under which gradients of `tensor` are collected: the node that created it, or itself if it is a leaf."""
    return tensor if tensor.creator is None else tensor.creator


def backward_steps(
    output: Any,
    grad: Any,
    *,
    wanted: set | None = None,
    useful: set | None = None,
    found: dict | None = None,
    create_graph: bool = False,
    retain_graph: bool = False,
) -> Iterator[Step]:
    """The backward pass from `output`, one node at a time.

    `grad` is ∂L/∂output.  Without `wanted`, leaves collect their gradient in `.grad`.  With `wanted`, a set of
    sources, only nodes that lead to one of them are visited (`useful`, from `leading_to`), and `found[source]` receives
    its gradient.  Each node is freed once it has been visited, unless `create_graph`, which also records the gradients
    themselves, or `retain_graph`.
    Raises RuntimeError if a node was freed by an earlier pass, if the values that it needs have changed, or if its
    `backward` returned something else than it must.
    """
    found = {} if found is None else found
    pending: dict = {}  # gradients received by nodes that have not been visited yet
    queue: list = []  # those nodes, the highest serial number first

    def receive(tensor: Any, g: Any, shared: Sequence) -> None:
        key = source(tensor)
        totals = found if key is tensor else pending
        if key is tensor and not create_graph:
            g = _own(g, shared)
        if key is tensor and wanted is None:
            tensor.grad = g if tensor.grad is None else _add(tensor.grad, g, False)
        elif key in totals:
            totals[key] = _add(totals[key], g, create_graph)
        else:
            totals[key] = g
            if key is not tensor:
                heapq.heappush(queue, (-key.serial, key))

    receive(output, grad, [grad])
    while queue:
        node = heapq.heappop(queue)[1]
        grad = pending.pop(node)
        if wanted is not None and useful is not None and node in wanted:
            found[node] = grad
            if not any(need and source(x) in useful for x, need in zip(node.inputs, node.needs)):
                continue  # nothing before this node was asked for: that part of the graph stays as it is
        inputs, needs = node.inputs, node.needs
        grads = _apply_backward(node, grad, useful, create_graph)
        if not (create_graph or retain_graph):
            node.release()
        for i, (tensor, need, g) in enumerate(zip(inputs, needs, grads)):
            if need and g is not None:
                receive(tensor, g, [grad, *grads[:i]])
        yield Step(node, inputs, grad, grads)
        del node, inputs, grad, grads, tensor, g  # so that memory of a finished node is free in the next step


def _apply_backward(node: Any, grad: Any, useful: set | None, create_graph: bool) -> tuple:
    """Call `backward` of one node; returns a gradient, or None, for each of its inputs."""
    if node.spent:
        raise RuntimeError(
            f"{node!r} was used in an earlier backward pass and its graph freed; compute the result again, "
            "or keep the graph in the first pass with retain_graph=True"
        )
    _check_versions(node)
    needs = node.needs
    if useful is not None:
        node.needs = tuple(need and source(x) in useful for need, x in zip(needs, node.inputs))
    try:
        with no_grad(not create_graph):
            grads = node.backward(grad)
    finally:
        node.needs = needs
    grads = grads if isinstance(grads, tuple) else (grads,)
    if len(grads) != len(node.inputs):
        raise RuntimeError(f"{node!r} returned {len(grads)} gradients for {len(node.inputs)} inputs")
    for x, g in zip(node.inputs, grads):
        if g is not None and not hasattr(g, "creator"):
            raise RuntimeError(
                f"{node!r} returned a {type(g).__name__} as a gradient; backward takes and gives Tensors"
            )
        if g is not None and g.shape != x.shape:
            raise RuntimeError(f"{node!r} returned a gradient of shape {g.shape} for an input of {x.shape}")
        if g is not None and g.dtype != x.dtype:
            raise RuntimeError(f"{node!r} returned a gradient of {g.dtype} for an input of {x.dtype}")
    return grads


def _check_versions(node: Any) -> None:
    """RuntimeError if an input whose values `backward` needs was changed after `forward` had read it."""
    for i, (x, version) in enumerate(zip(node.inputs, node.versions) if node.reads_inputs else ()):
        if version != getattr(x, "version", version):
            name = getattr(x, "name", None) or f"input {i}"
            raise RuntimeError(
                f"{name} of shape {x.shape} was changed after {node!r} had used it, by an optimiser's step or an "
                "assignment: its gradient would be wrong; call backward first, or compute the loss again"
            )


def leading_to(wanted: set, output: Any) -> tuple[set, set]:
    """The sources from which the backward pass from `output` reaches a wanted one, and all sources that it reaches."""
    reached, stack = set[Any](), [source(output)]
    while stack:
        node = stack.pop()
        if node not in reached:
            reached.add(node)
            stack += [source(x) for x, need in zip(getattr(node, "inputs", ()), getattr(node, "needs", ())) if need]
    useful = set(wanted)
    for node in sorted((node for node in reached if hasattr(node, "serial")), key=lambda node: node.serial):
        if node.spent or any(need and source(x) in useful for x, need in zip(node.inputs, node.needs)):
            useful.add(node)
    return useful, reached


def _own(g: Any, shared: Sequence) -> Any:
    """The gradient in memory of its own, so that it can be changed in place: a copy if it may share it with others."""
    xp = namespace(g.data)
    alias = any(other is not None and xp.may_share_memory(g.data, other.data) for other in shared)
    return type(g)(g.data.copy()) if alias or not getattr(g.data.flags, "writeable", True) else g


def _add(a: Any, b: Any, create_graph: bool) -> Any:
    with no_grad(not create_graph):
        return a + b

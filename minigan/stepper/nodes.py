"""The graph behind a Tensor as boxes and edges, before they are arranged."""

import inspect
from dataclasses import dataclass, field

from ..graph import source
from ..nn import Module, Parameter
from ..ops.convolution import Trilinear
from ..tensor import Op, Tensor
from .snapshot import Snapshot, number, snapshot


@dataclass
class Box:
    """A node, a leaf or a number of the graph.

    `value` is the array of the leaf, or the output of the node; `requires_grad` says whether the backward pass gives it
    a gradient.  `formula`, `settings` (how the node prints itself) and `serial` are those of the node.
    """

    kind: str  # "op", "leaf" or "number"
    title: str
    detail: str = ""
    formula: str = ""
    settings: str = ""
    serial: int = -1
    value: Snapshot | None = None
    requires_grad: bool = False

    @property
    def name(self) -> str:
        """Its label as an input of another node: its given name, or the name of the op."""
        return self.title.split(" = ")[0]

    @property
    def weights(self) -> bool:
        """Whether the axes of its array are those of weights."""
        return self.value is not None and self.value.weights


@dataclass
class Edge:
    """Input number `port` of the node in box `target` comes from box `source`."""

    source: int
    target: int
    port: int
    points: list[tuple[float, float]] = field(default_factory=list)


def boxes_and_edges(output: Tensor, names: dict[str, Tensor | Module]) -> tuple[list[Box], list[Edge]]:
    """All nodes behind `output` in order of creation, then their leaves and numbers; and the edges between them.

    `names` are labels for some of the Tensors; the name of a Module comes before those of its parameters.  Raises
    TypeError if one of them is neither, RuntimeError if part of the graph was freed by an earlier backward pass.
    """
    nodes, labels = _nodes_behind(output), _labels(names)
    kernels = {id(source(x)) for node, _ in nodes for x in _kernels(node)}
    needed = {id(x) for node, _ in nodes for x, need in zip(node.inputs, node.needs) if need}
    boxes = [_op_box(node, result, labels, kernels) for node, result in nodes]
    index: dict[int, int] = {id(node): i for i, (node, _) in enumerate(nodes)}
    edges = []
    for target, (node, _) in enumerate(nodes):
        for port, x in enumerate(node.inputs):
            key = id(x.creator or x) if isinstance(x, Tensor) else None
            if key not in index:
                boxes.append(
                    _leaf_box(x, labels, kernels, id(x) in needed)
                    if isinstance(x, Tensor)
                    else Box("number", number(x))
                )
                if key is not None:
                    index[key] = len(boxes) - 1
            edges.append(Edge(len(boxes) - 1 if key is None else index[key], target, port))
    return boxes or [_leaf_box(output, labels, kernels, output.requires_grad)], edges


def _labels(names: dict[str, Tensor | Module]) -> dict[int, str]:
    """The labels by the id of the Tensor, or of the node that computed it."""
    labels: dict[int, str] = {}
    for name, item in names.items():
        if not isinstance(item, Tensor | Module):
            raise TypeError(f"expected names of Tensors or Modules, got {name}={type(item).__name__}")
        if isinstance(item, Module):
            labels |= {id(x): f"{name}.{own}" for own, x in item.named_tensors()}
    return labels | {id(source(x)): name for name, x in names.items() if isinstance(x, Tensor)}


def _kernels(node: Op) -> list[Tensor]:
    """Those inputs of a node that are kernels of a convolution."""
    roles = node.given if isinstance(node, Trilinear) else ()
    return [x for x, role in zip(node.inputs, roles) if role == "kernel"]


def _nodes_behind(output: Tensor) -> list[tuple[Op, Tensor]]:
    """Every node behind `output`, with its result, in order of creation."""
    found: dict[Op, Tensor] = {}
    stack = [output]
    while stack:
        tensor = stack.pop()
        node = tensor.creator
        if node is None or node in found:
            continue
        if node.spent:
            raise RuntimeError(
                f"{node!r} was used in an earlier backward pass and its graph freed; compute the result again"
            )
        found[node] = tensor
        stack += [x for x in node.inputs if isinstance(x, Tensor)]
    return sorted(found.items(), key=lambda item: item[0].serial)


def _op_box(node: Op, result: Tensor, labels: dict[int, str], kernels: set[int]) -> Box:
    name, kind = labels.get(id(node)), type(node).__name__
    title = f"{name} = {kind}" if name else kind
    formula = inspect.cleandoc(type(node).__doc__ or "")
    settings = repr(node) if repr(node) != f"{kind}()" else ""
    value = snapshot(result.data, weights=id(node) in kernels)
    return Box("op", title, str(value), formula, settings, node.serial, value, True)


def _leaf_box(tensor: Tensor, labels: dict[int, str], kernels: set[int], gets_gradient: bool) -> Box:
    known = tensor.name if isinstance(tensor, Parameter) else None
    title = labels.get(id(tensor)) or known or ("leaf" if gets_gradient else "constant")
    value = snapshot(tensor.data, weights=isinstance(tensor, Parameter) or id(tensor) in kernels)
    return Box("leaf", title, str(value), value=value, requires_grad=gets_gradient)

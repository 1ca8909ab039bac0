"""The graph behind a Tensor as boxes and edges, before they are arranged."""

import inspect
from dataclasses import dataclass, field

from ..graph import source
from ..tensor import Op, Tensor
from .snapshot import Snapshot, number, snapshot


@dataclass
class Box:
    """A node, a leaf or a number of the graph.

    `value` is the array of the leaf, or the output of the node; `formula` and `serial` are those of the node.
    """

    kind: str  # "op", "leaf" or "number"
    title: str
    detail: str = ""
    formula: str = ""
    serial: int = -1
    value: Snapshot | None = None
    requires_grad: bool = False

    @property
    def name(self) -> str:
        """Its label as an input of another node: its given name, or the name of the op."""
        return self.title.split(" = ")[0]


@dataclass
class Edge:
    """Input number `port` of the node in box `target` comes from box `source`."""

    source: int
    target: int
    port: int
    points: list[tuple[float, float]] = field(default_factory=list)


def boxes_and_edges(output: Tensor, names: dict[str, Tensor]) -> tuple[list[Box], list[Edge]]:
    """All nodes behind `output` in order of creation, then their leaves and numbers; and the edges between them.

    `names` are labels for some of the Tensors.  Raises TypeError if one of them is not a Tensor, RuntimeError if part
    of the graph was freed by an earlier backward pass.
    """
    for name, tensor in names.items():
        if not isinstance(tensor, Tensor):
            raise TypeError(f"expected names of Tensors, got {name}={type(tensor).__name__}")
    labels = {id(source(tensor)): name for name, tensor in names.items()}
    nodes = _nodes_behind(output)
    boxes = [_op_box(node, result, labels) for node, result in nodes]
    index: dict[int, int] = {id(node): i for i, (node, _) in enumerate(nodes)}
    edges = []
    for target, (node, _) in enumerate(nodes):
        for port, x in enumerate(node.inputs):
            key = id(x.creator or x) if isinstance(x, Tensor) else None
            if key not in index:
                boxes.append(_leaf_box(x, labels) if isinstance(x, Tensor) else Box("number", number(x)))
                if key is not None:
                    index[key] = len(boxes) - 1
            edges.append(Edge(len(boxes) - 1 if key is None else index[key], target, port))
    return boxes or [_leaf_box(output, labels)], edges


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


def _op_box(node: Op, result: Tensor, labels: dict[int, str]) -> Box:
    name = labels.get(id(node))
    title = f"{name} = {type(node).__name__}" if name else type(node).__name__
    formula = inspect.cleandoc(type(node).__doc__ or "")
    value = snapshot(result.data)
    return Box("op", title, str(value), formula, node.serial, value, True)


def _leaf_box(tensor: Tensor, labels: dict[int, str]) -> Box:
    default = "leaf" if tensor.requires_grad else "constant"
    value = snapshot(tensor.data)
    title = labels.get(id(tensor), default)
    return Box("leaf", title, str(value), value=value, requires_grad=tensor.requires_grad)

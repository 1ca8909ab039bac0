"""The graph behind a Tensor as boxes and wires: what is to be drawn, before it has a place."""

import inspect
from dataclasses import dataclass, field

from ..graph import source
from ..tensor import Op, Tensor
from .snapshot import Snapshot, number, snapshot


@dataclass
class Box:
    """A node, a leaf or a number; `serial` is the node's, `value` what it is (of a node: its output)."""

    kind: str  # "op", "leaf" or "number"
    title: str
    detail: str = ""
    formula: str = ""
    serial: int = -1
    value: Snapshot | None = None
    trained: bool = False  # whether a gradient is wanted

    @property
    def name(self) -> str:
        """What it is called as an input: its own name, or the operation that made it."""
        return self.title.split(" = ")[0]


@dataclass
class Wire:
    """Input number `port` of the node in box `target` comes from box `source`."""

    source: int
    target: int
    port: int
    points: list[tuple[float, float]] = field(default_factory=list)


def boxes_and_wires(output: Tensor, names: dict[str, Tensor]) -> tuple[list[Box], list[Wire]]:
    """Every node behind `output`, in order of creation, and then what they start from; the wires between them.

    `names` are how to call some of the Tensors.  Raises TypeError if one of them is something else, RuntimeError if
    part of the graph was walked back already.
    """
    for name, tensor in names.items():
        if not isinstance(tensor, Tensor):
            raise TypeError(f"expected names of Tensors, got {name}={type(tensor).__name__}")
    called = {id(source(tensor)): name for name, tensor in names.items()}
    nodes = _made_by(output)
    boxes = [_op_box(node, result, called) for node, result in nodes]
    place: dict[int, int] = {id(node): i for i, (node, _) in enumerate(nodes)}
    wires = []
    for target, (node, _) in enumerate(nodes):
        for port, x in enumerate(node.inputs):
            key = id(x.creator or x) if isinstance(x, Tensor) else None
            if key not in place:
                boxes.append(_leaf_box(x, called) if isinstance(x, Tensor) else Box("number", number(x)))
                if key is not None:
                    place[key] = len(boxes) - 1
            wires.append(Wire(len(boxes) - 1 if key is None else place[key], target, port))
    return boxes or [_leaf_box(output, called)], wires


def _made_by(output: Tensor) -> list[tuple[Op, Tensor]]:
    """Every node behind `output`, with its result, in order of creation."""
    found: dict[Op, Tensor] = {}
    stack = [output]
    while stack:
        tensor = stack.pop()
        node = tensor.creator
        if node is None or node in found:
            continue
        if node.spent:
            raise RuntimeError(f"{node!r} was already walked back and its graph freed; compute the result again")
        found[node] = tensor
        stack += [x for x in node.inputs if isinstance(x, Tensor)]
    return sorted(found.items(), key=lambda item: item[0].serial)


def _op_box(node: Op, result: Tensor, called: dict[int, str]) -> Box:
    name = called.get(id(node))
    title = f"{name} = {type(node).__name__}" if name else type(node).__name__
    formula = inspect.cleandoc(type(node).__doc__ or "")
    value = snapshot(result.data)
    return Box("op", title, str(value), formula, node.serial, value, True)


def _leaf_box(tensor: Tensor, called: dict[int, str]) -> Box:
    plain = "leaf" if tensor.requires_grad else "constant"
    value = snapshot(tensor.data)
    return Box("leaf", called.get(id(tensor), plain), str(value), value=value, trained=tensor.requires_grad)

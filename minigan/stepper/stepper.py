"""Stepping through the backward pass: `steps()`, with a record of every step so that one can go back."""

from dataclasses import dataclass

from ..show.colours import PAPER
from ..tensor import Tensor
from .arrange import Drawing, arrange
from .graph_picture import graph_picture
from .nodes import Box, boxes_and_edges
from .player import Player
from .snapshot import Snapshot, snapshot, total
from .step_panel import Item, columns, panel
from .svg import Svg

GAP = 18.0


@dataclass
class Record:
    """One step: the box of its node, ∂L/∂output, and ∂L/∂input of each input (None: requires no gradient)."""

    box: int
    grad: Snapshot
    grads: list[Snapshot | None]


class Stepper(Player):
    """The graph behind a Tensor, and the backward pass on it, one step of `output.steps()` at a time.

    Picture 0 is the graph after the forward pass; picture k is the graph after k steps of the backward pass.  The first
    time a picture is shown, the engine takes the step, with all its effects (leaves add to their gradient, the graph is
    freed); after that the recorded step is shown.  `names` are labels for some of the Tensors:

        Stepper(loss, x=x, w=w)

    `grad` is ∂L/∂output; by default 1, which needs an output of size 1.  Raises what `Tensor.steps` raises.
    """

    def __init__(self, output: Tensor, grad: Tensor | None = None, /, **names: Tensor) -> None:
        self._steps = output.steps(grad)
        self.drawing: Drawing = arrange(*boxes_and_edges(output, names))
        self.seed = snapshot((Tensor([1.0]) if grad is None else grad).data)
        self.records: list[Record] = []
        self._by_serial = {box.serial: i for i, box in enumerate(self.drawing.boxes) if box.kind == "op"}
        self.last = len(self._by_serial)

    def __repr__(self) -> str:
        return f"Stepper(step {self.position} of {self.last}, {len(self.records)} recorded)"

    def forward(self) -> "Stepper":
        """Show the next step."""
        return self.go(min(self.position + 1, self.last))

    def back(self) -> "Stepper":
        """Show the previous step."""
        return self.go(max(self.position - 1, 0))

    def to_end(self) -> "Stepper":
        """Take all steps: afterwards the leaves have their gradients, as after `backward()`."""
        return self.go(self.last)

    def go(self, position: int) -> "Stepper":
        """Go to picture `position`, taking the steps up to it.  Raises IndexError if there is no such picture."""
        if not 0 <= position <= self.last:
            raise IndexError(f"expected a position from 0 to {self.last}, got {position}")
        while len(self.records) < position:
            step = next(self._steps)
            grads = [None if g is None else snapshot(g.data) for g in step.grads]
            self.records.append(Record(self._by_serial[step.node.serial], snapshot(step.grad.data), grads))
        self.position = position
        return self

    def frame(self, position: int) -> Svg:
        """The graph after `position` steps, and beside it the last of these steps."""
        self.go(position)
        words = self._panel(position, with_values=True) if position else self._first_panel()
        return _page(self._graph(position), words)

    def still(self) -> Svg:
        """All steps taken so far in one picture: the graph after the last one, and a panel for each step."""
        done = len(self.records)
        panels = [self._panel(i + 1, with_values=False) for i in range(done)]
        return _page(self._graph(done, ended=done == self.last), columns(panels or [self._first_panel()]))

    def _graph(self, position: int, ended: bool = False) -> Svg:
        """The graph after `position` steps; if `ended`, no node is highlighted as the current one."""
        order = [record.box for record in self.records[:position]]
        current = order[-1] if order and not ended else None
        visited = set(order) - {current}
        return graph_picture(
            self.drawing,
            visited,
            current,
            self._pending(position) if position else {max(self.last - 1, 0): str(self.seed)},
        )

    def _pending(self, position: int) -> dict[int, str]:
        """The gradients received within `position` steps by boxes not visited yet: for each the sum, or its shape."""
        records = {record.box: record for record in self.records[:position]}
        received: dict[int, list[Snapshot]] = {}
        for edge in self.drawing.edges:
            if edge.target in records and edge.source not in records:
                grad = records[edge.target].grads[edge.port]
                received.setdefault(edge.source, []).extend([grad] if grad is not None else [])
        return {box: total(shots) for box, shots in received.items() if shots}

    def _first_panel(self) -> Svg:
        """The panel beside the graph before the first step."""
        result = self.drawing.boxes[max(self.last - 1, 0)].value  # the last node created made the output
        items = [("output", result), ("in: ∂L/∂output", self.seed)]
        return panel(
            f"{self.last} nodes, computed from top to bottom", "The backward pass begins at the bottom.", items
        )

    def _panel(self, position: int, with_values: bool) -> Svg:
        """Step `position`: the gradients in and out, and the values of y and of the inputs if `with_values`."""
        record = self.records[position - 1]
        box = self.drawing.boxes[record.box]
        items: list[Item] = [("in: ∂L/∂y", record.grad), ("y", box.value if with_values else None)]
        for source, grad in zip(self._inputs(record.box), record.grads):
            items += [
                (f"input: {source.name}", source.value if with_values else None),
                (f"out: to {source.name}", grad),
            ]
        return panel(f"Step {position} of {self.last}: {box.title}", box.formula, items)

    def _inputs(self, target: int) -> list[Box]:
        edges = sorted((edge for edge in self.drawing.edges if edge.target == target), key=lambda edge: edge.port)
        return [self.drawing.boxes[edge.source] for edge in edges]


def _page(graph: Svg, words: Svg) -> Svg:
    """The graph on the left, words and numbers on the right."""
    page = Svg(graph.width + GAP + words.width + GAP, max(graph.height, words.height + 2 * GAP), paper=PAPER)
    page.put(graph, 0, 0)
    page.put(words, graph.width + GAP, GAP)
    return page

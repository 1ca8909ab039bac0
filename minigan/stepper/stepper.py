"""Stepping through a walk back: `steps()` itself, with a memory of what it showed."""

from dataclasses import dataclass

from ..show.colours import PAPER
from ..tensor import Tensor
from .arrange import Drawing, arrange
from .graph_picture import graph_picture
from .nodes import Box, boxes_and_wires
from .player import Leafed
from .snapshot import Snapshot, snapshot, total
from .step_panel import Item, columns, panel
from .svg import Svg

GAP = 18.0


@dataclass
class Record:
    """What one step showed: its box, the gradient that came in, and what went out to each input (None: not wanted)."""

    box: int
    coming: Snapshot
    going: list[Snapshot | None]


class Stepper(Leafed):
    """The graph behind a Tensor, and `output.steps()` on it, forward and back.

    Picture 0 is the graph as it was computed; picture k is after k steps of the walk back.  Going forward for the first
    time takes a step of the engine, with all that it does (leaves collect their gradient, the graph is freed); going
    back, and forward again, shows what was recorded.  `names` are how to call some of the Tensors:

        Stepper(loss, x=x, w=w)

    `grad` is ∂L/∂output, 1 by default, which asks for an output of size 1.  Raises as `Tensor.steps` does.
    """

    def __init__(self, output: Tensor, grad: Tensor | None = None, /, **names: Tensor):
        self._walk = output.steps(grad)
        self.drawing: Drawing = arrange(*boxes_and_wires(output, names))
        self.seed = snapshot((Tensor([1.0]) if grad is None else grad).data)
        self.records: list[Record] = []
        self._by_serial = {box.serial: i for i, box in enumerate(self.drawing.boxes) if box.kind == "op"}
        self.last = len(self._by_serial)

    def __repr__(self) -> str:
        return f"Stepper(step {self.position} of {self.last}, {len(self.records)} walked)"

    def forward(self) -> "Stepper":
        """One step further."""
        return self.go(min(self.position + 1, self.last))

    def back(self) -> "Stepper":
        """One step back."""
        return self.go(max(self.position - 1, 0))

    def to_end(self) -> "Stepper":
        """All the way: afterwards the leaves have their gradients, as after `backward()`."""
        return self.go(self.last)

    def go(self, position: int) -> "Stepper":
        """To picture `position`, walking as far as need be.  Raises IndexError if there is no such picture."""
        if not 0 <= position <= self.last:
            raise IndexError(f"expected a position from 0 to {self.last}, got {position}")
        while len(self.records) < position:
            step = next(self._walk)
            going = [None if g is None else snapshot(g.data) for g in step.grads]
            self.records.append(Record(self._by_serial[step.node.serial], snapshot(step.grad.data), going))
        self.position = position
        return self

    def frame(self, position: int) -> Svg:
        """The graph after `position` steps, and beside it what the last of them did."""
        self.go(position)
        beside_it = self._panel(position, with_values=True) if position else self._beginning()
        return _page(self._graph(position), beside_it)

    def still(self) -> Svg:
        """All steps made so far on one page: the graph after the last one, and what each of them did."""
        done = len(self.records)
        panels = [self._panel(i + 1, with_values=False) for i in range(done)]
        return _page(self._graph(done, ended=done == self.last), columns(panels or [self._beginning()]))

    def _graph(self, position: int, ended: bool = False) -> Svg:
        """The graph after `position` steps; `ended` shows no node as the current one."""
        order = [record.box for record in self.records[:position]]
        current = order[-1] if order and not ended else None
        walked = set(order) - {current}
        return graph_picture(
            self.drawing,
            walked,
            current,
            self._waiting(position) if position else {max(self.last - 1, 0): str(self.seed)},
        )

    def _waiting(self, position: int) -> dict[int, str]:
        """What has arrived after `position` steps and was not walked on: at each box the sum, or its shape."""
        records = {record.box: record for record in self.records[:position]}
        arrived: dict[int, list[Snapshot]] = {}
        for wire in self.drawing.wires:
            if wire.target in records and wire.source not in records:
                going = records[wire.target].going[wire.port]
                arrived.setdefault(wire.source, []).extend([going] if going is not None else [])
        return {box: total(shots) for box, shots in arrived.items() if shots}

    def _beginning(self) -> Svg:
        """What stands beside the graph before the first step."""
        result = self.drawing.boxes[max(self.last - 1, 0)].value  # the youngest node made the output
        items = [("output", result), ("in: ∂L/∂output", self.seed)]
        return panel(f"{self.last} nodes, computed from top to bottom", "The walk back begins at the bottom.", items)

    def _panel(self, position: int, with_values: bool) -> Svg:
        """What step `position` did: the gradients in and out, with the values of y and the inputs or without."""
        record = self.records[position - 1]
        box = self.drawing.boxes[record.box]
        items: list[Item] = [("in: ∂L/∂y", record.coming), ("y", box.value if with_values else None)]
        for source, going in zip(self._inputs(record.box), record.going):
            items += [
                (f"input: {source.name}", source.value if with_values else None),
                (f"out: to {source.name}", going),
            ]
        return panel(f"Step {position} of {self.last}: {box.title}", box.formula, items)

    def _inputs(self, target: int) -> list[Box]:
        wires = sorted((wire for wire in self.drawing.wires if wire.target == target), key=lambda wire: wire.port)
        return [self.drawing.boxes[wire.source] for wire in wires]


def _page(graph: Svg, words: Svg) -> Svg:
    """The graph on the left, words and numbers on the right, on paper."""
    page = Svg(graph.width + GAP + words.width + GAP, max(graph.height, words.height + 2 * GAP), paper=PAPER)
    page.put(graph, 0, 0)
    page.put(words, graph.width + GAP, GAP)
    return page

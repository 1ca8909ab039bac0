"""Stepping through the backward pass: `steps()`, with a record of every step so that one can go back."""

from dataclasses import asdict, dataclass, replace

from ..nn import Module
from ..show.colours import PAPER
from ..tensor import Tensor
from .arrange import Drawing, arrange
from .graph_picture import graph_picture
from .look import Look, choices
from .nodes import Box, boxes_and_edges
from .player import Player
from .snapshot import Snapshot, snapshot, total
from .step_panel import Item, columns, panel
from .svg import Svg

GAP = 18.0
TALL, PART = 1000.0, 640.0  # a graph that is taller is cut, to at least so much around the current node


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
    freed); after that the recorded step is shown.  `names` are labels for some of the Tensors, and for the parameters
    of Modules:

        Stepper(loss, x=x, net=net)

    Of large arrays a part is shown: `look` says which.  A stepper keeps a copy of every value and gradient
    (`records`), so it needs several times the memory of a backward pass.  `grad` is ∂L/∂output; by default 1, which
    needs an output of size 1.  Raises what `Tensor.steps` raises, and TypeError for a name of something else.

    Examples
    --------
    >>> from minigan import Tensor
    >>> from minigan.stepper import Stepper
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> Stepper(x.log().sum(), x=x).forward()
    Stepper(step 1 of 3, 1 recorded)
    """

    def __init__(self, output: Tensor, grad: Tensor | None = None, /, **names: Tensor | Module) -> None:
        self._steps = output.steps(grad)
        self.drawing: Drawing = arrange(*boxes_and_edges(output, names))
        self.seed = snapshot((Tensor([1.0]) if grad is None else grad).data)
        self.records: list[Record] = []
        self._by_serial = {box.serial: i for i, box in enumerate(self.drawing.boxes) if box.kind == "op"}
        self.last = len(self._by_serial)
        self._look = Look()

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
            box = self._by_serial[step.node.serial]
            inputs = zip(self._inputs(box), step.grads)
            grads = [None if g is None else snapshot(g.data, source.weights) for source, g in inputs]
            self.records.append(Record(box, snapshot(step.grad.data, self.drawing.boxes[box].weights), grads))
        self.position = position
        return self

    def choices(self) -> dict[str, tuple[int, int]]:
        """The indices that `look` takes, each with its present value and its largest; empty if all arrays are small."""
        largest: dict[str, int] = {}
        for shot in (box.value for box in self.drawing.boxes if box.value is not None):
            for name, most in choices(shot.shape, shot.weights).items():
                largest[name] = max(most, largest.get(name, 0))
        return {name: (index, largest[name]) for name, index in asdict(self._look).items() if name in largest}

    def choose(self, name: str, value: int) -> None:
        """Choose one of the indices of `look`.  Raises IndexError as it does."""
        self.look(**{name: value})

    def look(self, **indices: int) -> "Stepper":
        """Choose which part of large arrays is shown in all pictures; what is not given stays as it was.

        Of images (N, H, W, C) it is the plane of one `image` and one `channel`, and in it the window that begins at
        `row` and `column`.  Of kernels (kh, kw, C_in, C_out) it is the one from `input_channel` to `channel`.  An array
        that is shorter shows its last element.  Raises IndexError if an index is beyond the end of every array.
        """
        known = self.choices()
        for name, index in indices.items():
            if name not in known:
                raise IndexError(f"expected one of {', '.join(known) or 'no indices: all is shown'}, got {name}")
            if not 0 <= index <= known[name][1]:
                raise IndexError(f"expected {name} from 0 to {known[name][1]}, got {index}")
        self._look = replace(self._look, **indices)
        return self

    def frame(self, position: int) -> Svg:
        """The graph after `position` steps, and beside it the last of these steps; of a tall graph a part.

        Raises IndexError if there is no such picture.
        """
        self.go(position)
        graph = self._graph(position)
        if not position:
            return _page(graph, self._first_panel())
        words = self._panel(position, with_values=True)
        if graph.height > TALL:
            height = min(graph.height, max(PART, words.height + GAP))
            _, y = self.drawing.centres[self.records[position - 1].box]
            part = Svg(graph.width, height)
            part.put_part(graph, 0, 0, min(max(0.0, y - height / 2), graph.height - height), height)
            graph = part
        return _page(graph, words)

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
        title = f"{self.last} nodes, computed from top to bottom"
        return panel(title, "The backward pass begins at the bottom.", items, self._look)

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
        title = f"Step {position} of {self.last}: {box.title}"
        return panel(title, box.formula, items, self._look, box.settings)

    def _inputs(self, target: int) -> list[Box]:
        edges = sorted((edge for edge in self.drawing.edges if edge.target == target), key=lambda edge: edge.port)
        return [self.drawing.boxes[edge.source] for edge in edges]


def _page(graph: Svg, words: Svg) -> Svg:
    """The graph on the left, words and numbers on the right."""
    page = Svg(graph.width + GAP + words.width + GAP, max(graph.height, words.height + 2 * GAP), paper=PAPER)
    page.put(graph, 0, 0)
    page.put(words, graph.width + GAP, GAP)
    return page

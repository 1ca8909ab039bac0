"""The graph drawn: what was computed, where the walk back stands, and the gradients in flight."""

from collections.abc import Mapping, Set

from ..show.colours import BLUE, FAINT, INK, PALE, PAPER, RED
from ..tensor import Tensor
from .arrange import BOX_HEIGHT, Drawing, arrange
from .nodes import Box, Wire, boxes_and_wires
from .svg import Svg, text_width

CURRENT, WIRE = "#f2c14e", "#b4bac0"


def draw_graph(output: Tensor, /, **names: Tensor) -> Svg:
    """The graph behind a Tensor: every node with its shape, every leaf and number; computed from top to bottom.

    `names` are how to call some of its Tensors: draw_graph(loss, x=x, w=w).  Nothing is walked, nothing changes.
    Raises RuntimeError if part of the graph was walked back already.
    """
    drawing = arrange(*boxes_and_wires(output, names))
    picture = Svg(drawing.width, drawing.height, paper=PAPER)
    picture.put(graph_picture(drawing), 0, 0)
    return picture


def graph_picture(
    drawing: Drawing,
    walked: Set[int] = frozenset(),
    current: int | None = None,
    waiting: Mapping[int, str] | None = None,
) -> Svg:
    """The graph with boxes `walked` dim and box `current` bright.

    `waiting` says for each box at which gradients have arrived, and wait for the walk to come there, what to write.
    """
    waiting = waiting or {}
    picture = Svg(drawing.width, drawing.height)
    for wire in drawing.wires:
        passed = wire.target in walked or wire.target == current
        back = passed and wire.source in waiting
        _draw_wire(picture, wire, RED if back else FAINT if passed else WIRE, back)
    for i, (box, (x, y), width) in enumerate(zip(drawing.boxes, drawing.centres, drawing.widths)):
        _draw_box(picture, box, x, y, width, dim=i in walked, bright=i == current)
    for i, words in waiting.items():
        _draw_chip(picture, *drawing.centres[i], words)
    return picture


def _draw_wire(picture: Svg, wire: Wire, colour: str, back: bool) -> None:
    """A curve through the points; the arrow points the way that the value, or (`back`) the gradient, goes."""
    (x, y), *rest = wire.points
    d = f"M{x:.1f} {y:.1f}"
    for u, v in rest:
        bend = (v - y) / 2
        d += f" C{x:.1f} {y + bend:.1f} {u:.1f} {v - bend:.1f} {u:.1f} {v:.1f}"
        x, y = u, v
    picture.path(d, stroke=colour, thick=2.2 if back else 1.3)
    (x, y), tail = (wire.points[0], 6.0) if back else (wire.points[-1], -6.0)
    picture.path(f"M{x:.1f} {y:.1f} l-3.5 {tail:g} h7 z", fill=colour)


def _draw_chip(picture: Svg, x: float, y: float, words: str) -> None:
    """What waits below a box whose middle is at (x, y)."""
    width, top = text_width(words, 9) + 8, y + BOX_HEIGHT / 2 + 7
    picture.rect(x - width / 2, top, width, 13, fill=RED, radius=6)
    picture.text(x, top + 9.5, words, size=9, anchor="middle", fill="#ffffff")


def _draw_box(picture: Svg, box: Box, x: float, y: float, width: float, dim: bool, bright: bool) -> None:
    """A node has corners, a leaf is round (blue if its gradient is wanted), a number has no border."""
    fill = CURRENT if bright else FAINT if dim else "#ffffff" if box.kind != "number" else "none"
    stroke = {"op": INK, "leaf": BLUE if box.trained else PALE, "number": "none"}[box.kind]
    left, top = x - width / 2, y - BOX_HEIGHT / 2
    picture.rect(
        left,
        top,
        width,
        BOX_HEIGHT,
        fill,
        PALE if dim else stroke,
        1.8 if bright else 1.2,
        16 if box.kind == "leaf" else 4,
    )
    ink = PALE if dim else INK
    picture.text(x, y + (-1 if box.detail else 4), box.title, size=11, anchor="middle", fill=ink, bold=bright)
    if box.detail:
        picture.text(x, y + 11, box.detail, size=9, anchor="middle", fill=PALE if not bright else INK)

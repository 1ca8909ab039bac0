"""Drawing the graph: nodes and leaves, how far the backward pass has come, and the gradients received so far."""

from collections.abc import Mapping, Set

from ..nn import Module
from ..show.colours import BLUE, FAINT, INK, PALE, PAPER, RED
from ..tensor import Tensor
from .arrange import BOX_HEIGHT, LABEL_GAP, LABEL_HEIGHT, Drawing, arrange
from .nodes import Box, Edge, boxes_and_edges
from .svg import Svg, text_width

CURRENT, EDGE = "#f2c14e", "#b4bac0"


def draw_graph(output: Tensor, /, **names: Tensor | Module) -> Svg:
    """The graph behind a Tensor, inputs at the top: every node and leaf with its shape, and every number.

    `names` are labels for some of its Tensors, and for the parameters of Modules: draw_graph(loss, x=x, net=net).  No
    backward pass is run, nothing changes.
    Raises RuntimeError if part of the graph was freed by an earlier backward pass, TypeError for a name of something
    else.
    """
    drawing = arrange(*boxes_and_edges(output, names))
    picture = Svg(drawing.width, drawing.height, paper=PAPER)
    picture.put(graph_picture(drawing), 0, 0)
    return picture


def graph_picture(
    drawing: Drawing,
    visited: Set[int] = frozenset(),
    current: int | None = None,
    pending: Mapping[int, str] | None = None,
) -> Svg:
    """The graph, boxes `visited` by the backward pass dimmed and box `current` highlighted.

    `pending` has a label for each box that has received a gradient and was not visited yet.
    """
    pending = pending or {}
    picture = Svg(drawing.width, drawing.height)
    for edge in drawing.edges:
        used = edge.target in visited or edge.target == current
        backward = used and edge.source in pending
        _draw_edge(picture, edge, RED if backward else FAINT if used else EDGE, backward)
    for i, (box, (x, y), width) in enumerate(zip(drawing.boxes, drawing.centres, drawing.widths)):
        _draw_box(picture, box, x, y, width, dim=i in visited, bright=i == current)
    for i, label in pending.items():
        _draw_gradient_label(picture, *drawing.centres[i], label)
    return picture


def _draw_edge(picture: Svg, edge: Edge, colour: str, backward: bool) -> None:
    """A curve through the points, with an arrow in the direction of the value or, if `backward`, of the gradient."""
    (x, y), *rest = edge.points
    d = f"M{x:.1f} {y:.1f}"
    for u, v in rest:
        half = (v - y) / 2
        d += f" C{x:.1f} {y + half:.1f} {u:.1f} {v - half:.1f} {u:.1f} {v:.1f}"
        x, y = u, v
    picture.path(d, stroke=colour, thick=2.2 if backward else 1.3)
    (x, y), tail = (edge.points[0], 6.0) if backward else (edge.points[-1], -6.0)
    picture.path(f"M{x:.1f} {y:.1f} l-3.5 {tail:g} h7 z", fill=colour)


def _draw_gradient_label(picture: Svg, x: float, y: float, label: str) -> None:
    """The gradient received by a box with its centre at (x, y), written below it."""
    width, top = text_width(label, 9) + 8, y + BOX_HEIGHT / 2 + LABEL_GAP
    picture.rect(x - width / 2, top, width, LABEL_HEIGHT, fill=RED, radius=6)
    picture.text(x, top + 9.5, label, size=9, anchor="middle", fill="#ffffff")


def _draw_box(picture: Svg, box: Box, x: float, y: float, width: float, dim: bool, bright: bool) -> None:
    """A node is a rectangle, a leaf is round (blue if it requires a gradient), a number has no border."""
    fill = CURRENT if bright else FAINT if dim else "#ffffff" if box.kind != "number" else "none"
    stroke = {"op": INK, "leaf": BLUE if box.requires_grad else PALE, "number": "none"}[box.kind]
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

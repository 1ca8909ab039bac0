"""Layout of the graph: layers by the longest path, order within a layer by barycentres (Sugiyama et al. 1981).

The forward pass runs downwards.  An edge that crosses layers gets a dummy vertex in each of them.  Dummy vertices are
ordered like boxes, so that no edge runs through a box.
"""

from dataclasses import dataclass
from itertools import pairwise

from .nodes import Box, Edge
from .svg import text_width

LAYER_HEIGHT, BOX_HEIGHT, GAP, MARGIN = 62.0, 32.0, 16.0, 12.0
LABEL_GAP, LABEL_HEIGHT = 7.0, 13.0  # of a label below a box, see graph_picture.py
DUMMY_WIDTH = 12.0
SWEEPS = 8
OP_WEIGHT = 8.0  # of an op's x position, against 1 for a leaf or a dummy: chains of ops become nearly straight

Segment = tuple[int, int, float]  # of an edge between two layers: upper vertex, lower vertex, x offset at the lower one


@dataclass
class Vertex:
    """A box, or the dummy vertex of an edge; `x` is its centre."""

    layer: int
    width: float
    x: float = 0.0


@dataclass
class Drawing:
    """The boxes with their centres and widths, the edges with their points, and the size of the whole."""

    boxes: list[Box]
    edges: list[Edge]
    centres: list[tuple[float, float]]
    widths: list[float]
    width: float
    height: float


def arrange(boxes: list[Box], edges: list[Edge]) -> Drawing:
    """Compute the position of every box and the points of every edge."""
    layers = _layers(boxes, edges)
    vertices = [Vertex(layer, _width(box)) for box, layer in zip(boxes, layers)]
    dummies, segments = _split_edges(vertices, edges)
    rows = _order(vertices, segments)
    ops = {i for i, box in enumerate(boxes) if box.kind == "op"}
    for _ in range(SWEEPS):
        for direction in (1, -1):
            _straighten(vertices, rows, segments, ops, direction)

    left = min(vertex.x - vertex.width / 2 for vertex in vertices) - MARGIN
    for vertex in vertices:
        vertex.x -= left
    height = (len(rows) - 1) * LAYER_HEIGHT + BOX_HEIGHT + 2 * MARGIN + LABEL_GAP + LABEL_HEIGHT
    centres = [(vertex.x, MARGIN + BOX_HEIGHT / 2 + vertex.layer * LAYER_HEIGHT) for vertex in vertices]
    ports = _port_positions(vertices, edges)
    for edge, crossed in zip(edges, dummies):
        (x0, y0), (_, y1) = centres[edge.source], centres[edge.target]
        start, end = (x0, y0 + BOX_HEIGHT / 2), (ports[edge.target, edge.port], y1 - BOX_HEIGHT / 2)
        edge.points = [start, *(centres[i] for i in crossed), end]
    count = len(boxes)
    width = max(vertex.x + vertex.width / 2 for vertex in vertices) + MARGIN
    return Drawing(boxes, edges, centres[:count], [vertex.width for vertex in vertices[:count]], width, height)


def _width(box: Box) -> float:
    return max(34.0, text_width(box.title, 11) + 16, text_width(box.detail, 9) + 16)


def _layers(boxes: list[Box], edges: list[Edge]) -> list[int]:
    """The layer of each box: an op is below all its inputs, a leaf or number just above the first op that uses it."""
    layers = [0] * len(boxes)
    for edge in sorted(edges, key=lambda edge: boxes[edge.target].serial):  # in order of creation: inputs come first
        layers[edge.target] = max(layers[edge.target], layers[edge.source] + 1)
    for i, box in enumerate(boxes):
        if box.kind != "op":
            layers[i] = min((layers[edge.target] for edge in edges if edge.source == i), default=1) - 1
    return layers


def _split_edges(vertices: list[Vertex], edges: list[Edge]) -> tuple[list[list[int]], list[Segment]]:
    """Append dummy vertices to `vertices`; return those of each edge, and the segments of all edges."""
    dummies, segments = [], []
    ports = _port_positions(vertices, edges)
    for edge in edges:
        crossed = []
        for layer in range(vertices[edge.source].layer + 1, vertices[edge.target].layer):
            vertices.append(Vertex(layer, DUMMY_WIDTH))
            crossed.append(len(vertices) - 1)
        path = [edge.source, *crossed, edge.target]
        segments += [(a, b, ports[edge.target, edge.port] if b == edge.target else 0.0) for a, b in pairwise(path)]
        dummies.append(crossed)
    return dummies, segments


def _port_positions(vertices: list[Vertex], edges: list[Edge]) -> dict[tuple[int, int], float]:
    """The x at which input number `port` enters box `target`, by (target, port): evenly spaced, in order."""
    counts: dict[int, int] = {}
    for edge in edges:
        counts[edge.target] = max(counts.get(edge.target, 0), edge.port + 1)
    positions = {}
    for edge in edges:
        vertex, count = vertices[edge.target], counts[edge.target]
        positions[edge.target, edge.port] = vertex.x + (edge.port - (count - 1) / 2) * vertex.width / (count + 0.5)
    return positions


def _order(vertices: list[Vertex], segments: list[Segment]) -> list[list[int]]:
    """The vertices of each layer from left to right, sorted by barycentre; the sweep with fewest crossings."""
    rows: list[list[int]] = [[] for _ in range(max(vertex.layer for vertex in vertices) + 1)]
    for i, vertex in enumerate(vertices):
        rows[vertex.layer].append(i)
    for row in rows:
        _place_in_order(vertices, row)
    best, fewest = [list(row) for row in rows], _crossings(vertices, segments)
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 else reversed(rows):
            barycentres = {i: _barycentre(vertices, segments, i, -1 if sweep % 2 else 1) for i in row}
            row.sort(key=lambda i: barycentres[i])
            _place_in_order(vertices, row)
        if (count := _crossings(vertices, segments)) < fewest:
            best, fewest = [list(row) for row in rows], count
    for row in best:
        _place_in_order(vertices, row)
    return best


def _crossings(vertices: list[Vertex], segments: list[Segment]) -> int:
    """How many pairs of segments between the same two layers cross."""
    ends = [(vertices[a].layer, vertices[a].x, vertices[b].x + offset) for a, b, offset in segments]
    return sum(p[0] == q[0] and (p[1] - q[1]) * (p[2] - q[2]) < 0 for i, p in enumerate(ends) for q in ends[:i])


def _barycentre(vertices: list[Vertex], segments: list[Segment], i: int, side: int) -> float:
    """The mean x of the neighbours of vertex i, above (−1) or below (1); its own x if it has none."""
    xs = [vertices[a].x - offset for a, b, offset in segments if b == i and side < 0]
    xs += [vertices[b].x + offset for a, b, offset in segments if a == i and side > 0]
    return sum(xs) / len(xs) if xs else vertices[i].x


def _desired_x(vertices: list[Vertex], segments: list[Segment], i: int, ops: set[int]) -> float:
    """The weighted mean x of all neighbours of vertex i; its own x if it has none."""
    neighbours = [b if a == i else a for a, b, _ in segments if i in (a, b)]
    weights = [OP_WEIGHT if j in ops else 1.0 for j in neighbours]
    total = sum(w * vertices[j].x for w, j in zip(weights, neighbours))
    return total / sum(weights) if neighbours else vertices[i].x


def _place_in_order(vertices: list[Vertex], row: list[int]) -> None:
    """Place the vertices of a row side by side, centred at x = 0."""
    x = -sum(vertices[i].width + GAP for i in row) / 2
    for i in row:
        vertices[i].x = x + (vertices[i].width + GAP) / 2
        x += vertices[i].width + GAP


def _straighten(
    vertices: list[Vertex], rows: list[list[int]], segments: list[Segment], ops: set[int], direction: int
) -> None:
    """Move every vertex towards its desired x, in order and at least GAP apart (pool adjacent violators)."""
    for row in rows if direction > 0 else reversed(rows):
        groups: list[Group] = []
        for i in row:
            groups.append(Group([i], _desired_x(vertices, segments, i, ops), OP_WEIGHT if i in ops else 1.0))
            while len(groups) > 1 and (shift := _least_distance(vertices, *groups[-2:])) > groups[-1].x - groups[-2].x:
                right, left = groups.pop(), groups.pop()
                weight = left.weight + right.weight
                x = (left.weight * left.x + right.weight * (right.x - shift)) / weight
                groups.append(Group(left.members + right.members, x, weight))
        for group in groups:
            for i, offset in zip(group.members, _offsets(vertices, group.members)):
                vertices[i].x = group.x + offset


@dataclass
class Group:
    """Vertices that are GAP apart; `x` is where the first should be for all of them, `weight` the sum of theirs."""

    members: list[int]
    x: float
    weight: float


def _offsets(vertices: list[Vertex], members: list[int]) -> list[float]:
    """The x of vertices that are GAP apart, relative to the first."""
    offsets = [0.0]
    for a, b in pairwise(members):
        offsets.append(offsets[-1] + (vertices[a].width + vertices[b].width) / 2 + GAP)
    return offsets


def _least_distance(vertices: list[Vertex], left: Group, right: Group) -> float:
    """The least distance of the first vertex of `right` from the first of `left`."""
    return _offsets(vertices, [*left.members, right.members[0]])[-1]

"""Where the boxes of a graph go: layers by the longest path, order within a layer by barycentres (Sugiyama 1981).

The forward pass runs downwards.  A wire that skips layers gets a bend in each, which takes part in the ordering like a
box, so that no wire runs through a box.
"""

from dataclasses import dataclass
from itertools import pairwise

from .nodes import Box, Wire
from .svg import text_width

LAYER_HEIGHT, BOX_HEIGHT, GAP, MARGIN = 62.0, 32.0, 16.0, 12.0
BEND_WIDTH = 12.0
SWEEPS = 8
STIFFNESS = 8.0  # how much straighter the chain of nodes is to be than the wires of its weights


@dataclass
class Spot:
    """A box, or the bend of a wire, on its way to a place; `x` is its middle."""

    layer: int
    width: float
    x: float = 0.0


@dataclass
class Drawing:
    """Boxes with the places of their middles, wires with their points, and the size of it all."""

    boxes: list[Box]
    wires: list[Wire]
    centres: list[tuple[float, float]]
    widths: list[float]
    width: float
    height: float


def arrange(boxes: list[Box], wires: list[Wire]) -> Drawing:
    """Give every box a place and every wire its points."""
    layers = _layers(boxes, wires)
    spots = [Spot(layer, _width(box)) for box, layer in zip(boxes, layers)]
    chains, links = _chains(spots, wires)
    rows = _order(spots, links)
    nodes = {i for i, box in enumerate(boxes) if box.kind == "op"}
    for _ in range(SWEEPS):
        for direction in (1, -1):
            _settle(spots, rows, links, nodes, direction)

    left = min(spot.x - spot.width / 2 for spot in spots) - MARGIN
    for spot in spots:
        spot.x -= left
    height = (len(rows) - 1) * LAYER_HEIGHT + BOX_HEIGHT + 2 * MARGIN
    middle = [(spot.x, MARGIN + BOX_HEIGHT / 2 + spot.layer * LAYER_HEIGHT) for spot in spots]
    ports = _port_places(spots, wires)
    for wire, chain in zip(wires, chains):
        (x0, y0), (_, y1) = middle[wire.source], middle[wire.target]
        start, end = (x0, y0 + BOX_HEIGHT / 2), (ports[wire.target, wire.port], y1 - BOX_HEIGHT / 2)
        wire.points = [start, *(middle[bend] for bend in chain), end]
    count = len(boxes)
    width = max(spot.x + spot.width / 2 for spot in spots) + MARGIN
    return Drawing(boxes, wires, middle[:count], [spot.width for spot in spots[:count]], width, height)


def _width(box: Box) -> float:
    return max(34.0, text_width(box.title, 11) + 16, text_width(box.detail, 9) + 16)


def _layers(boxes: list[Box], wires: list[Wire]) -> list[int]:
    """A node is below all that it is made of; what has no inputs is just above what it is used by."""
    layers = [0] * len(boxes)
    for wire in sorted(wires, key=lambda wire: boxes[wire.target].serial):  # the order of creation: inputs come first
        layers[wire.target] = max(layers[wire.target], layers[wire.source] + 1)
    for i, box in enumerate(boxes):
        if box.kind != "op":
            layers[i] = min((layers[wire.target] for wire in wires if wire.source == i), default=1) - 1
    return layers


def _chains(spots: list[Spot], wires: list[Wire]) -> tuple[list[list[int]], list[tuple[int, int, float]]]:
    """The bends of each wire, added to `spots`, and every link (upper spot, lower spot, where on the lower one)."""
    chains, links = [], []
    ports = _port_places(spots, wires)
    for wire in wires:
        chain = []
        for layer in range(spots[wire.source].layer + 1, spots[wire.target].layer):
            spots.append(Spot(layer, BEND_WIDTH))
            chain.append(len(spots) - 1)
        stops = [wire.source, *chain, wire.target]
        links += [(a, b, ports[wire.target, wire.port] if b == wire.target else 0.0) for a, b in pairwise(stops)]
        chains.append(chain)
    return chains, links


def _port_places(spots: list[Spot], wires: list[Wire]) -> dict[tuple[int, int], float]:
    """Where on its box (x) each input enters: spread evenly, in the order of the inputs."""
    counts: dict[int, int] = {}
    for wire in wires:
        counts[wire.target] = max(counts.get(wire.target, 0), wire.port + 1)
    places = {}
    for wire in wires:
        spot, count = spots[wire.target], counts[wire.target]
        places[wire.target, wire.port] = spot.x + (wire.port - (count - 1) / 2) * spot.width / (count + 0.5)
    return places


def _order(spots: list[Spot], links) -> list[list[int]]:
    """The spots of each layer from left to right: by the mean place of their neighbours, swept down and up."""
    rows: list[list[int]] = [[] for _ in range(max(spot.layer for spot in spots) + 1)]
    for i, spot in enumerate(spots):
        rows[spot.layer].append(i)
    for row in rows:
        _place_in_order(spots, row)
    best, fewest = [list(row) for row in rows], _crossings(spots, links)
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 else reversed(rows):
            wanted = {i: _pull(spots, links, i, -1 if sweep % 2 else 1) for i in row}
            row.sort(key=lambda i: wanted[i])
            _place_in_order(spots, row)
        if (count := _crossings(spots, links)) < fewest:
            best, fewest = [list(row) for row in rows], count
    for row in best:
        _place_in_order(spots, row)
    return best


def _crossings(spots: list[Spot], links) -> int:
    """How many pairs of links between the same two layers cross."""
    ends = [(spots[a].layer, spots[a].x, spots[b].x + offset) for a, b, offset in links]
    return sum(p[0] == q[0] and (p[1] - q[1]) * (p[2] - q[2]) < 0 for i, p in enumerate(ends) for q in ends[:i])


def _pull(spots: list[Spot], links, i: int, side: int) -> float:
    """The mean place of the neighbours of spot i, above (−1) or below (1); its own place if it has none."""
    places = [spots[a].x - offset for a, b, offset in links if b == i and side < 0]
    places += [spots[b].x + offset for a, b, offset in links if a == i and side > 0]
    return sum(places) / len(places) if places else spots[i].x


def _home(spots: list[Spot], links, i: int, firm: set[int]) -> float:
    """Where spot i wants to be: amid its neighbours, the `firm` ones (nodes) counting more than what hangs on them."""
    near = [b if a == i else a for a, b, _ in links if i in (a, b)]
    weights = [STIFFNESS if j in firm else 1.0 for j in near]
    return sum(w * spots[j].x for w, j in zip(weights, near)) / sum(weights) if near else spots[i].x


def _place_in_order(spots: list[Spot], row: list[int]) -> None:
    """Side by side, the middle of the row at 0."""
    x = -sum(spots[i].width + GAP for i in row) / 2
    for i in row:
        spots[i].x = x + (spots[i].width + GAP) / 2
        x += spots[i].width + GAP


def _settle(spots: list[Spot], rows: list[list[int]], links, firm: set[int], direction: int) -> None:
    """Move every spot towards its home, as far as its row lets it: neither out of order nor closer than GAP."""
    for row in rows if direction > 0 else reversed(rows):
        groups: list[Group] = []
        for i in row:
            groups.append(Group([i], _home(spots, links, i, firm), STIFFNESS if i in firm else 1.0))
            while len(groups) > 1 and (shift := _reach(spots, *groups[-2:])) > groups[-1].x - groups[-2].x:
                right, left = groups.pop(), groups.pop()
                weight = left.weight + right.weight
                x = (left.weight * left.x + right.weight * (right.x - shift)) / weight
                groups.append(Group(left.members + right.members, x, weight))
        for group in groups:
            for i, at in zip(group.members, _places(spots, group.members)):
                spots[i].x = group.x + at


@dataclass
class Group:
    """Spots that touch: where the first of them wants to be, for all of them, and how much they weigh."""

    members: list[int]
    x: float
    weight: float


def _places(spots: list[Spot], members: list[int]) -> list[float]:
    """Where touching spots are, from the first one on."""
    places = [0.0]
    for a, b in pairwise(members):
        places.append(places[-1] + (spots[a].width + spots[b].width) / 2 + GAP)
    return places


def _reach(spots: list[Spot], left: Group, right: Group) -> float:
    """How far the first spot of `right` has to be from the first of `left`."""
    return _places(spots, [*left.members, right.members[0]])[-1]

"""The stepper shows the graph behind a result, and the steps of `steps()`, forward and back."""

from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import Tensor, nn, ops
from minigan.show.colours import RED
from minigan.stepper import Stepper, draw_graph
from minigan.stepper.arrange import BOX_HEIGHT, arrange
from minigan.stepper.nodes import boxes_and_edges
from minigan.stepper.snapshot import number
from tests.support.nodes import nodes_behind


@st.composite
def outputs(draw, most_nodes=60):
    """A result of up to 60 operations with one or two inputs each, among them numbers and constants."""
    pool = [Tensor(np.array(value), requires_grad=True) for value in (0.5, -0.3)] + [Tensor(np.array(0.7))]
    unary = st.sampled_from([ops.tanh, ops.sigmoid, lambda x: x * 0.5, lambda x: 1.0 - x])
    binary = st.sampled_from([lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a - b])
    pool.append(pool[0] * pool[1])
    for _ in range(draw(st.integers(0, most_nodes - 1))):
        recent = st.integers(max(0, len(pool) - 6), len(pool) - 1)  # long graphs, and many of them connected
        a, b = pool[draw(recent)], pool[draw(st.one_of(recent, st.integers(0, len(pool) - 1)))]
        pool.append(draw(binary)(a, b) if draw(st.booleans()) else draw(unary)(a))
    return pool[-1] if pool[-1].requires_grad else pool[-1] * pool[3]


def small_loss():
    """A loss of scalars in which a leaf and a node are used twice, its leaves, and their names."""
    a, b = Tensor(np.array(2.0), requires_grad=True), Tensor(np.array(3.0), requires_grad=True)
    p = a * b
    return ops.tanh(p - 5.5) * p + a, {"a": a, "b": b}


def network_loss():
    """A loss of a small convolutional network, and its tensors by name."""
    rng = np.random.default_rng(0)
    layers = nn.Conv2d(1, 4, 4, stride=2, padding=1, rng=rng), nn.BatchNorm2d(4, rng=rng), nn.Conv2d(4, 1, 7, rng=rng)
    net = nn.Sequential(*layers)
    images = Tensor(rng.normal(size=(3, 14, 14, 1)).astype(np.float32))
    parameters = {name: x for name, x in net.named_tensors() if isinstance(x, nn.Parameter)}
    return ops.bce_with_logits(net(images), 1.0), parameters


@given(outputs())
def test_the_graph_drawn_is_the_graph(output):
    """Exactly its nodes, and an edge for each input, from the box of that input."""
    boxes, edges = boxes_and_edges(output, {})
    nodes = nodes_behind(output)
    assert [box.serial for box in boxes if box.kind == "op"] == [node.serial for node in nodes]
    assert [(edge.target, edge.port) for edge in edges] == [
        (i, k) for i, n in enumerate(nodes) for k in range(len(n.inputs))
    ]
    leaves = {id(x) for node in nodes for x in node.inputs if isinstance(x, Tensor) and x.creator is None}
    assert sum(box.kind == "leaf" for box in boxes) == len(leaves)
    for edge in edges:
        given_input, source = nodes[edge.target].inputs[edge.port], boxes[edge.source]
        if not isinstance(given_input, Tensor):
            assert (source.kind, source.title) == ("number", number(given_input))
        elif given_input.creator is not None:
            assert source.serial == given_input.creator.serial
        else:
            assert source.kind == "leaf"
            assert source.value.array.item() == given_input.item()


@given(outputs())
def test_boxes_and_edges_do_not_overlap(output):
    """Boxes of a layer keep their distance, edges run downwards, and no inner point of an edge lies in a box."""
    drawing = arrange(*boxes_and_edges(output, {}))
    spans = [(y, x - width / 2, x + width / 2) for (x, y), width in zip(drawing.centres, drawing.widths)]
    for i, (y, left, right) in enumerate(spans):
        assert 0 <= left < right <= drawing.width
        assert BOX_HEIGHT / 2 <= y <= drawing.height - BOX_HEIGHT / 2
        assert all(y != other or right < start or end < left for other, start, end in spans[:i])
    for edge in drawing.edges:
        depths = [y for _, y in edge.points]
        assert depths == sorted(depths)
        assert len(set(depths)) == len(depths)
        for x, y in edge.points[1:-1]:
            assert all(y != row or not left < x < right for row, left, right in spans)


@given(outputs(most_nodes=20))
def test_every_gradient_received_is_inside_the_picture(output):
    """A red label below its box, also below the last one, where the backward pass begins."""
    stepper = Stepper(output)
    for position in range(stepper.last + 1):
        picture = stepper.go(position)._graph(position)
        labels = [x for x in ElementTree.fromstring(str(picture)).iter() if x.get("rx") == "6" and x.get("fill") == RED]
        assert len(labels) == (len(stepper._pending(position)) if position else 1)
        for x, y, width, height in ([float(label.get(k)) for k in ("x", "y", "width", "height")] for label in labels):
            assert 0 <= x < x + width <= picture.width
            assert 0 <= y < y + height <= picture.height


@given(outputs(most_nodes=20))
def test_steps_are_those_of_the_engine(output):
    """Box by box the steps of `steps()`; the pending gradients are what the next nodes, and the leaves, receive."""
    stepper = Stepper(output)
    serials = [node.serial for node in nodes_behind(output)]
    leaves = [x for node in nodes_behind(output) for x in node.inputs if isinstance(x, Tensor) and x.creator is None]
    for position in range(1, stepper.last + 1):
        pending = stepper._pending(position - 1) if position > 1 else None
        stepper.forward()
        record = stepper.records[-1]
        assert pending is None or pending[record.box] == number(record.grad.array.item())
    assert [stepper.drawing.boxes[record.box].serial for record in stepper.records] == serials[::-1]
    assert all(not node.inputs for node in nodes_behind(output))  # the graph is freed
    at_the_end = sorted(stepper._pending(stepper.last).values())
    assert at_the_end == sorted(number(x.grad.item()) for x in set(leaves) if x.grad is not None)


def test_the_numbers_of_every_step_are_those_of_steps():
    """Two graphs of the same network: one backward pass by `steps()`, one by the stepper."""
    (loss, parameters), (twin, twins) = network_loss(), network_loss()
    stepper = Stepper(loss, **parameters).to_end()
    for record, step in zip(stepper.records, twin.steps(), strict=True):
        assert stepper.drawing.boxes[record.box].title == type(step.node).__name__
        np.testing.assert_array_equal(record.grad.array, step.grad.numpy())
        assert [g is None for g in record.grads] == [g is None for g in step.grads]
        for kept, g in zip(record.grads, step.grads):
            if g is not None:
                np.testing.assert_array_equal(kept.array, g.numpy())
    for name in parameters:
        np.testing.assert_array_equal(parameters[name].grad.numpy(), twins[name].grad.numpy())


@pytest.mark.parametrize("make", [small_loss, network_loss])
def test_going_back_shows_the_same_pictures(make):
    """Every picture is the same the second time, although the leaves have changed since."""
    loss, names = make()
    stepper = Stepper(loss, **names)
    first = [str(stepper.frame(i)) for i in range(stepper.last + 1)]
    for x in names.values():
        x.data += 1.0
        x.grad.data += 1.0
    assert [str(stepper.frame(i)) for i in reversed(range(stepper.last + 1))] == first[::-1]
    assert len(set(first)) == len(first)
    for picture in [*first, str(stepper.still())]:
        ElementTree.fromstring(picture)


def texts(picture) -> list[str]:
    return [element.text for element in ElementTree.fromstring(str(picture)).iter() if element.text]


def test_a_picture_describes_the_step():
    """The product of the small loss, p = 2 · 3: by hand ∂L/∂p = tanh(p − 5.5) + p (1 − tanh²(p − 5.5)) = 5.18."""
    loss, names = small_loss()
    stepper = Stepper(loss, **names)
    shown = texts(stepper.frame(stepper.last))
    assert f"Step {stepper.last} of {stepper.last}: Multiply" in shown
    assert "∂L/∂a = b · ∂L/∂y, ∂L/∂b = a · ∂L/∂y" in shown
    by_p = np.tanh(0.5) + 6 * (1 - np.tanh(0.5) ** 2)
    assert {number(by_p), number(3 * by_p), number(2 * by_p), number(3 * by_p + 1), "a", "b", "out: to a"} <= set(shown)


def test_stepping_does_what_backward_does_and_looking_does_nothing():
    loss, names = small_loss()
    draw_graph(loss, **names)
    stepper = Stepper(loss, **names)
    str(stepper.frame(0)), str(stepper.still()), repr(stepper)
    assert names["a"].grad is None
    stepper.forward()
    assert names["a"].grad.item() == 1.0  # the gradient by way of the sum; the others follow
    stepper.back()
    assert (stepper.position, len(stepper.records)) == (0, 1)
    stepper.to_end()
    twin, twins = small_loss()
    twin.backward()
    assert [names[n].grad.item() for n in "ab"] == [twins[n].grad.item() for n in "ab"]


def test_the_backward_pass_can_start_from_a_given_gradient():
    x = Tensor(np.arange(3.0), requires_grad=True)
    Stepper(x * 2.0, Tensor(np.array([1.0, 0.0, -1.0])), x=x).to_end()
    np.testing.assert_array_equal(x.grad.numpy(), [2.0, 0.0, -2.0])


def test_errors():
    x = Tensor(np.ones(3), requires_grad=True)
    with pytest.raises(ValueError, match="size 1"):
        Stepper(x * 2.0)
    with pytest.raises(RuntimeError, match="depends on no Tensor"):
        Stepper(Tensor([1.0]))
    loss = (x * x).sum()
    with pytest.raises(TypeError, match="names of Tensors or Modules, got x=ndarray"):
        draw_graph(x * 2.0, x=np.ones(3))
    with pytest.raises(IndexError, match="from 0 to 3, got 4"):
        Stepper(loss).go(4)
    loss.backward()
    with pytest.raises(RuntimeError, match="was used in an earlier backward pass"):
        draw_graph(loss)


def test_a_single_leaf_is_a_graph():
    assert "x" in texts(draw_graph(x := Tensor([1.0, 2.0], requires_grad=True), x=x))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (-0.0, "0"), (12345, "12345"), (123456, "1.2e5"), (1234.6, "1235"), (999.7, "1000"), (0.25, "0.25"),
     (1 / 3, "0.333"), (-0.00818, "−0.0082"), (2.13e-4, "2.1e−4"), (-1e30, "−1e30"), (np.nan, "nan"),
     (np.inf, "inf")],
)  # fmt: skip
def test_numbers_are_short(value, text):
    assert number(value) == text

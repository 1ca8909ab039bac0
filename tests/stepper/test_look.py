"""Arrays of any size: one plane of it is shown, and the numbers in a window that can be moved over all of it."""

from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import Tensor, nn, ops
from minigan.gan import Config, Run, draw_noise
from minigan.stepper import Stepper, draw_graph
from minigan.stepper.array_picture import FRAME, array_picture, block_means
from minigan.stepper.look import Look, choices
from minigan.stepper.snapshot import number, snapshot

AXES = "image", "row", "column", "channel", "input_channel"


def shapes(least=0):
    return st.lists(st.integers(1, 12), min_size=least, max_size=5).map(tuple)


def texts(picture) -> list[str]:
    return [element.text for element in ElementTree.fromstring(str(picture)).iter() if element.text]


def part_of(x, part):
    """The part of an array at an index as it is written below its picture; all of it if there is none."""
    pieces = [piece.split(":") for piece in part.strip("[]").split(", ")] if part else [["", ""]] * x.ndim
    return x[tuple(int(p[0]) if len(p) == 1 else slice(*(int(n) if n else None for n in p)) for p in pieces)]


@pytest.mark.parametrize(
    ("shape", "shown", "part"),
    [((), (1, 1), ""), ((3,), (1, 3), ""), ((5, 8), (5, 8), ""), ((1, 5, 5, 1), (5, 5), ""), ((8, 1, 1, 1), (1, 8), ""),
     ((9,), (1, 8), "[0:8]"), ((2, 5, 4, 3), (5, 4), "[0, :, :, 0]"), ((2, 3, 4), (3, 4), "[0, :, :]"),
     ((100, 30), (5, 5), "[0:5, 0:5]"), ((0, 3), (0, 3), ""), ((2, 9, 9, 2), (5, 5), "[0, 0:5, 0:5, 0]"),
     ((64, 1, 1, 128), (5, 5), "[0:5, 0, 0, 0:5]")],
)  # fmt: skip
def test_what_is_shown_of_an_array(shape, shown, part):
    """All of a small one; else a plane, the first unless told otherwise, and a window of it."""
    view = snapshot(np.random.default_rng(0).normal(size=shape)).view(Look())
    assert (view.numbers.shape, view.part) == (shown, part)


def test_of_weights_the_first_axes_are_the_plane():
    x = np.random.default_rng(0).normal(size=(4, 4, 4, 16))  # as images: 4 of 4×4 with 16 channels
    view = snapshot(x, weights=True).view(Look(image=3, input_channel=1, channel=7))
    assert view.part == "[:, :, 1, 7]"
    np.testing.assert_array_equal(view.numbers, x[:, :, 1, 7])


@given(shapes(), st.booleans(), st.tuples(*[st.integers(0, 14)] * 5))
def test_the_numbers_shown_are_those_of_the_index_written_below(shape, weights, indices):
    x = np.random.default_rng(0).normal(size=shape)
    view = snapshot(x, weights).view(Look(**dict(zip(AXES, indices))))
    np.testing.assert_array_equal(view.numbers.ravel(), part_of(x, view.part).ravel())
    assert view.is_whole == (view.numbers.size == view.plane.size)
    assert (
        not view.part or view.part in " ".join(texts(array_picture(snapshot(x, weights), Look(), "x"))) or any(indices)
    )


@given(st.lists(st.integers(1, 12), min_size=1, max_size=4).map(tuple), st.booleans())
def test_the_window_reaches_every_number(shape, weights):
    """Over all choices, whatever is in the array is shown; and the last choice is the last element."""
    if len(shape) == 3 and weights:
        return  # no layer has such weights
    x = np.arange(np.prod(shape)).reshape(shape)
    shot, seen = snapshot(x, weights), set()
    most = choices(shape, weights)
    for indices in np.ndindex(*(n + 1 for n in most.values())):
        seen |= set(shot.view(Look(**dict(zip(most, indices)))).numbers.ravel().tolist())
    assert seen == set(x.ravel().tolist())
    assert x.max() in shot.view(Look(**most)).numbers


def test_a_snapshot_is_a_copy():
    x = np.ones((3, 3))
    shot = snapshot(x)
    x += 1.0
    np.testing.assert_array_equal(shot.view(Look()).numbers, np.ones((3, 3)))


def test_a_heat_map_is_made_of_means():
    x = np.add.outer(np.repeat(np.arange(28.0), 2), np.repeat(np.arange(28.0), 3))
    np.testing.assert_allclose(block_means(x), np.add.outer(np.arange(28.0), np.arange(28.0)))


def test_a_frame_on_the_heat_map_shows_where_the_window_is():
    shot = snapshot(np.arange(28.0 * 28).reshape(1, 28, 28, 1))
    picture = ElementTree.fromstring(str(array_picture(shot, Look(row=10, column=23), "x")))
    (frame,) = (e for e in picture.iter() if e.get("stroke") == FRAME)
    cell = 112 / 28
    found = [float(frame.get(k)) for k in ("x", "y", "width", "height")]
    np.testing.assert_allclose(found, [23 * cell, 10 * cell, 5 * cell, 5 * cell])


# -- on the networks of DCGAN ------------------------------------------------------------------------------------------


@pytest.fixture
def game():
    """G's loss through both networks, D frozen, as in training; and what the stepper calls by name."""
    run = Run(Config(width=8))
    z = Tensor(draw_noise(np.random.default_rng(0), 6, 100))
    fake = run.generator(z)
    with run.game.discriminator.frozen():
        loss = ops.softplus(-run.game.discriminator(fake)).mean()
    return loss, {"G": run.generator, "D": run.game.discriminator, "z": z, "fake": fake}


def test_every_parameter_is_shown_by_its_name(game):
    loss, names = game
    boxes = Stepper(loss, **names).drawing.boxes
    leaves = {box.title: box for box in boxes if box.kind == "leaf"}
    for name in "GD":
        for own, x in names[name].named_parameters():
            assert leaves[f"{name}.{own}"].value.shape == x.shape
            assert leaves[f"{name}.{own}"].requires_grad == (name == "G")  # D is frozen
    assert not {"leaf", "parameter"} & set(leaves)
    assert any(box.title == "fake = Tanh" for box in boxes)


def test_without_names_a_parameter_has_that_of_its_network():
    net = nn.Sequential(nn.Linear(2, 3, rng=np.random.default_rng(0)))
    own = [name for name, _ in net.named_parameters()]
    assert set(own) <= set(texts(draw_graph(net(Tensor(np.ones((4, 2), np.float32))).sum())))


def test_any_image_channel_and_window_can_be_chosen(game):
    """In every step, the numbers in the picture are those of the gradients and values at the place it names."""
    loss, names = game
    stepper = Stepper(loss, **names).to_end()
    assert stepper.choices() == {
        "image": (0, 5), "row": (0, 23), "column": (0, 23), "channel": (0, 99), "input_channel": (0, 15)
    }  # fmt: skip
    stepper.look(image=4, channel=6, input_channel=3).look(row=11, column=2)
    at = next(k for k, record in enumerate(stepper.records, 1) if record.grad.shape == (6, 14, 14, 8))
    shown, record = texts(stepper.frame(at)), stepper.records[at - 1]
    assert sum("[4, 9:14, 2:7, 6] of 6×14×14×8" in text for text in shown) >= 2  # not row 11: 14 rows, 5 in a window
    box = stepper.drawing.boxes[record.box]
    for array in (record.grad.array, box.value.array):
        assert {number(value) for value in array[4, 9:14, 2:7, 6].ravel()} <= set(shown)
    kernel = next(k for k, record in enumerate(stepper.records, 1) if any(
        g is not None and g.shape == (4, 4, 8, 16) for g in record.grads
    ))  # fmt: skip
    assert any(text.startswith("[:, :, 3, 6] of 4×4×8×16") for text in texts(stepper.frame(kernel)))


def test_a_place_that_is_in_no_array_is_refused(game):
    loss, names = game
    stepper = Stepper(loss, **names)
    with pytest.raises(IndexError, match="expected image from 0 to 5, got 6"):
        stepper.look(image=6)
    with pytest.raises(IndexError, match="expected image from 0 to 5, got -1"):
        stepper.look(image=-1)
    with pytest.raises(IndexError, match="expected one of image, row, column, channel, input_channel, got colour"):
        stepper.look(colour=1)


def test_where_all_is_shown_there_is_nothing_to_choose():
    x = Tensor(np.ones((4, 3)), requires_grad=True)
    stepper = Stepper((x * x).sum())
    assert stepper.choices() == {}
    with pytest.raises(IndexError, match="all is shown"):
        stepper.look(row=1)


def test_of_a_tall_graph_the_part_around_the_step_is_shown(game):
    """The node of the step lies in it, as do its inputs, and the picture is not as tall as the graph."""
    loss, names = game
    stepper = Stepper(loss, **names)
    for position in range(1, stepper.last + 1):
        picture = stepper.frame(position)
        assert picture.height < stepper.drawing.height
        _, part = (e for e in ElementTree.fromstring(str(picture)).iter() if e.tag.endswith("svg"))
        _, top, _, height = map(float, part.get("viewBox").split())
        _, y = stepper.drawing.centres[stepper.records[position - 1].box]
        assert top <= y - 16 < y + 16 <= top + height


def test_the_settings_of_a_node_are_shown(game):
    """Such as the slope of the activation that batch norm includes: 0 in G, 0.2 in D."""
    loss, names = game
    stepper = Stepper(loss, **names)
    found = {text for position in range(1, stepper.last + 1) for text in texts(stepper.frame(position))}
    assert {"BatchNorm(epsilon=1e-05, slope=0.0)", "BatchNorm(epsilon=1e-05, slope=0.2)"} <= found


def test_sliders_choose_the_place(game):
    """One for each index; moving one changes the picture, and the position stays."""
    pytest.importorskip("ipywidgets", reason="needs the notebooks extra: pip install '.[notebooks]'")
    loss, names = game
    stepper = Stepper(loss, **names)
    row, choosers, picture = stepper.controls().children
    *_, slider = row.children
    assert [x.description for x in choosers.children] == [name.replace("_", " ") for name in AXES]
    slider.value = 12
    before = picture.value
    choosers.children[0].value = 5
    assert before != picture.value == str(stepper.frame(12))
    assert stepper.choices()["image"] == (5, 5)
    assert slider.value == stepper.position == 12

"""Turn vectors: the direction of a concept, the images along it, and the chart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.errors import BadInput
from minigan.evaluate.judges import shipped_judge
from minigan.explore.curves import save_turn_chart, spread, turn_chart
from minigan.explore.turn import direction, to_probabilities, turn
from minigan.gan import draw_samples, load_run
from minigan.show import load_picture
from tests.support.pools import NAMES, made_up_pool


def test_the_direction_of_a_concept():
    pool = made_up_pool(2000)
    along = direction(pool, "hat", 300, np.random.default_rng(0))
    assert np.linalg.norm(along) == pytest.approx(1.0, abs=1e-6)
    assert along[1] > 0.97


def test_the_direction_from_one_concept_to_another():
    pool = made_up_pool(2000)
    along = direction(pool, "hat", 300, np.random.default_rng(0), instead="beard")
    np.testing.assert_allclose(along, [0, np.sqrt(0.5), -np.sqrt(0.5), 0, 0], atol=0.15)
    with pytest.raises(BadInput, match="too few samples show one of hat and beard alone"):
        direction(pool, "hat", 900, np.random.default_rng(0), instead="beard")
    with pytest.raises(BadInput, match="unknown concept 'cap'; the judge knows: glasses, hat, beard"):
        direction(pool, "hat", 3, np.random.default_rng(0), instead="cap")


def test_probabilities():
    logits = np.array([[0.0, np.log(3.0)], [1000.0, -1000.0]], np.float32)
    np.testing.assert_allclose(to_probabilities(logits, True), [[0.25, 0.75], [1, 0]], atol=1e-7)
    np.testing.assert_allclose(to_probabilities(logits, False), [[0.5, 0.75], [1, 0]], atol=1e-7)


def test_at_strength_zero_nothing_changes():
    run = load_run("pretrained:pixel-faces")
    z = np.random.default_rng(3).standard_normal((4, run.config.latent), np.float32)
    along = np.zeros(run.config.latent, np.float32)
    along[0] = 1.0
    turned = turn(run, shipped_judge("pixel-faces", 32), z, along, np.array([0.0, 5.0]))
    np.testing.assert_array_equal(turned.images[0], draw_samples(run, 4, seed=3)[0])
    assert (turned.images[1] != turned.images[0]).any()
    assert turned.probabilities.shape == (2, 5)


def test_the_chart_shows_the_concept_and_its_control():
    strengths = np.array([-1.0, 0.0, 1.0])
    probabilities = np.array([[0.1, 0.4, 0.5], [0.5, 0.4, 0.5], [0.9, 0.45, 0.5]])
    figure = turn_chart(strengths, NAMES, probabilities, "glasses", np.array([0.5, 0.5, 0.4]))
    (axes,) = figure.axes
    thick = max(axes.lines, key=lambda line: line.get_linewidth())
    np.testing.assert_array_equal(thick.get_ydata(), probabilities[:, 0])
    assert [line.get_ydata()[-1] for line in axes.lines] == [0.45, 0.5, 0.4, 0.9]
    assert {text.get_text() for text in axes.texts} == set(NAMES)
    with pytest.raises(ValueError, match=r"got \(3, 3\) and \(2,\)"):
        turn_chart(strengths, NAMES, probabilities, "glasses", np.zeros(2))


def test_the_chart_is_written(tmp_path):
    save_turn_chart(tmp_path / "x.png", np.arange(2), ["0", "1"], np.zeros((2, 2)), "1", np.zeros(2))
    assert load_picture(tmp_path / "x.png").shape == (440, 880, 3)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=10))
def test_labels_do_not_overlap(values):
    heights = spread(np.array(values), 0.05)
    assert (np.diff(np.sort(heights)) >= 0.05 - 1e-9).all()
    assert heights.max() <= 1.0
    order = np.argsort(values, kind="stable")
    assert (np.diff(heights[order]) > 0).all()

"""Pictures of evaluation results show the right values in the right positions."""

import numpy as np
import pytest

from minigan.evaluate import neighbour_picture, save_shares, shares_chart
from minigan.show import load_picture


def test_a_sample_is_on_the_left_of_its_neighbour():
    """Two pairs of 3×2 pixels, at scale 2 and 2 pixels apart; the third is beyond `count`."""
    samples = np.full((3, 3, 2, 1), 10, np.uint8) * np.arange(1, 4, dtype=np.uint8).reshape(3, 1, 1, 1)
    picture = neighbour_picture(samples, samples + 100, count=2)
    assert picture.shape == (2 + 6 + 2, 2 + 8 + 2 + 8 + 2, 3)
    row = [255] * 2 + [10] * 4 + [110] * 4 + [255] * 2 + [20] * 4 + [120] * 4 + [255] * 2
    assert picture[2:8].tolist() == [[[value] * 3 for value in row]] * 6


def test_four_pairs_in_a_row():
    colour = np.zeros((9, 64, 64, 3), np.uint8)
    assert neighbour_picture(colour, colour).shape == (3 * 66 + 2, 4 * 130 + 2, 3)


def test_pairs_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"got shapes \(2, 1, 1, 1\) and \(3, 1, 1, 1\)"):
        neighbour_picture(np.zeros((2, 1, 1, 1), np.uint8), np.zeros((3, 1, 1, 1), np.uint8))


def test_the_bars_are_the_shares():
    """In percent, real above generated, the first name at the top."""
    figure = shares_chart(["hat", "beard"], [0.25, 0.5], np.array([0.125, 0.0]), "as in the training images")
    (axes,) = figure.axes
    real, fake = axes.containers
    assert [bar.get_width() for bar in real] == [25.0, 50.0]
    assert [bar.get_width() for bar in fake] == [12.5, 0.0]
    tops = [axes.transData.transform((0, bar.get_y()))[1] for pair in zip(real, fake) for bar in pair]
    assert tops == sorted(tops, reverse=True)
    assert [text.get_text() for text in axes.get_yticklabels()] == ["hat", "beard"]
    assert {text.get_text() for text in axes.texts} == {"25.0", "50.0", "12.5", "0.0"}
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["real images", "generated images"]
    assert axes.get_title("left") == "as in the training images"


def test_the_chart_is_written(tmp_path):
    save_shares(tmp_path / "shares.png", ["0", "1"], [0.5, 0.5], [0.4, 0.6], "half each")
    assert load_picture(tmp_path / "shares.png").shape == (220, 880, 3)


def test_shares_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="got 2 names, 2 and 1"):
        shares_chart(["a", "b"], [0.5, 0.5], [1.0], "")

"""Sheets: every image is in its row and column, with their labels."""

import numpy as np
import pytest

from minigan.show import load_picture, save_sheet, sheet


def uniform(value, channels=1):
    return np.full((4, 4, channels), value, np.uint8)


def test_images_and_labels_are_in_their_rows_and_columns():
    figure = sheet([[uniform(10), uniform(20, 3)], [uniform(30), None]], ["real", "drawn"], ["one", "two"], "A title")
    grid = np.array(figure.axes).reshape(2, 2)
    shown = [[axes.images[0].get_array()[0, 0].tolist() for axes in row] for row in grid]
    assert shown == [[[10] * 3, [20] * 3], [[30] * 3, [255] * 3]]
    assert [row[0].get_ylabel() for row in grid] == ["real", "drawn"]
    assert [axes.get_title() for axes in grid[0]] == ["one", "two"]
    assert figure.get_suptitle() == "A title"
    assert figure.get_figwidth() <= 8


@pytest.mark.parametrize(
    ("images", "rows", "columns", "what"),
    [
        ([], [], [], r"got \[\]"),
        ([[uniform(0)], [uniform(0), uniform(0)]], [], [], r"got \[1, 2\]"),
        ([[uniform(0)]], ["a", "b"], [], "got 2 and 0"),
        ([[uniform(0)]], [], ["a", "b"], "got 0 and 2"),
    ],
)
def test_wrong_numbers_of_images_or_labels_are_errors(images, rows, columns, what):
    with pytest.raises(ValueError, match=what):
        sheet(images, rows, columns)


def test_a_sheet_is_saved(tmp_path):
    save_sheet(tmp_path / "sheet.png", [[uniform(0)] * 8], ["black"])
    picture = load_picture(tmp_path / "sheet.png")
    assert picture.shape[1] == 880
    assert (picture[picture.shape[0] // 2, -50] == 0).all()


@pytest.mark.parametrize("across", [1, 2, 8])
def test_row_labels_are_not_cut_off(across):
    figure = sheet([[uniform(0)] * across] * 3, ["known", "completed, blended", "nearest training image"])
    figure.draw_without_rendering()
    for axes in figure.axes[::across]:
        assert axes.yaxis.label.get_window_extent().x0 >= 0

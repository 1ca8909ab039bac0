"""Masks: how many pixels they remove, and where; and masks from files."""

import numpy as np
import pytest
from PIL import Image

from minigan.errors import BadInput
from minigan.explore.masks import MASKS, draw_masks, load_mask


@pytest.mark.parametrize(
    ("name", "removed"), [("random", 205 / 256), ("centre", 1 / 4), ("left", 1 / 2), ("lower", 1 / 2), ("rows", 1 / 2)]
)
def test_how_many_pixels_are_removed(name, removed):
    known = draw_masks(name, 3, 16, np.random.default_rng(0))
    assert (known.shape, known.dtype) == ((3, 16, 16), bool)
    assert ((~known).mean(axis=(1, 2)) == removed).all()


def test_where_pixels_are_removed():
    one = {name: mask((8, 8), np.random.default_rng(0)) for name, mask in MASKS.items()}
    assert not one["centre"][2:6, 2:6].any()
    assert not one["left"][:, :4].any()
    assert not one["lower"][4:].any()
    assert not one["rows"][1::2].any()
    two = draw_masks("random", 2, 8, np.random.default_rng(0))
    assert (two[0] != two[1]).any()
    np.testing.assert_array_equal(two, draw_masks("random", 2, 8, np.random.default_rng(0)))


def test_masks_of_rectangles():
    one = {name: mask((8, 12), np.random.default_rng(0)) for name, mask in MASKS.items()}
    assert {known.shape for known in one.values()} == {(8, 12)}
    assert (one["centre"] != np.pad(np.zeros((4, 6), bool), ((2, 2), (3, 3)), constant_values=True)).sum() == 0
    assert one["left"].sum(axis=1).tolist() == [6] * 8
    assert one["lower"].sum(axis=0).tolist() == [4] * 12
    assert (~one["random"]).sum() == round(0.8 * 96)


def test_a_mask_from_a_file(tmp_path):
    """White is known; the centre square is used, and resizing produces no grey."""
    picture = np.zeros((20, 40), np.uint8)
    picture[:, 10:20] = 255
    Image.fromarray(picture).save(tmp_path / "mask.png")
    np.testing.assert_array_equal(load_mask(tmp_path / "mask.png", 10), np.tile(np.arange(10) < 5, (10, 1)))


def test_a_mask_from_a_file_for_a_rectangle(tmp_path):
    """The largest part of its shape in the middle: here 20 pixels wide and 40 high."""
    picture = np.zeros((40, 30), np.uint8)
    picture[:, 5:15] = 255
    Image.fromarray(picture).save(tmp_path / "mask.png")
    np.testing.assert_array_equal(load_mask(tmp_path / "mask.png", (20, 10)), np.tile(np.arange(10) < 5, (20, 1)))


def test_unusable_masks_are_refused(tmp_path):
    for value, what in ((255, "nothing to complete"), (0, "nothing is known")):
        Image.fromarray(np.full((4, 4), value, np.uint8)).save(tmp_path / "mask.png")
        with pytest.raises(BadInput, match=what):
            load_mask(tmp_path / "mask.png", 8)
    one_dark_pixel = np.full((64, 64), 255, np.uint8)
    one_dark_pixel[1, 1] = 0
    for mask, what in ((one_dark_pixel, "dark or transparent"), (255 - one_dark_pixel, "light")):
        Image.fromarray(mask).save(tmp_path / "mask.png")
        with pytest.raises(BadInput, match=f"no {what} pixel is left after the centre is resized to 8×8"):
            load_mask(tmp_path / "mask.png", 8)
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(BadInput, match=r"text.png: cannot be read"):
        load_mask(tmp_path / "text.png", 8)
    with pytest.raises(BadInput, match=r"nothing.png: cannot be read \(No such file"):
        load_mask(tmp_path / "nothing.png", 8)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_pixels_are_to_be_completed(tmp_path, mode):
    """Independent of their colour, which is white here."""
    if mode == "P":
        picture = Image.fromarray(np.repeat(np.uint8([0, 1]), 4)[None].repeat(8, 0)).convert("P")
        picture.putpalette([255] * 6)
        picture.save(tmp_path / "mask.png", transparency=0)
    else:
        pixels = np.full((8, 8, len(mode)), 255, np.uint8)
        pixels[:, :4, -1] = 0
        Image.fromarray(pixels, mode).save(tmp_path / "mask.png")
    np.testing.assert_array_equal(load_mask(tmp_path / "mask.png", 8), np.tile(np.arange(8) >= 4, (8, 1)))

"""Drawing samples: a grid of any shape, or each image in a file of its own, at its own size or enlarged."""

import numpy as np
import pytest
from PIL import Image

from minigan.commands import sample
from minigan.gan import draw_samples, load_run
from tests.support.commands import refused

DIGITS = "pretrained:mnist"


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def drawn(name, count, seed=0, label=None):
    return draw_samples(load_run(name), count, seed, label)[0]


def test_each_image_has_a_file_of_its_own(here, capsys):
    """Grey, 28×28, and the same images as in the grid."""
    assert sample.main([DIGITS, "--each", "--count", "5", "--seed", "3"]) == 0
    assert "Wrote samples/001: 5 images, seed 3" in capsys.readouterr().out
    files = sorted((here / "samples" / "001").iterdir())
    assert [path.name for path in files] == [f"0000{i}.png" for i in range(1, 6)]
    np.testing.assert_array_equal([pixels(path) for path in files], drawn(DIGITS, 5, 3)[..., 0])


def test_colours_labels_and_a_folder_of_ones_own(here):
    assert sample.main(["pretrained:pixel-faces", "--each", "--count", "2", "--out", "faces"]) == 0
    np.testing.assert_array_equal(pixels("faces/00002.png"), drawn("pretrained:pixel-faces", 2)[1])
    conditional = "pretrained:mnist-conditional"
    assert sample.main([conditional, "--each", "--count", "12"]) == 0
    names = sorted(path.name for path in (here / "samples" / "001").iterdir())
    assert names == [f"{i + 1:05d}-{i % 10}.png" for i in range(12)]
    assert sample.main([conditional, "--each", "--count", "2", "--label", "7"]) == 0
    assert (here / "samples" / "002" / "00002-7.png").exists()


def test_a_scale_repeats_each_pixel(here):
    for argv in (["--each", "--out", "large"], ["--out", "large.png"]):
        assert sample.main([DIGITS, "--count", "1", "--scale", "3", *argv]) == 0
    expected = drawn(DIGITS, 1)[0, ..., 0].repeat(3, 0).repeat(3, 1)
    np.testing.assert_array_equal(pixels("large/00001.png"), expected)
    np.testing.assert_array_equal(pixels("large.png")[2:-2, 2:-2, 0], expected)


def test_a_grid_has_the_shape_that_is_asked_for(here, capsys):
    assert sample.main([DIGITS, "--grid", "2x7", "--scale", "1"]) == 0
    assert "samples-001.png: 14 images" in capsys.readouterr().out
    assert pixels("samples-001.png").shape == (2 * 30 + 2, 7 * 30 + 2, 3)
    assert sample.main(["pretrained:mnist-conditional", "--grid", "3×4", "--out", "a.png"]) == 0
    assert pixels("a.png").shape == (3 * 58 + 2, 4 * 58 + 2, 3)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--grid", "4x4", "--count", "3"], "--count: --grid says how many"),
        (["--grid", "4x4", "--each"], "--grid: with --each there is no grid"),
        (["--grid", "4"], "expected rows and columns, such as 4x16, got '4'"),
        (["--grid", "0x4"], "expected rows and columns, such as 4x16, got '0x4'"),
        (["--scale", "0"], "at least 1"),
        (["--each", "--out", "full"], "full: not empty; choose another --out"),
        (["--each", "--out", "full/file"], "it is not a folder; choose another --out"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_drawn(here, capsys, argv, words):
    (here / "full").mkdir()
    (here / "full" / "file").write_text("mine")
    assert words in refused(capsys, sample, DIGITS, *argv)
    assert [path.name for path in here.iterdir()] == ["full"]

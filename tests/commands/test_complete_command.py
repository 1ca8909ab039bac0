"""`minigan.explore complete` and `invert`, run through their command lines."""

import csv
import sys

import numpy as np
import pytest
from PIL import Image

from minigan.commands import explore
from minigan.commands.explore.input_images import read_picture, wrap_rows
from minigan.gan import Config, Run, save_run
from tests.support.commands import refused

FAST = ["--iterations", "2", "--restarts", "1"]
SMALL = {"source": "pixel-faces", "image_size": 32, "channels": 3, "width": 4, "latent": 6}


@pytest.fixture
def checkpoint(here):
    save_run(here / "faces.npz", Run(Config(**SMALL)))
    return "faces.npz"


def numbers(path, *keys):
    with open(path) as file:
        return {tuple(row[key] for key in keys): row for row in csv.DictReader(file)}


def test_held_out_images_are_completed(checkpoint, capsys):
    assert explore.main(["complete", checkpoint, "--count", "2", "--mask", "left", *FAST]) == 0
    output = capsys.readouterr().out
    assert "left: PSNR of the missing pixels of 2 held-out images" in output
    rows = numbers("explorations/complete/001/numbers.csv", "filling")
    pytest.importorskip("scipy")
    assert list(rows) == [("mean fill",), ("nearest training image",), ("completed",), ("completed, blended",)]
    for (name,), row in rows.items():
        assert f"{name:<24}{float(row['psnr']):6.2f} dB  {float(row['right']):7.1%}" in output
    for name in ("completed.png", "search.gif", "losses.png"):
        assert f"explorations/complete/001/{name}" in output
        with Image.open(f"explorations/complete/001/{name}") as picture:
            assert picture.width > 100
            assert getattr(picture, "n_frames", 1) == (2 if name == "search.gif" else 1)


def test_your_own_picture_and_mask(checkpoint, capsys):
    """Of any size and without colour; there is no accuracy, because the true attributes are not known."""
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 70), np.uint8)).save("me.png")
    Image.fromarray(np.eye(40, dtype=np.uint8) * 255).save("hole.png")
    argv = ["complete", checkpoint, "--picture", "me.png", "--picture", "me.png", "--mask", "hole.png", "--out", "out"]
    assert explore.main([*argv, *FAST]) == 0
    output = capsys.readouterr().out
    assert "hole.png: PSNR of the missing pixels of your pictures" in output
    assert "judge" not in output
    assert numbers("out/numbers.csv", "filling")["completed",]["right"] == ""


def test_without_scipy_the_output_says_that_blending_was_skipped(checkpoint, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    assert explore.main(["complete", checkpoint, "--count", "1", *FAST]) == 0
    assert "without blending, which needs SciPy: pip install 'minigan[blend]'" in capsys.readouterr().out


def test_a_table_of_all_masks_is_reproducible(checkpoint, capsys):
    for folder in ("one", "two"):
        assert explore.main(["complete", checkpoint, "--score", "3", "--seed", "5", "--out", folder, *FAST]) == 0
    output = capsys.readouterr().out
    rows = numbers("one/numbers.csv", "mask", "filling")
    assert {mask for mask, _ in rows} == {"random", "centre", "left", "lower", "rows"}
    assert rows == numbers("two/numbers.csv", "mask", "filling")
    assert "lower: PSNR of the missing pixels of 3 held-out images" in output


def test_the_deviation_is_that_of_the_loss(checkpoint, here):
    for name, more in {"usual": [], "same": ["--deviation", "0.5"], "wide": ["--deviation", "20"]}.items():
        assert explore.main(["complete", checkpoint, "--count", "2", "--out", name, *more, *FAST]) == 0
    usual, same, wide = ((here / name / "losses.png").read_bytes() for name in ("usual", "same", "wide"))
    assert usual == same != wide


def test_images_are_inverted(checkpoint, capsys):
    assert explore.main(["invert", checkpoint, "--count", "2", *FAST]) == 0
    output = capsys.readouterr().out
    rows = numbers("explorations/invert/001/numbers.csv", "image")
    assert list(rows) == [("G(z)",), ("mean of the training images",), ("nearest training image",)]
    assert all(f"{name:<28}{float(row['psnr']):6.2f} dB" in output for (name,), row in rows.items())
    assert np.load("explorations/invert/001/z.npy").shape == (2, 6)
    with Image.open("explorations/invert/001/inverted.png") as picture:
        assert picture.width > 100


def test_unsuitable_networks_and_arguments_are_refused(checkpoint, here, capsys):
    for command in ("complete", "invert"):
        save_run(here / "labels.npz", Run(Config(**SMALL, conditional=True, classes=8)))
        assert "trained without --conditional" in refused(capsys, explore, command, "labels.npz")
        save_run(here / "own.npz", Run(Config(**SMALL | {"source": "folder", "data_dir": "somewhere"})))
        assert "pass pictures with --picture" in refused(capsys, explore, command, "own.npz")
        save_run(here / "orl.npz", Run(Config(**SMALL | {"source": "orl-faces"})))
        assert "has no test set" in refused(capsys, explore, command, "orl.npz")
        assert "at most 2000" in refused(capsys, explore, command, checkpoint, "--count", 2001)
        assert "cannot be read" in refused(capsys, explore, command, checkpoint, "--picture", "nothing.png")
        argv = [command, checkpoint, "--picture", "me.png", "--count", 2]
        assert "leave it out with --picture" in refused(capsys, explore, *argv)
    assert "expected random, centre, left" in refused(capsys, explore, "complete", checkpoint, "--mask", "middle")
    assert "cannot be read" in refused(capsys, explore, "complete", checkpoint, "--mask", "nothing.png")
    assert "leave out --picture" in refused(capsys, explore, "complete", checkpoint, "--score", 2, "--mask", "left")
    assert not (here / "explorations").exists()


def test_a_checkpoint_trained_on_your_own_pictures(here, capsys):
    save_run(here / "own.npz", Run(Config(**SMALL | {"source": "folder", "data_dir": "somewhere"})))
    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save("me.png")
    for command in ("complete", "invert"):
        assert explore.main([command, "own.npz", "--picture", "me.png", *FAST]) == 0
    assert "nearest" not in capsys.readouterr().out


def test_colour_becomes_grey_and_grey_becomes_colour(here):
    Image.fromarray(np.full((9, 9, 3), [255, 0, 0], np.uint8)).save("red.png")
    assert (read_picture(here / "red.png", 8, 1) == 76).all()
    assert read_picture(here / "red.png", 8, 1).shape == (8, 8, 1)
    Image.fromarray(np.full((9, 9), 7, np.uint8)).save("grey.png")
    assert (read_picture(here / "grey.png", 8, 3) == 7).all()
    assert read_picture(here / "grey.png", 8, 3).shape == (8, 8, 3)


def test_rows_are_wrapped_after_eight_images():
    rows = {"a": np.arange(10), "b": np.arange(10, 20)}
    lines, names = wrap_rows(rows)
    assert names == ["a", "b", "a", "b"]
    assert [line[:3] for line in lines] == [[0, 1, 2], [10, 11, 12], [8, 9, None], [18, 19, None]]
    assert {len(line) for line in lines} == {8}


def test_more_starts_than_guesses_are_refused(checkpoint, here, capsys):
    for command in ("complete", "invert"):
        message = refused(capsys, explore, command, checkpoint, "--restarts", 5, "--guesses", 4)
        assert "--restarts: expected at most as many as --guesses, 4, got 5" in message
    assert not (here / "explorations").exists()


def test_numbers_that_are_too_large_are_refused_before_anything_is_read(here, capsys):
    assert "at most 500, got '501'" in refused(capsys, explore, "complete", "nothing.npz", "--restarts", 501)
    assert "at most 100000" in refused(capsys, explore, "invert", "nothing.npz", "--iterations", 10**9)
    assert "at most 100000" in refused(capsys, explore, "complete", "nothing.npz", "--guesses", 10**9)
    assert "at most 1000, got" in refused(capsys, explore, "walk", "nothing.npz", "--steps", 999_999_999)
    assert "at most 50, got" in refused(capsys, explore, "walk", "nothing.npz", "--stations", 51)
    for option in ("--draws", "--exemplars"):
        assert "at most 1000" in refused(capsys, explore, "arithmetic", "nothing.npz", "hat", option, 1001)
    assert "at most 10000" in refused(capsys, explore, "turn", "nothing.npz", "hat", "--exemplars", 10**6)


def test_the_output_folder_is_checked_before_any_computation(here, capsys):
    """--out, or its default, is checked before the checkpoint, which does not exist."""
    (here / "file").write_text("not a folder")
    for out in ("file/inside", "file/a/b", "/proc/minigan"):
        assert f"{out}: cannot be written (" in refused(capsys, explore, "walk", "nothing.npz", "--out", out)
    assert "no such file" in refused(capsys, explore, "walk", "nothing.npz", "--out", "a/new/folder")
    assert [path.name for path in here.iterdir()] == ["file"]
    (here / "explorations").write_text("not a folder")
    assert "walk: cannot be written (Not a dir" in refused(capsys, explore, "walk", "nothing.npz")

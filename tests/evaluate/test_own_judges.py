"""Judges for images of one's own: trained from a folder, and used by name to score a run on it."""

import csv

import numpy as np
import pytest
from PIL import Image

from minigan.archives import read_archive
from minigan.commands import evaluate, train, train_judge
from minigan.data import load_dataset
from minigan.errors import BadInput
from minigan.evaluate.judges import FORMAT, READABLE, accuracy, load_judge
from minigan.evaluate.scores import unseen
from minigan.gan import Config
from tests.support.commands import refused

KINDS = {"dark": 40, "light": 200}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """300 noisy grey pictures of two kinds, each in its folder."""
    root, rng = tmp_path_factory.mktemp("pictures") / "greys", np.random.default_rng(0)
    for name, level in KINDS.items():
        (root / name).mkdir(parents=True)
        for i in range(150):
            noise = np.clip(rng.normal(level, 20, (16, 16)), 0, 255).astype(np.uint8)
            Image.fromarray(noise).save(root / name / f"{i:03d}.png")
    return root


def judge(pictures, *more):
    argv = ["folder", "--data-dir", pictures, "--image-size", 16, "--epochs", 3, "--batch-size", 30, *more]
    return train_judge.main([str(x) for x in argv])


def trained(pictures, *more):
    argv = ["folder", "--data-dir", pictures, "--image-size", 16, "--width", 3, "--latent", 4, "--epochs", 1,
            "--batch-size", 20, "--out", "run", *more]  # fmt: skip
    assert train.main([str(x) for x in argv]) == 0


def test_a_judge_of_a_folder(here, pictures, capsys):
    """Its classes are the subfolders; a tenth of the images tests it; the note does not say where the folder is."""
    assert judge(pictures) == 0
    assert "Accuracy on 30 test images" in capsys.readouterr().out
    own = load_judge(here / "judge-folder.npz")
    assert own.names == ["dark", "light"]
    assert accuracy(own, load_dataset("folder", pictures, 16))[0] > 0.95
    note = read_archive(here / "judge-folder.npz", FORMAT, READABLE, "")[0]["note"]
    assert note.startswith("python -m minigan.train_judge folder --data-dir greys ")


def test_a_run_is_scored_by_it(here, pictures, capsys):
    judge(pictures)
    trained(pictures, "--hold-out", 20)
    capsys.readouterr()
    assert evaluate.main(["run", "--judge", "judge-folder.npz", "--out", "scores"]) == 0
    said = capsys.readouterr().out
    assert "140 samples compared with 140 real images" in said
    assert "dark " in said
    with open(here / "scores" / "scores.csv", encoding="utf-8", newline="") as file:
        rows = {row["score"]: float(row["value"]) for row in csv.DictReader(file)}
    assert rows["frechet"] > rows["frechet_floor"]
    assert {"classes", "kl_divergence", "share_light", "nearest_training_image_of_heldout"} <= rows.keys()


def test_held_out_images_are_those_that_were_not_trained_on(pictures):
    config = Config(source="folder", data_dir=str(pictures), image_size=16, channels=1, hold_out=7)
    np.testing.assert_array_equal(unseen(config), load_dataset("folder", pictures, 16).images[:][-7:])
    with pytest.raises(BadInput, match="train with --hold-out"):
        unseen(Config(source="folder", data_dir=str(pictures), image_size=16, channels=1))


def test_what_does_not_fit_is_refused(here, pictures, capsys):
    judge(pictures)
    trained(pictures, "--hold-out", 20)
    assert "train one with minigan.train_judge, and name it with --judge" in refused(capsys, evaluate, "run")
    message = refused(capsys, evaluate, "pretrained:mnist", "--judge", "judge-folder.npz")
    assert "this judge is for images of 16×16×1, and the run draws 28×28×1" in message
    assert "nowhere.npz" in refused(capsys, evaluate, "run", "--judge", "nowhere.npz")
    assert "without --data-dir, only for: mnist, pixel-faces" in refused(capsys, train_judge, "folder")
    few = here / "few"
    for name in KINDS:
        (few / name).mkdir(parents=True)
        Image.new("L", (16, 16)).save(few / name / "one.png")
    argv = ["folder", "--data-dir", few, "--image-size", "16"]
    assert "expected at least 20 images" in refused(capsys, train_judge, *argv, "--out", "few.npz")
    message = refused(
        capsys, train_judge, "folder", "--data-dir", pictures / "dark", "--image-size", "16", "--out", "a.npz"
    )
    assert "dark has neither labels nor attributes" in message

"""`minigan.evaluate`, run through its command line; and its scores in known cases."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from minigan import gan
from minigan.commands import evaluate, export, train, train_job
from minigan.data import load_dataset
from minigan.errors import BadInput
from minigan.evaluate.scores import Reference, draw_samples, score
from minigan.gan import Config, Run, generate, load_run, save_run, save_weights
from tests.support.commands import SMALL, refused

FEW = 300
HELD_OUT = 58_000  # of 60,000 digits: finding copies of the other 2,000 is fast


@pytest.fixture(scope="module")
def reference():
    return Reference(Config(), FEW)


def test_other_real_images_have_the_floor_distance_and_noise_a_large_one(reference):
    others = reference.images[FEW : 2 * FEW]
    assert reference.distance(others) == pytest.approx(reference.floor(), rel=1e-6)
    assert reference.distance(reference.images[:FEW]) < 1e-3 * reference.floor()
    noise = np.random.default_rng(0).integers(0, 256, others.shape, np.uint8)
    assert reference.distance(noise) > 20 * reference.floor()


def test_mode_collapse_is_visible_in_the_scores():
    reference = Reference(Config(hold_out=HELD_OUT), FEW)
    run = Run(Config(width=4, latent=6, hold_out=HELD_OUT))
    for p in run.generator.parameters():
        p.data[...] = 0.0
    scores = score(run, reference)
    rows = scores.rows(reference.judge)
    assert rows["entropy_bits"] == 0.0
    assert rows["recall"] == 0.0
    assert max(scores.fake_shares) == 1.0
    assert rows["frechet"] > 20 * rows["frechet_floor"]
    assert rows["entropy_bits_real"] > 3.2
    np.testing.assert_allclose(scores.real_shares, np.full(10, 0.1), atol=0.05)
    assert (scores.nearest[0] == reference.images[scores.memory.indices[0]]).all()


def test_samples_of_a_conditional_generator_cover_all_labels_equally():
    run = Run(Config(width=4, latent=6, conditional=True, classes=10))
    samples, labels = draw_samples(run, 40, seed=0)
    assert samples.shape == (40, 28, 28, 1)
    assert samples.dtype == np.uint8
    assert np.bincount(labels).tolist() == [4] * 10
    again, _ = draw_samples(run, 40, seed=0)
    np.testing.assert_array_equal(samples, again)


def test_the_command_writes_scores_and_pictures(here, capsys):
    run = Run(Config(width=4, latent=6, hold_out=HELD_OUT))
    save_run(here / "checkpoint.npz", run)
    assert evaluate.main(["checkpoint.npz", "--count", str(FEW)]) == 0
    output = capsys.readouterr().out
    assert f"{FEW} samples compared with {FEW} real images" in output
    assert "evaluations/001/scores.csv" in output
    with open("evaluations/001/scores.csv") as file:
        rows = {row["score"]: float(row["value"]) for row in csv.DictReader(file)}
    assert rows["frechet"] > rows["frechet_floor"] > 0
    assert sum(rows[f"share_{i}"] for i in range(10)) == pytest.approx(1.0, abs=1e-4)
    for name in ("neighbours.png", "shares.png"):
        with Image.open(here / "evaluations" / "001" / name) as picture:
            assert picture.width > 300
    save_weights(here / "weights.npz", run, "made by a test")
    assert evaluate.main(["weights.npz", "--count", str(FEW), "--out", "again"]) == 0
    assert "not empty" in refused(capsys, evaluate, "weights.npz", "--count", FEW, "--out", "again")


def test_runs_that_cannot_be_scored_are_refused(here, data, capsys, monkeypatch):
    train.main(["mnist", "--data-dir", str(data), "--epochs", "1", "--out", "run", *SMALL])
    assert "no judge in the package for" in refused(capsys, evaluate, "run")
    save_run(here / "large.npz", Run(Config(width=4, latent=6, image_size=64)))
    assert "takes images of 28×28 pixels, not 64×64" in refused(capsys, evaluate, "large.npz")
    assert "--one-nn needs networks trained by" in refused(capsys, evaluate, "run", "--one-nn")
    assert "--validation can only be used with --one-nn" in refused(capsys, evaluate, "run", "--validation")
    for more in ([], ["--one-nn", "--count", 300, "--out", "many.npz"]):
        assert "--blur can only be used with --one-nn" in refused(capsys, evaluate, "run", "--blur", 0.5, *more)
    assert "leave out --judge" in refused(capsys, evaluate, "run", "--one-nn", "--embedding", "random")
    assert "name the file" in refused(capsys, evaluate, "run", "--one-nn", "--count", 300)
    assert "no such file" in refused(capsys, evaluate, "nothing.npz")
    assert "no such weights in the package" in refused(capsys, evaluate, "pretrained:nothing")
    assert not (here / "evaluations").exists()
    with monkeypatch.context() as patch:
        patch.setattr(evaluate, "Reference", None)  # must not be called
        assert "cannot be written" in refused(capsys, evaluate, "large.npz", "--out", "large.npz/inside")
    assert not (here / "runs").exists()


def test_scores_during_training_and_resuming(here, capsys, monkeypatch):
    monkeypatch.setattr(train_job, "SCORED", 200)
    distances = iter(range(100))
    monkeypatch.setattr(Reference, "distance", lambda self, samples: float(next(distances)))
    argv = ["mnist", "--width", "4", "--latent", "4", "--batch-size", "1000", "--hold-out", str(HELD_OUT)]
    argv += ["--score-every", "1"]
    assert train.main([*argv, "--epochs", "2", "--out", "run"]) == 0
    assert (here / "run" / "scores.csv").read_text() == "epoch,frechet\n1,0\n2,1\n"
    assert "Fréchet distance after epoch 2: 1.00\nToo early: " in capsys.readouterr().out
    assert load_run(here / "run" / "best.npz").epoch == 1
    with open(here / "run" / "scores.csv", "a") as file:
        file.write("3,77\n")  # of an epoch whose checkpoint was never written
    assert train.main(["mnist", "--resume", "run", "--epochs", "3"]) == 0
    assert (here / "run" / "scores.csv").read_text() == "epoch,frechet\n1,0\n2,1\n3,2\n"


def test_weights_draw_the_same_images_and_cannot_be_resumed(here, capsys):
    run = Run(Config(width=4, latent=6))
    (here / "run").mkdir()
    save_weights(here / "run" / "checkpoint.npz", run, "made by a test")
    loaded = load_run(here / "run")
    z = gan.draw_noise(np.random.default_rng(0), 3, 6)
    np.testing.assert_allclose(generate(loaded.sampling_generator, z), generate(run.sampling_generator, z), atol=2e-3)
    assert "contains only weights" in refused(capsys, train, "mnist", "--resume", "run", "--epochs", 9)


def test_export_saves_the_networks_and_the_training_command(here, data, capsys):
    argv = ["mnist", "--data-dir", str(data), "--conditional", "--average", "0.9", "--lr", "0.001", *SMALL]
    train.main([*argv, "--epochs", "1", "--out", "run"])
    capsys.readouterr()
    assert export.main(["run", "--out", "weights.npz"]) == 0
    output = capsys.readouterr().out
    assert "Wrote weights.npz" in output
    command = output.splitlines()[-1].strip()
    options = {"--conditional", "--average 0.9", "--lr 0.001", "--width 4", "--latent 8", "--batch-size 50"}
    assert command.startswith("python -m minigan.train mnist --data-dir")
    assert all(option in command for option in options)
    assert "--beta1" not in command
    assert (here / "weights.npz").stat().st_size < (here / "run" / "checkpoint.npz").stat().st_size / 4
    one, two = load_run("run"), load_run("weights.npz")
    z, labels = gan.draw_noise(np.random.default_rng(0), 3, 8), np.array([1, 2, 3])
    np.testing.assert_allclose(
        generate(two.sampling_generator, z, labels), generate(one.sampling_generator, z, labels), atol=2e-3
    )
    assert "exists already" in refused(capsys, export, "run", "--out", "weights.npz")


def test_weights_files_and_numbers_that_are_too_large_are_not_exported(here, capsys):
    run = Run(Config(width=4, latent=6))
    save_weights(here / "weights.npz", run, "made by a test")
    assert "contains only weights" in refused(capsys, export, "weights.npz", "--out", "again.npz")
    for _, x in run.generator.named_tensors():
        x.data[...] = 1e5
    save_run(here / "checkpoint.npz", run)
    assert "up to 65504" in refused(capsys, export, "checkpoint.npz", "--out", "again.npz")
    assert not (here / "again.npz").exists()


def test_held_out_images_are_not_training_images(reference):
    part = Reference(Config(hold_out=50_000), FEW)
    assert len(part.images) == 10_000
    np.testing.assert_array_equal(part.images, reference.images[:10_000])
    with pytest.raises(BadInput, match="at most 5000 samples, half of the 10000 real images, got 5001"):
        Reference(Config(hold_out=50_000), 5001)


def test_there_is_no_label_accuracy_with_a_judge_of_attributes():
    """The judge for faces does not predict skin tones, the labels of conditional networks."""
    faces = Config(source="pixel-faces", image_size=32, channels=3, width=4, latent=6, conditional=True, classes=8)
    config = replace(faces, hold_out=len(load_dataset("pixel-faces")) - 1000)
    assert score(Run(config), Reference(config, FEW)).label_accuracy is None

"""Scores during training: best.npz, verdicts after changes, and data that is too small or is not that of the run."""

import numpy as np
import pytest
from PIL import Image

from minigan import gan
from minigan.commands import evaluate, train
from minigan.commands.run_folder import RunFolder
from minigan.evaluate.scores import Reference
from tests.support.commands import refused
from tests.support.folders import content

SMALL = ("--width", "3", "--latent", "4", "--batch-size", "50", "--score-every", "1")


@pytest.fixture
def scored(monkeypatch):
    """The distances of the next epochs are those put into this list."""
    distances = []
    monkeypatch.setattr(Reference, "distance", lambda self, samples: distances.pop(0))
    return distances


def learn(data, *more, out="run"):
    return train.main(["mnist", "--data-dir", str(data), *SMALL, *more, "--out", out])


def test_the_best_checkpoint_is_kept(here, data, scored, capsys):
    scored += [30.0, 20.0, 25.0]
    assert learn(data, "--epochs", "3") == 0
    assert gan.load_run(here / "run" / "best.npz").epoch == 2
    assert "best.npz  (checkpoint of epoch 2: lowest Fréchet distance, 20.00)" in capsys.readouterr().out


@pytest.mark.parametrize("settings", [(), ("--lr", "0.001")])
def test_a_run_that_is_killed_before_its_best_is_written(here, data, scored, monkeypatch, settings):
    """The checkpoint is there: it becomes the best when the run is resumed, also with other settings."""
    scored += [30.0, 20.0, 25.0]
    learn(data, "--epochs", "3", out="whole")
    save = RunFolder.save

    def killed(self, run, log, best=False):
        save(self, run, log, best and run.epoch < 2)
        if run.epoch == 2:
            raise MemoryError("killed here")

    scored += [30.0, 20.0, 25.0]
    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "save", killed)
        with pytest.raises(MemoryError):
            learn(data, "--epochs", "3")
    assert gan.load_run(here / "run" / "best.npz").epoch == 1
    assert train.main(["mnist", "--resume", "run", *settings]) == 0
    assert gan.load_run(here / "run" / "best.npz").epoch == 2
    if not settings:
        assert content(here / "run") == content(here / "whole")


def test_only_steps_since_a_change_of_loss_are_judged(here, data, scored, monkeypatch):
    monkeypatch.setattr("minigan.gan.health.EARLY", 4)
    scored += [30.0] * 12
    assert learn(data, "--epochs", "10", "--loss", "wasserstein", "--lr", "0.01") == 0
    folder = RunFolder(here / "run")
    assert folder.health(gan.load_run(folder.path)).verdict in ("healthy", "collapse")
    assert train.main(["mnist", "--resume", "run", "--epochs", "12", "--loss", "non-saturating"]) == 0
    run, metrics = gan.load_run(folder.path), gan.read_metrics(folder.metrics)
    since = {name: x[metrics["epoch"] > 10] for name, x in metrics.items()}
    assert folder.health(run) == gan.health.health_of(since, run.game.loss, folder.read_scores())


def pictures(root, count):
    root.mkdir()
    for i in range(count):
        Image.fromarray(np.random.default_rng(i).integers(0, 255, (16, 16), np.uint8)).save(root / f"{i:03d}.png")
    return root


def test_few_pictures_are_refused_before_anything_is_trained(here, capsys):
    few = ["folder", "--data-dir", pictures(here / "few", 7), "--image-size", 16, "--batch-size", 2]
    small = ["--width", 2, "--latent", 2, "--epochs", 1]
    message = "expected at least 8 real images to compare with, got 7"
    assert message in refused(capsys, train, *few, *small, "--score-every", 1)
    assert not (here / "runs").exists()
    assert train.main([str(x) for x in [*few, *small, "--hold-out", 2, "--out", "run"]]) == 0
    assert "got 5" in refused(capsys, evaluate, "run", "--embedding", "random")


def test_other_pictures_than_those_of_the_run_are_refused(here, capsys):
    root = pictures(here / "some", 30)
    argv = ["folder", "--data-dir", root, "--image-size", 16, "--batch-size", 5, "--width", 2, "--latent", 2,
            "--epochs", 1, "--hold-out", 5, "--out", "run"]  # fmt: skip
    assert train.main([str(x) for x in argv]) == 0
    assert evaluate.main(["run", "--embedding", "random", "--out", "first"]) == 0
    (root / "000.png").unlink()
    message = "its pictures are not those that the run was trained on, or in another order"
    assert message in refused(capsys, evaluate, "run", "--embedding", "random", "--out", "second")


def test_the_discriminator_of_networks_of_ones_own(here, data, capsys):
    (here / "net.py").write_text(
        "from minigan.gan import Discriminator, Generator\n\n\ndef build(config, rng):\n"
        "    return Generator(28, 1, 3, 4, rng=rng), Discriminator(28, 1, 3, rng=rng)\n"
    )
    argv = ["mnist", "--data-dir", str(data), "--latent", "4", "--batch-size", "50", "--epochs", "1"]
    assert train.main([*argv, "--model", "net.py:build", "--hold-out", "20", "--out", "own"]) == 0
    assert train.main([*argv, "--width", "3", "--hold-out", "20", "--out", "ours"]) == 0
    for name, other in (("own", "own"), ("own", "ours"), ("ours", "own")):
        argv = [name, "--embedding", other, "--model", "net.py:build", "--out", f"{name}-{other}"]
        if name == "ours":
            assert "leave out --model" in refused(capsys, evaluate, *argv)
        else:
            assert evaluate.main(argv) == 0

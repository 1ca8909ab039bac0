"""Scores without a judge: by the features of an untrained network, or of a discriminator."""

import csv

import numpy as np
import pytest

from minigan.commands import evaluate, train
from minigan.data import load_dataset
from minigan.evaluate.embeddings import OfDiscriminator, Untrained
from minigan.evaluate.frechet import frechet_distance
from minigan.evaluate.judges import judge_images
from minigan.evaluate.svm import pooled_features
from minigan.gan import Config, Run, load_run, save_run
from tests.support.commands import refused


@pytest.fixture(scope="module")
def digits():
    return load_dataset("mnist").first(4000).images


def embeddings():
    return Untrained((28, 28, 1)), OfDiscriminator(load_run("pretrained:mnist"), "pretrained:mnist")


@pytest.mark.parametrize("judge", embeddings(), ids=["untrained", "D"])
def test_worse_images_are_farther(judge, digits):
    """Of images with more and more noise, or fewer and fewer kinds of digits, the distances grow."""
    half, rng = 2000, np.random.default_rng(0)
    real = judge_images(judge, digits[:half]).features

    def distance(images):
        return frechet_distance(judge_images(judge, images.astype(np.uint8)).features, real)

    others = digits[half:]
    noisy = [np.clip(others + rng.normal(0, level, others.shape), 0, 255) for level in (0, 20, 60)]
    few = [others[rng.integers(0, count, half)] for count in (half, 50, 5)]
    for images in (noisy, few):
        distances = [distance(x) for x in images]
        assert 1.5 * distances[0] < distances[1] < distances[2] / 1.5


def test_the_features_of_d_are_those_of_its_convolutions(digits):
    run = load_run("pretrained:mnist")
    features, logits = judge_images(OfDiscriminator(run, "it"), digits[:30])
    np.testing.assert_array_equal(features, pooled_features(run.game.discriminator, digits[:30], grid=1))
    assert (features.dtype, logits.shape) == (np.float32, (30, 0))


def test_the_untrained_network_is_the_same_each_time(digits):
    first, second = (judge_images(Untrained((28, 28, 1)), digits[:5]).features for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.shape == (5, 128)
    assert (first.std(axis=0) > 0).sum() > 32


@pytest.mark.parametrize("name", ["random", "pretrained:mnist"])
def test_the_command_says_what_it_compares_by(here, capsys, name):
    save_run(here / "run.npz", Run(Config(width=4, latent=5, hold_out=59_000)))
    assert evaluate.main(["run.npz", "--count", "300", "--embedding", name, "--out", "scores"]) == 0
    said = capsys.readouterr().out
    expected = {"random": "an untrained network (random weights, seed 0)"}.get(name, f"the discriminator of {name}")
    assert f"by the features of {expected}:" in said
    assert "judge is sure" not in said
    assert sorted(path.name for path in (here / "scores").iterdir()) == ["neighbours.png", "scores.csv"]
    with open(here / "scores" / "scores.csv", encoding="utf-8", newline="") as file:
        rows = {row["score"]: float(row["value"]) for row in csv.DictReader(file)}
    assert rows["frechet"] > 2 * rows["frechet_floor"]
    assert "judge_is_sure" not in rows


def test_what_does_not_fit_is_refused(here, capsys):
    save_run(here / "run.npz", Run(Config(width=4, latent=5)))
    save_run(here / "mlp.npz", Run(Config(model="mlp", latent=5)))
    save_run(here / "labels.npz", Run(Config(width=4, latent=5, conditional=True, classes=10)))
    for name, message in {
        "pretrained:pixel-faces": "this judge is for images of 32×32×3, and the run draws 28×28×1",
        "labels.npz": "expected a discriminator without classes",
        "pretrained:mnist-conditional": "has only a generator, and this needs its discriminator",
        "mlp.npz": "--embedding: mlp.npz: expected a discriminator with convolutions",
        "Random": "Random: no such file",
    }.items():
        assert message in refused(capsys, evaluate, "run.npz", "--embedding", name)
    assert "leave out one of them" in refused(capsys, evaluate, "run.npz", "--embedding", "random", "--judge", "x")


def test_training_on_images_without_a_judge_is_scored(here, data, capsys):
    argv = ["mnist", "--data-dir", str(data), "--width", "3", "--latent", "4", "--batch-size", "50"]
    assert train.main([*argv, "--epochs", "2", "--score-every", "1", "--out", "run"]) == 0
    assert "there is no judge of these images" in capsys.readouterr().err
    assert len((here / "run" / "scores.csv").read_text().splitlines()) == 3

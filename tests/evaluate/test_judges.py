"""Judges learn to classify real images, and those in the package are as accurate as documented."""

import json

import numpy as np
import pytest

from minigan.commands import train_judge
from minigan.data import ImageDataset, load_test_set
from minigan.errors import BadInput
from minigan.evaluate.judges import (  # fmt: skip
    accuracy,
    judge_images,
    load_judge,
    new_judge,
    save_judge,
    shipped_judge,
)
from minigan.evaluate.judges import train_judge as training
from tests.support.commands import refused


def bright_squares(count=256, seed=0):
    """8×8 images with a bright square, left or right (the label), and at the top or bottom (an attribute)."""
    rng = np.random.default_rng(seed)
    right, below = rng.integers(0, 2, (2, count))
    images = rng.integers(0, 60, (count, 8, 8, 1), np.uint8)
    for image, x, y in zip(images, right, below):
        image[4 * y : 4 * y + 4, 4 * x : 4 * x + 4] += 150
    return images, right, below


def trained(data):
    judge = new_judge(data, seed=0)
    losses = [float(loss.numpy()) for loss in training(judge, data, epochs=4, batch_size=32, lr=1e-3, seed=0)]
    return judge, losses


@pytest.mark.parametrize("kind", ["labels", "attributes"])
def test_a_judge_learns_labels_or_attributes(kind):
    images, right, below = bright_squares()
    known = {"labels": right} if kind == "labels" else {
        "attributes": np.stack([right, below], 1).astype(np.uint8), "attribute_names": ["right", "below"],
    }  # fmt: skip
    judge, losses = trained(ImageDataset("squares", images, **known))
    assert judge.names == (["0", "1"] if kind == "labels" else ["right", "below"])
    assert len(losses) == 4 * 8
    assert losses[-1] < 0.1 * losses[0]
    images, right, below = bright_squares(seed=1)
    known = {"labels": 1 - right} if kind == "labels" else {"attributes": np.stack([right, 1 - below], 1)}
    # Wrong predictions count as wrong: the labels, and the second attribute, are inverted.
    expected = [0.0] if kind == "labels" else [1.0, 0.0]
    np.testing.assert_allclose(accuracy(judge, ImageDataset("others", images, **known)), expected, atol=0.02)


def test_the_output_does_not_depend_on_the_batch_and_the_judge_is_not_changed():
    images, right, _ = bright_squares(20)
    judge = new_judge(ImageDataset("squares", images, right), seed=0)
    before = judge.state_dict()
    together = judge_images(judge, images, batch_size=7)
    assert together.features.shape == (20, 128)
    assert together.logits.shape == (20, 2)
    np.testing.assert_allclose(judge_images(judge, images[3:4]).features, together.features[3:4], atol=1e-5)
    assert judge.training
    for name, x in judge.state_dict().items():
        np.testing.assert_array_equal(x, before[name])
    with pytest.raises(ValueError, match=r"this judge expected images of shape \(N, 8, 8, 1\), got \(2, 9, 9, 1\)"):
        judge_images(judge, np.zeros((2, 9, 9, 1), np.uint8))


def test_round_trip_in_half_precision(tmp_path):
    images, right, _ = bright_squares(20)
    judge = new_judge(ImageDataset("squares", images, right), seed=3)
    save_judge(tmp_path / "judge.npz", judge, "made by a test")
    again = load_judge(tmp_path / "judge.npz")
    assert (again.image, again.names, again.exclusive) == (judge.image, judge.names, judge.exclusive)
    for name, x in judge.state_dict().items():
        np.testing.assert_array_equal(again.state_dict()[name], x.astype(np.float16).astype(np.float32))
    with np.load(tmp_path / "judge.npz", allow_pickle=False) as archive:
        assert json.loads(archive["header"].tobytes())["note"] == "made by a test"


def test_files_and_data_without_a_judge_are_refused(tmp_path):
    with pytest.raises(BadInput, match="no such file; expected a judge"):
        load_judge(tmp_path / "nothing.npz")
    np.savez(tmp_path / "other.npz", header=np.frombuffer(b'{"format": "minigan checkpoint"}', np.uint8))
    with pytest.raises(BadInput, match="not a minigan judge"):
        load_judge(tmp_path / "other.npz")
    with pytest.raises(BadInput, match="no judge in the package for celeba, only for: mnist, pixel-faces"):
        shipped_judge("celeba", 64)
    with pytest.raises(BadInput, match="takes images of 28×28 pixels, not 64×64"):
        shipped_judge("mnist", 64)
    with pytest.raises(BadInput, match="neither labels nor attributes"):
        new_judge(ImageDataset("nameless", np.zeros((4, 8, 8, 1), np.uint8)), seed=0)


@pytest.mark.parametrize("source", ["mnist", "pixel-faces"])
def test_the_judges_in_the_package_have_an_accuracy_of_99_percent(source):
    test = load_test_set(source, {"mnist": 28, "pixel-faces": 32}[source])
    accuracies = accuracy(shipped_judge(source, test.shape[0]), test)
    assert accuracies.min() >= 0.99, accuracies


def test_the_command_writes_a_judge_that_can_be_loaded(here, capsys, monkeypatch):
    images, right, _ = bright_squares()
    data = ImageDataset("mnist", images, right)
    monkeypatch.setattr(train_judge, "load_dataset", lambda source, *more: data)
    monkeypatch.setattr(train_judge, "load_test_set", lambda source, size: data)
    assert train_judge.main(["mnist", "--epochs", "4", "--batch-size", "32"]) == 0
    assert "Wrote judge-mnist.npz. Accuracy on 256 test images" in capsys.readouterr().out
    assert accuracy(load_judge(here / "judge-mnist.npz"), data)[0] > 0.98
    assert "exists already" in refused(capsys, train_judge, "mnist")
    assert "only for: mnist, pixel-faces" in refused(capsys, train_judge, "folder")
    assert "ending in .npz" in refused(capsys, train_judge, "mnist", "--out", "x.txt")

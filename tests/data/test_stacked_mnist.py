"""Stacked MNIST: which digit is in which channel, and that all 1,000 kinds are there."""

import numpy as np
import pytest

from minigan.commands import train
from minigan.data import load_dataset, load_test_set
from minigan.data.mnist import load_mnist
from minigan.evaluate.judges import ChannelJudge, judge_images, load_judge, shipped_judge
from minigan.files import shipped
from tests.support.commands import refused


@pytest.fixture(scope="module")
def stacks():
    return load_dataset("stacked-mnist")


def test_every_digit_is_in_every_channel_once(stacks):
    digits = load_mnist()
    assert stacks.images.shape == (60_000, 28, 28, 3)
    sums = digits.images.sum(dtype=np.int64)
    for channel in range(3):
        assert stacks.images[..., channel].sum(dtype=np.int64) == sums
        kinds = stacks.labels // 10 ** (2 - channel) % 10
        assert (np.bincount(kinds) == np.bincount(digits.labels)).all()


def test_the_label_names_the_three_digits(stacks):
    """By the picture: each channel is a digit of the data with this label."""
    digits = load_mnist()
    known = {image.tobytes(): label for image, label in zip(digits.images[..., 0], digits.labels)}
    for image, label in zip(stacks.images[:200], stacks.labels):
        shown = [known[np.ascontiguousarray(image[..., channel]).tobytes()] for channel in range(3)]
        assert stacks.label_names[label] == "".join(map(str, shown))


def test_there_are_1000_kinds_about_equally_often(stacks):
    counts = np.bincount(stacks.labels, minlength=1000)
    assert 20 < counts.min() < counts.max() < 140
    assert stacks.classes() == 1000
    test = load_test_set("stacked-mnist", 28)
    assert test.shape == (28, 28, 3)
    assert len(test) == 10_000


def test_it_is_the_same_each_time(stacks):
    assert load_dataset("stacked-mnist").fingerprint(True) == stacks.fingerprint(True)


def test_the_judge_looks_at_each_channel(stacks):
    """Its features are those of the three digits, its probabilities their products, and it is right as often."""
    images = stacks.images[:500]
    found = judge_images(shipped_judge("stacked-mnist", 28), images)
    digits = shipped_judge("mnist", 28)
    parts = [judge_images(digits, images[..., channel : channel + 1]) for channel in range(3)]
    np.testing.assert_allclose(found.features, np.concatenate([part.features for part in parts], axis=1), atol=1e-5)

    def probabilities(logits):
        odds = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)

    red, green, blue = (probabilities(part.logits) for part in parts)
    joint = np.einsum("na,nb,nc->nabc", red, green, blue).reshape(500, 1000)
    np.testing.assert_allclose(probabilities(found.logits), joint, atol=1e-4)
    assert (found.logits.argmax(axis=1) == stacks.labels[:500]).mean() > 0.97


def test_only_judges_of_grey_images_look_at_channels():
    with pytest.raises(ValueError, match="a judge of grey images that have one class each"):
        ChannelJudge(load_judge(shipped("evaluate") / "pixel-faces.npz"), 3)


def test_the_command_trains_on_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert train.main(["stacked-mnist", "--width", "2", "--latent", "4", "--dry-run"]) == 0
    assert "leave out --data-dir" in refused(capsys, train, "stacked-mnist", "--data-dir", ".")

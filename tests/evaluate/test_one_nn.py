"""The paper's test of conditional samples: which digits are used for training and testing, without overlap."""

import numpy as np
import pytest

from minigan import gan
from minigan.data import load_dataset, load_test_set
from minigan.data.sources import resized
from minigan.errors import BadInput
from minigan.evaluate import one_nn as module

CONDITIONAL = {"width": 4, "latent": 6, "conditional": True, "classes": 10}


@pytest.fixture
def classified(monkeypatch):
    """The arguments of all calls of `one_nn_error`; the samples are black images."""
    calls = []
    monkeypatch.setattr(module, "one_nn_error", lambda *args: calls.append(args) or len(calls) / 10)
    black = np.zeros((50, 28, 28, 1), np.uint8), np.zeros(50, int)
    monkeypatch.setattr(module, "draw_samples", lambda run, count, seed: black)
    return calls


def test_the_held_out_digits_are_tested_and_not_trained_on(classified):
    digits = load_dataset("mnist")
    found = module.one_nn(gan.Run(gan.Config(hold_out=10_000, **CONDITIONAL)), validation=True)
    assert found == (0.1, 0.2, 50_000, 10_000)
    for _, _, test, truth, _ in classified:
        np.testing.assert_array_equal(test, digits.images[50_000:])
        np.testing.assert_array_equal(truth, digits.labels[50_000:])
    (samples, _, *_), (real, labels, *_) = classified
    assert not samples.any()
    np.testing.assert_array_equal(real, digits.images[:50_000])
    np.testing.assert_array_equal(labels, digits.labels[:50_000])


def test_the_test_set_is_tested_and_held_out_digits_are_not_trained_on(classified):
    digits, unseen = load_dataset("mnist"), load_test_set("mnist", 28)
    found = module.one_nn(gan.Run(gan.Config(hold_out=20_000, **CONDITIONAL)))
    assert found == (0.1, 0.2, 40_000, 10_000)
    for _, _, test, truth, _ in classified:
        np.testing.assert_array_equal(test, unseen.images[:])
        np.testing.assert_array_equal(truth, unseen.labels)
    np.testing.assert_array_equal(classified[1][0], digits.images[:40_000])


def test_all_images_are_of_the_size_of_the_run(classified, monkeypatch):
    few = load_dataset("mnist").first(100)
    for name in ("load_dataset", "load_test_set"):
        monkeypatch.setattr(module, name, lambda source, size: resized(few, size))
    module.one_nn(gan.Run(gan.Config(image_size=32, **CONDITIONAL)))
    (_, _, test, *_), (real, *_) = classified
    assert test.shape == real.shape == (100, 32, 32, 1)


def test_it_needs_digits_by_label_and_some_that_were_held_out(classified):
    with pytest.raises(BadInput, match="needs networks trained by"):
        module.one_nn(gan.Run(gan.Config(width=4)))
    for other in ({"data_dir": "."}, {"source": "orl-faces"}, {"source": "pixel-faces", "image_size": 32}):
        with pytest.raises(BadInput, match="needs networks trained by"):
            module.one_nn(gan.Run(gan.Config(**{**CONDITIONAL, **other})))
    with pytest.raises(BadInput, match="was trained on all digits"):
        module.one_nn(gan.Run(gan.Config(**CONDITIONAL)), validation=True)
    assert not classified

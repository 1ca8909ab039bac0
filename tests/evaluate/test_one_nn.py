"""The paper's test of conditional samples: which digits are used for training and testing, without overlap."""

import numpy as np
import pytest

from minigan import gan
from minigan.commands import evaluate
from minigan.data import load_dataset, load_test_set
from minigan.data.sources import resized
from minigan.errors import BadInput
from minigan.evaluate import one_nn as module
from minigan.evaluate import one_nn_stream as stream
from minigan.gan import Config, Run, draw_samples, save_run
from tests.support.commands import refused

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


def test_what_the_classifiers_learn_from_can_be_blurred(classified):
    digits, unseen = load_dataset("mnist"), load_test_set("mnist", 28)
    module.one_nn(gan.Run(gan.Config(hold_out=10_000, **CONDITIONAL)), blur=0.9)
    (_, _, test, *_), (real, *_) = classified
    np.testing.assert_array_equal(test, unseen.images[:])
    np.testing.assert_array_equal(real[:9], module.blurred(digits.images[:9], 0.9))
    assert (real[:9] != digits.images[:9]).any()


def test_a_blurred_pixel_is_the_mean_with_gaussian_weights():
    """Another way to the same: for each pixel the weights of all others, which sum up to 1 at the edges, too."""
    images = np.random.default_rng(0).integers(0, 256, (2, 5, 7, 3), np.uint8)
    i, j = np.indices((5, 7))
    for y, x in np.ndindex(5, 7):
        weights = np.exp(-((i - y) ** 2 + (j - x) ** 2) / (2 * 1.3**2))
        expected = (weights[..., None] * images).sum((1, 2)) / weights.sum()
        assert np.abs(module.blurred(images, 1.3)[:, y, x] - expected).max() <= 0.51
    for deviation in (0.0, 1e-200):
        np.testing.assert_array_equal(module.blurred(images, deviation), images)


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


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of 300 samples, tested on 200 digits."""
    monkeypatch.setattr(stream, "COUNT", 300)
    test = load_test_set("mnist", 28).first(200)
    monkeypatch.setattr(stream, "test_digits", lambda config, validation: (test.images, test.labels))
    return test


def test_blocks_of_samples_are_as_good_as_all_at_once(tmp_path, small_blocks):
    run = Run(Config(**CONDITIONAL))
    errors = list(stream.ManySamples(run, tmp_path / "a.npz", seed=3).draw(900))
    drawn = [draw_samples(run, 300, seed) for seed in (3, (3, 1), (3, 2))]
    for blocks, error in enumerate(errors, start=1):
        images, labels = (np.concatenate(parts[:blocks]) for parts in zip(*drawn))
        assert error == module.one_nn_error(images, labels, small_blocks.images, small_blocks.labels)


def test_an_interrupted_file_is_continued(tmp_path, small_blocks):
    run = Run(Config(**CONDITIONAL))
    whole = stream.ManySamples(run, tmp_path / "whole.npz")
    list(whole.draw(900))
    list(stream.ManySamples(run, tmp_path / "parts.npz").draw(300))
    rest = stream.ManySamples(run, tmp_path / "parts.npz")
    assert (rest.drawn, len(list(rest.draw(900)))) == (300, 2)
    assert rest.errors == whole.errors
    np.testing.assert_array_equal(rest.labels, whole.labels)


def test_another_run_or_a_damaged_file_is_refused(tmp_path, small_blocks):
    run = Run(Config(**CONDITIONAL))
    list(stream.ManySamples(run, tmp_path / "a.npz").draw(300))
    with pytest.raises(BadInput, match="begun with other seed; choose another --out"):
        stream.ManySamples(run, tmp_path / "a.npz", seed=1)
    with pytest.raises(BadInput, match="begun with other weights"):
        stream.ManySamples(Run(Config(seed=1, **CONDITIONAL)), tmp_path / "a.npz")
    (tmp_path / "a.npz").write_bytes(b"no")
    with pytest.raises(BadInput, match=r"a\.npz: damaged, or not what minigan"):
        stream.ManySamples(run, tmp_path / "a.npz")


def test_the_command_goes_on_in_its_file(here, small_blocks, capsys):
    save_run(here / "run.npz", Run(Config(**CONDITIONAL)))
    argv = ["run.npz", "--one-nn", "--out", "found.npz"]
    assert evaluate.main([*argv, "--count", "300"]) == 0
    assert evaluate.main([*argv, "--count", "1200"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("   ")] == ["300", "300", "600", "1,200"]
    assert "with 10,000,000 samples: 1.48%" in lines[-1]
    assert "ending in .npz" in refused(capsys, evaluate, "run.npz", "--one-nn", "--count", 300, "--out", "found")

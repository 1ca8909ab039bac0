"""D's features and the SVM on them: pooling windows by hand, the paper's 28,672 features, a separable set."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import Tensor, no_grad
from minigan.arrays.backend import device_of, to_device, to_host
from minigan.data import scale_images
from minigan.errors import BadInput
from minigan.evaluate import choose_c, pooled_features, svm, svm_error
from minigan.evaluate.svm import max_pool
from minigan.gan import Discriminator
from minigan.gan.mlp import MLPDiscriminator


@pytest.mark.parametrize(
    ("n", "grid", "windows"),
    [
        (8, 4, [(0, 2), (2, 4), (4, 6), (6, 8)]),
        (7, 4, [(0, 2), (1, 4), (3, 6), (5, 7)]),
        (14, 4, [(0, 4), (3, 7), (7, 11), (10, 14)]),
        (4, 4, [(0, 1), (1, 2), (2, 3), (3, 4)]),
        (2, 4, [(0, 1), (0, 1), (1, 2), (1, 2)]),
        (5, 1, [(0, 5)]),
    ],
)
def test_windows_by_hand(n, grid, windows):
    """Each output is the maximum of its window, in both directions."""
    maps = np.random.default_rng(0).normal(size=(2, n, n, 3))
    expected = [[maps[:, a:b, c:d].max(axis=(1, 2)) for c, d in windows] for a, b in windows]
    np.testing.assert_array_equal(max_pool(maps, grid), np.array(expected).transpose(2, 0, 1, 3))


@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 6))
def test_every_pixel_is_in_a_window(height, width, grid):
    """The maximum is found at any position."""
    for y, x in ((0, 0), (height - 1, width - 1), (height // 2, width // 3)):
        maps = np.zeros((1, height, width, 1))
        maps[0, y, x, 0] = 1
        assert max_pool(maps, grid).max() == 1


def make_discriminator(image_size=28, channels=1, width=3):
    """A discriminator whose running statistics were updated, and the images that it has seen."""
    net = Discriminator(image_size, channels, width, rng=np.random.default_rng(0))
    images = np.random.default_rng(1).integers(0, 256, (9, image_size, image_size, channels), np.uint8)
    with no_grad():
        net(Tensor(scale_images(images)))
    return net, images


def test_features_by_hand(monkeypatch):
    """28 pixels: maps of 14×14×3 and 7×7×6, after LeakyReLU; in batches of 4, compared with single images."""
    net, images = make_discriminator()
    monkeypatch.setattr(svm, "BATCH", 4)
    features = pooled_features(net, images)
    assert (features.shape, features.dtype) == ((9, 16 * (3 + 6)), np.float32)
    first, leaky, second, norm, _, _ = net.eval().net.layers
    for image, row in zip(images, features):
        x = Tensor(scale_images(image[None]))
        maps = [leaky(first(x)).numpy()[0], leaky(norm(second(leaky(first(x))))).numpy()[0]]
        at = 0
        for values, windows in zip(maps, ([(0, 4), (3, 7), (7, 11), (10, 14)], [(0, 2), (1, 4), (3, 6), (5, 7)])):
            for a, b in windows:
                for c, d in windows:
                    for channel in range(values.shape[2]):
                        assert row[at] == pytest.approx(values[a:b, c:d, channel].max(), abs=1e-5)
                        at += 1
        assert at == len(row)


def test_as_many_features_as_in_the_paper():
    """§5.1: 28,672 from 32×32 pixels: 16 · (256 + 512 + 1024)."""
    net = Discriminator(32, 3, 256, rng=np.random.default_rng(0))
    assert pooled_features(net, np.zeros((1, 32, 32, 3), np.uint8)).shape == (1, 28672)


@pytest.mark.parametrize("training", [True, False])
def test_the_network_is_not_changed(training):
    """Mode, weights and running statistics stay the same, also after an exception."""
    net, images = make_discriminator()
    net.train(training)
    before = net.state_dict()
    first = pooled_features(net, images)

    def fail(items, total, what):
        yield from list(items)[:1]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pooled_features(net, images, progress=fail)
    assert {module.training for module in net.modules()} == {training}
    assert all((before[name] == value).all() for name, value in net.state_dict().items())
    np.testing.assert_array_equal(pooled_features(net, images), first)


def test_the_same_features_on_the_device(device):
    net, images = make_discriminator()
    expected = pooled_features(net, images)
    np.testing.assert_allclose(pooled_features(net.to(device), images, device=device), expected, rtol=1e-5, atol=1e-6)
    maps = to_device(np.arange(49.0).reshape(1, 7, 7, 1), device)
    pooled = max_pool(maps, 4)
    assert device_of(pooled) == device
    np.testing.assert_array_equal(to_host(pooled), max_pool(to_host(maps), 4))


def test_images_of_another_size_are_refused():
    net, _ = make_discriminator()
    with pytest.raises(ValueError, match=r"images \(N, 28, 28, 1\), got \(2, 32, 32, 1\)"):
        pooled_features(net, np.zeros((2, 32, 32, 1), np.uint8))


def test_a_fully_connected_discriminator_has_no_maps():
    net = MLPDiscriminator(28, 1, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="without feature maps"):
        pooled_features(net, np.zeros((2, 28, 28, 1), np.uint8))


def two_classes(count, seed=0):
    """Separable by the second of three features, which is small; the first is noise, the third is constant."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    features = np.stack([1e3 * rng.normal(size=count), 1e-3 * (labels + 0.1 * rng.random(count)), np.full(count, 7)], 1)
    return features.astype(np.float32), np.array(["cat", "dog"])[labels]


def test_a_separable_set_is_separated():
    """This requires standardised features; with swapped test labels, everything is wrong."""
    pytest.importorskip("sklearn")
    features, labels = two_classes(200)
    test, truth = two_classes(50, seed=1)
    assert svm_error(features, labels, test, truth, c=1.0) == 0.0
    assert svm_error(features, labels, test, np.where(truth == "cat", "dog", "cat"), c=1.0) == 1.0


def test_c_is_chosen_on_a_part_of_the_training_set(monkeypatch):
    """Every fifth image of each class is used for validation; for ties, the first value is chosen."""
    calls = []

    def error(train, train_labels, test, test_labels, c):
        calls.append((train[:, 0].tolist(), train_labels.tolist(), test[:, 0].tolist(), test_labels.tolist(), c))
        return {0.1: 0.5, 1.0: 0.25, 10.0: 0.25}[c]

    monkeypatch.setattr(svm, "svm_error", error)
    labels = np.array([1, 0] * 5)
    assert choose_c(np.arange(10).reshape(10, 1), labels, [0.1, 1.0, 10.0]) == 1.0
    assert [call[-1] for call in calls] == [0.1, 1.0, 10.0]
    assert {str(call[:-1]) for call in calls} == {str(([0, 1, 2, 3, 4, 5, 6, 7], [1, 0] * 4, [8, 9], [1, 0]))}


def test_a_c_that_is_too_small_is_not_chosen():
    """Only the difference of two features separates the classes.

    With almost no weight on the loss, all images are assigned to the class that is nine times as frequent.
    """
    pytest.importorskip("sklearn")
    labels = np.array([0] * 90 + [1] * 10)
    noise = np.random.default_rng(0).normal(0, 3, 100)
    features = np.stack([noise + labels, noise], axis=1)
    assert svm_error(features, labels, features, labels, 1e-6) == 0.1
    assert svm_error(features, labels, features, labels, 100.0) == 0.0
    assert choose_c(features, labels, (1e-6, 100.0)) == 100.0


def test_labels_that_do_not_fit_are_refused():
    pytest.importorskip("sklearn")
    features, labels = two_classes(10)
    with pytest.raises(ValueError, match="expected 10 labels"):
        svm_error(features, labels[:9], features, labels, 1.0)
    with pytest.raises(ValueError, match="expected 10 labels"):
        svm_error(features, labels, features, labels[:9], 1.0)
    with pytest.raises(ValueError, match="expected 10 labels"):
        choose_c(features, labels[:9])


def test_the_error_names_a_missing_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    features, labels = two_classes(10)
    with pytest.raises(BadInput, match=r"needs the package scikit-learn.*pip install 'minigan\[linear\]'"):
        svm_error(features, labels, features, labels, 1.0)

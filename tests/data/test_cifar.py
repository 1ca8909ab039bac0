"""CIFAR-10 and CIFAR-100 in the published binary layout, written here record by record; and what is refused."""

import numpy as np
import pytest

from minigan.commands import train
from minigan.data import load_dataset
from minigan.data.cifar import CIFAR_10, CIFAR_100
from tests.support.commands import SMALL, refused

NAMES = ["apple", "boat", "cat", "dog", "egg", "frog", "goat", "hat", "ice", "jug"]


def write(folder, version, count=6, names=None):
    """Images whose values tell their record, channel, row and column; returns images and labels."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    all_images, all_labels = [], []
    for name in version.files:
        images, labels = rng.integers(0, 256, (count, 32, 32, 3), np.uint8), rng.integers(0, version.classes, count)
        raw = b""
        for image, label in zip(images, labels):
            group = [label // 5] if version.label_bytes == 2 else []
            raw += bytes([*group, label]) + b"".join(image[..., channel].tobytes() for channel in range(3))
        (folder / name).write_bytes(raw)
        all_images.append(images)
        all_labels.append(labels)
    if names:
        (folder / version.names).write_text("\n".join(names) + "\n\n")
    return np.concatenate(all_images), np.concatenate(all_labels)


@pytest.mark.parametrize("version", [CIFAR_10, CIFAR_100])
@pytest.mark.parametrize("inside", [False, True])
def test_images_and_labels(here, version, inside):
    images, labels = write(here / version.folder, version)
    found = load_dataset(version.name, here if inside else here / version.folder)
    np.testing.assert_array_equal(found.images, images)
    np.testing.assert_array_equal(found.labels, labels)
    assert found.classes() == version.classes


def test_classes_have_their_names(here):
    write(here / "a", CIFAR_10, names=NAMES)
    assert load_dataset("cifar-10", here / "a").label_names == NAMES
    write(here / "b", CIFAR_10, names=NAMES[:3])  # damaged: numbers instead
    assert load_dataset("cifar-10", here / "b").label_names == [str(i) for i in range(10)]


def test_the_command_trains_with_and_without_labels(here):
    write(here / "data", CIFAR_100, count=60)
    for more in ([], ["--conditional"], ["--image-size", "64"]):
        assert train.main(["cifar-100", "--data-dir", "data", "--dry-run", *SMALL, "--batch-size", "20", *more]) == 0


def test_pickles_are_refused_with_the_link_to_the_other_version(here, capsys):
    for source, name in (("cifar-10", "data_batch_1"), ("cifar-100", "train")):
        (here / name).write_bytes(b"\x80\x03}q")
        message = refused(capsys, train, source, "--data-dir", here)
        assert "these are pickles, which can execute code" in message
        assert f"https://www.cs.toronto.edu/~kriz/{source}-binary.tar.gz" in message
        (here / name).unlink()


def test_what_is_missing_or_damaged_is_named(here, capsys):
    assert "expected data_batch_1.bin" in refused(capsys, train, "cifar-10", "--data-dir", here)
    write(here / "cut", CIFAR_10)
    path = here / "cut" / "data_batch_3.bin"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    message = refused(capsys, train, "cifar-10", "--data-dir", here / "cut")
    assert "data_batch_3.bin: expected records of 3073 bytes, got 18437 bytes" in message
    path.write_bytes(b"\x0a" + whole[1:])
    message = refused(capsys, train, "cifar-10", "--data-dir", here / "cut")
    assert "data_batch_3.bin: expected labels from 0 to 9, got 10" in message
    path.unlink()
    assert "expected data_batch_3.bin" in refused(capsys, train, "cifar-10", "--data-dir", here / "cut")
    assert "needs --data-dir" in refused(capsys, train, "cifar-10")

"""MNIST in the package is the original, IDX files are checked strictly, the order of batches is reproducible."""

import gzip
import hashlib
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from minigan.data import Batches, ImageDataset, load_dataset, load_test_set, scale_images
from minigan.data.dataset import to_bytes
from minigan.data.idx import read_idx
from minigan.data.mnist import SHA256, load_mnist
from minigan.errors import BadInput
from tests.support.idx_files import idx_bytes, write_idx_folder


def test_shipped_mnist_is_the_original():
    digits = load_mnist()
    assert digits.images.shape == (60000, 28, 28, 1)
    assert digits.labels.tolist()[:5] == [5, 0, 4, 1, 9]
    assert np.bincount(digits.labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    raw = b"\0\0\x08\3" + b"".join(n.to_bytes(4, "big") for n in (60000, 28, 28)) + digits.images.tobytes()
    assert hashlib.sha256(raw).hexdigest() == SHA256["train-images-idx3-ubyte"]
    assert len(load_mnist("t10k")) == 10000


@given(arrays(np.uint8, array_shapes(min_dims=1, max_dims=4, max_side=5)), st.booleans())
def test_idx_round_trip(tmp_path_factory, array, gzipped):
    path = tmp_path_factory.mktemp("idx") / "file"
    raw = idx_bytes(array)
    path.write_bytes(gzip.compress(raw) if gzipped else raw)
    np.testing.assert_array_equal(read_idx(path, hashlib.sha256(raw).hexdigest()), array)


IMAGE = idx_bytes(np.arange(24).reshape(2, 3, 4))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "cannot be read", id="no file"),
        pytest.param(b"", "not an IDX file", id="empty"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(40), "not an IDX file", id="PNG"),
        pytest.param(IMAGE[:10], "damaged", id="cut in the axes"),
        pytest.param(IMAGE[:-1], "expected 40 bytes for shape (2, 3, 4), got 39", id="a byte too few"),
        pytest.param(IMAGE + b"x", "expected 40 bytes for shape (2, 3, 4), got 41", id="a byte too many"),
        pytest.param(b"\0\0\x0d" + IMAGE[3:], "unsigned bytes", id="floats"),
        pytest.param(gzip.compress(IMAGE)[:-9], "damaged gzip", id="gzip, cut"),
        pytest.param(b"\x1f\x8b" + bytes(20), "damaged gzip", id="gzip, zeros"),
        pytest.param(
            gzip.compress(IMAGE)[:20] + b"\xff" + gzip.compress(IMAGE)[21:], "damaged gzip", id="gzip, a byte"
        ),
    ],
)
def test_the_error_names_a_bad_idx_file(tmp_path, content, message):
    path = tmp_path / "images"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match="images: ") as error:
        read_idx(path)
    assert message in str(error.value)


def test_wrong_checksum(tmp_path):
    path = tmp_path / "images"
    path.write_bytes(IMAGE)
    with pytest.raises(BadInput, match="wrong SHA-256"):
        read_idx(path, sha256="0" * 64)


@pytest.mark.parametrize("gzipped", [False, True])
def test_folder_of_idx_files(tmp_path, gzipped):
    dataset = load_dataset("mnist", write_idx_folder(tmp_path / "squares", gzipped=gzipped))
    assert (dataset.name, dataset.images.shape, dataset.labels.shape) == ("squares", (200, 28, 28, 1), (200,))


def test_a_file_and_its_gzipped_copy_count_as_one(tmp_path):
    write_idx_folder(tmp_path)
    write_idx_folder(tmp_path, gzipped=True)
    assert len(load_dataset("mnist", tmp_path)) == 200


def test_bad_folders(tmp_path):
    with pytest.raises(BadInput, match="no such folder"):
        load_dataset("mnist", tmp_path / "nowhere")
    with pytest.raises(BadInput, match="found none"):
        load_dataset("mnist", tmp_path)
    with pytest.raises(BadInput, match=r"unknown dataset 'mnits'; expected one of: mnist"):
        load_dataset("mnits")
    for name in ("folder", "mnits"):
        with pytest.raises(
            BadInput, match=f"{name} has no test set; these have one: mnist, stacked-mnist, pixel-faces"
        ):
            load_test_set(name, 28)
    write_idx_folder(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx_bytes(np.zeros(3)))
    with pytest.raises(BadInput, match="expected 200 labels"):
        load_dataset("mnist", tmp_path)


def squares(count):
    return ImageDataset("numbers", np.arange(count, dtype=np.uint8).reshape(count, 1, 1, 1))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 5), st.integers(0, 3), st.data())
def test_an_epoch_shows_every_image_once_and_can_start_at_any_batch(count, size, seed, epoch, data):
    if size > count:
        with pytest.raises(BadInput, match=f"expected a batch size from 1 to the {count} images"):
            Batches(squares(count), size, seed)
        return
    batches = Batches(squares(count), size, seed)
    complete = [batch.images for batch in batches.epoch(epoch)]
    seen = np.concatenate(complete).ravel().tolist()
    assert len(complete) == len(batches) == count // size
    assert len(set(seen)) == len(seen) == len(batches) * size
    start = data.draw(st.integers(0, len(batches)))
    for a, b in zip(complete[start:], (batch.images for batch in batches.epoch(epoch, start)), strict=True):
        np.testing.assert_array_equal(a, b)


def test_images_are_not_mirrored_unless_that_is_asked_for():
    rows = ImageDataset("rows", np.arange(40, dtype=np.uint8).reshape(10, 1, 4, 1))
    (batch,) = Batches(rows, 10, seed=0).epoch(0)
    assert sorted(batch.images[:, 0, :, 0].tolist()) == rows.images[:, 0, :, 0].tolist()


def test_the_time_spent_waiting_is_counted():
    class Slow:
        shape = (30, 1, 1, 1)

        def __getitem__(self, index):
            time.sleep(0.01)
            return np.zeros((len(index), 1, 1, 1), np.uint8)

    batches = Batches(ImageDataset("slow", Slow()), 10, seed=0)
    assert batches.waited == 0.0
    began = time.perf_counter()
    assert len(list(batches.epoch(0))) == 3
    assert 0.01 <= batches.waited <= time.perf_counter() - began


def test_labels_that_fill_a_byte_are_256_classes():
    labels = np.arange(256, dtype=np.uint8)
    dataset = ImageDataset("bytes", np.zeros((256, 1, 1, 1), np.uint8), labels)
    assert dataset.classes() == 256
    with pytest.raises(BadInput, match="numbers has no labels"):
        squares(3).classes()


def test_epochs_and_seeds_differ():
    orders = {
        tuple(np.concatenate([b.images for b in Batches(squares(30), 10, s).epoch(e)]).ravel())
        for s in (0, 1)
        for e in (0, 1)
    }
    assert len(orders) == 4


def test_bytes_to_numbers_and_back():
    every = np.arange(256, dtype=np.uint8)
    numbers = scale_images(every)
    assert numbers.dtype == np.float32
    assert (numbers[0], numbers[255]) == (-1.0, pytest.approx(1.0, abs=1e-6))
    np.testing.assert_array_equal(to_bytes(numbers), every)
    assert to_bytes(np.array([-3.0, 3.0])).tolist() == [0, 255]


def test_different_data_sets_have_different_fingerprints():
    assert squares(5).fingerprint() == squares(5).fingerprint() != squares(6).fingerprint()
    changed = ImageDataset("numbers", squares(5).images[::-1].copy())
    assert changed.fingerprint() != squares(5).fingerprint()


def test_subfolders_are_classes(tmp_path):
    """If each picture is in one: the topmost counts.  Of an unreadable picture, the label is left out too."""
    colours = {"red": (255, 0, 0), "green/dark": (0, 60, 0), "green/light": (0, 255, 0), "blue": (0, 0, 255)}
    for name, colour in colours.items():
        for i in range(60):
            (tmp_path / name).mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (16, 16), colour).save(tmp_path / name / f"{i}.png")
    (tmp_path / "green" / "dark" / "7.png").write_bytes(b"broken")
    data = load_dataset("folder", tmp_path, 16)
    assert data.label_names == ["blue", "green", "red"]
    assert np.bincount(data.labels).tolist() == [60, 119, 60]
    assert (data.images[:][:, 8, 8].argmax(axis=1) == 2 - data.labels).all()
    for loose in ("x.png", None):
        if loose:
            Image.new("RGB", (16, 16)).save(tmp_path / loose)
        else:
            (tmp_path / "x.png").unlink()
        assert (load_dataset("folder", tmp_path, 16).labels is None) == bool(loose)
    with pytest.raises(BadInput, match="has no labels to condition on, such as subfolders"):
        load_dataset("folder", tmp_path / "red", 16).classes()

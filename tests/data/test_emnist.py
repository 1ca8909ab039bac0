"""EMNIST: its splits by name, its transposed images upright, its labels as characters."""

import numpy as np
import pytest

from minigan.commands import train
from minigan.data import load_dataset
from minigan.data.emnist import SPLITS
from tests.support.commands import SMALL, refused
from tests.support.idx_files import idx_bytes


def write(folder, split, first=1, count=60):
    """A split in its published layout: images with rows and columns exchanged; returns them upright, and labels."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(len(split))
    upright = rng.integers(0, 256, (count, 28, 28), np.uint8)
    labels = (np.arange(count) % 26 + first).astype(np.uint8)
    stem = f"emnist-{split}-train"
    (folder / f"{stem}-images-idx3-ubyte").write_bytes(idx_bytes(np.ascontiguousarray(upright.transpose(0, 2, 1))))
    (folder / f"{stem}-labels-idx1-ubyte").write_bytes(idx_bytes(labels))
    (folder / f"emnist-{split}-test-images-idx3-ubyte").write_bytes(idx_bytes(upright[:2]))
    lines = [f"{label} {64 + i} {96 + i}" for i, label in enumerate(range(first, first + 26), start=1)]
    (folder / f"emnist-{split}-mapping.txt").write_text("\n".join(lines) + "\n")
    return upright, labels


@pytest.mark.parametrize("split", SPLITS)
def test_each_split_is_chosen_by_name_and_upright(here, split):
    """With all of them in one folder, as the archive has them."""
    expected = {name: write(here, name) for name in SPLITS}
    found = load_dataset(f"emnist-{split}", here)
    np.testing.assert_array_equal(found.images[..., 0], expected[split][0])
    np.testing.assert_array_equal(found.labels, expected[split][1] - 1)
    assert found.label_names == [chr(65 + i) for i in range(26)]


def test_without_a_mapping_labels_are_numbers(here):
    write(here, "letters")
    (here / "emnist-letters-mapping.txt").unlink()
    assert load_dataset("emnist-letters", here).label_names[:2] == ["1", "2"]
    (here / "emnist-letters-mapping.txt").write_text("1\n")
    with pytest.raises(ValueError, match="expected lines of a label and codes of characters"):
        load_dataset("emnist-letters", here)


def test_a_folder_of_one_split_is_upright_as_mnist_too(here):
    upright, _ = write(here, "letters")
    np.testing.assert_array_equal(load_dataset("mnist", here).images[..., 0], upright)


def test_the_command(here, capsys):
    write(here / "data", "letters")
    argv = ["emnist-letters", "--data-dir", "data", "--dry-run", *SMALL, "--batch-size", "20"]
    assert train.main([*argv, "--conditional"]) == 0
    message = refused(capsys, train, "emnist-digits", "--data-dir", "data")
    assert "expected one file named emnist-digits-train-images-idx3-ubyte or ….gz, found none" in message

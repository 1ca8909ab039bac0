"""MNIST, shipped inside the package, and any folder of IDX files instead."""

from pathlib import Path

import numpy as np

from ..errors import BadInput
from ..files import shipped
from .dataset import ImageDataset
from .idx import find_idx, labels_beside, read_idx

# Of the unzipped files, as first published; the gzipped files differ between mirrors.
SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def load_mnist(split: str = "train") -> ImageDataset:
    """The 60,000 training digits ("train") or the 10,000 test digits ("t10k"), 28×28×1, with labels.

    Raises ValueError for another split, BadInput if a file in the package is missing or damaged.
    """
    if split not in ("train", "t10k"):
        raise ValueError(f"expected split 'train' or 't10k', got {split!r}")
    folder = shipped("data") / "mnist"
    images, labels = f"{split}-images-idx3-ubyte", f"{split}-labels-idx1-ubyte"
    return ImageDataset(
        "mnist",
        read_idx(folder / f"{images}.gz", SHA256[images])[..., None],
        read_idx(folder / f"{labels}.gz", SHA256[labels]),
    )


def load_idx_folder(folder: Path, prefix: str = "") -> ImageDataset:
    """The training images, and labels where present, of a folder of IDX files such as Fashion-MNIST's.

    With several sets in the folder, `prefix` is how the names of the right one begin.  EMNIST's, whose rows and columns
    are exchanged, are turned upright.
    """
    path = find_idx(folder, "images", prefix)
    images = read_idx(path)
    if images.ndim != 3 or not len(images):
        raise BadInput(f"{path}: expected images (count, height, width), got shape {images.shape}")
    if path.name.startswith("emnist-"):
        images = np.ascontiguousarray(images.transpose(0, 2, 1))
    beside = labels_beside(path)
    labels = read_idx(beside) if beside else None
    if labels is not None and labels.shape != images.shape[:1]:
        raise BadInput(f"{beside}: expected {len(images)} labels, one for each image, got shape {labels.shape}")
    if labels is None:
        return ImageDataset(folder.resolve().name, images[..., None])
    names, numbers = np.unique(labels, return_inverse=True)  # EMNIST's letters count from 1
    return ImageDataset(folder.resolve().name, images[..., None], numbers, [str(name) for name in names])

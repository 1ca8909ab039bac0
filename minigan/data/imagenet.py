"""ImageNet-1k: one folder of pictures per class, or the 32×32 version (Chrabaszcz et al. 2017, arXiv:1707.08819)."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..errors import BadInput, Progress
from ..ops.windows import Ints
from .crops import cached_crops, crops_of_files, file_key
from .dataset import ImageDataset
from .folder import find_pictures, mixed_order
from .pictures import resize_images

SMALL = 32  # pixels: the image size of the downsampled version


def load_imagenet(folder: Path, size: Ints, progress: Progress) -> ImageDataset:
    """Class folders (in `folder`, or in its subfolder train), or the files train_data_batch_*.npz: (N, H, W, 3).

    Crops are as in the paper: the shorter side resized to 32 pixels, then the centre square (Radford et al. 2016,
    §4.3).  Raises BadInput if the folder has neither form, or if files are damaged.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder; --data-dir names one with class folders or train_data_batch_*.npz")
    batches = sorted(folder.glob("train_data_batch_*.npz"), key=lambda path: (len(path.name), path.name))
    if batches:
        return _load_batches(batches, size, progress)
    if any(folder.glob("train_data_batch_*")):
        raise BadInput(f"{folder}: these batches are pickles, which can execute code; download the .npz version")
    root = folder / "train" if (folder / "train").is_dir() else folder
    found = find_pictures(root)
    paths = [found[i] for i in mixed_order(len(found))]
    classes = [path.relative_to(root).parts[0] for path in paths]
    if any(path.parent == root for path in paths):
        raise BadInput(f"{root}: expected a folder for each class, found pictures; use the source folder for these")
    crops = crops_of_files(paths, root, size, progress, colour=True)
    names, labels = np.unique(classes, return_inverse=True)
    return ImageDataset(
        "imagenet",
        crops.images,
        labels[crops.kept],
        names.tolist(),
        skipped=crops.skipped,
        digest=crops.digest,
    )


def _load_batches(paths: list[Path], size: Ints, progress: Progress) -> ImageDataset:
    """The images of all batches, decompressed into the cache, which is memory-mapped."""
    labels = np.concatenate([read_labels(path) for path in paths])
    if not len(labels):
        raise BadInput(f"{paths[0].parent}: the batches hold no images")
    names = [f"{i:07d}" for i in range(len(labels))]

    def decode() -> Iterator[np.ndarray]:
        for path in paths:
            yield from resize_images(read_images(path), size)

    key = file_key([path.name for path in paths], paths, "batches", size)
    crops = cached_crops(key, names, size, decode, progress, colour=True)
    return ImageDataset("imagenet", crops.images, labels, digest=crops.digest)


def read_labels(path: Path) -> np.ndarray:
    """The labels of a batch, int64 (N,), from 0 to 999; in the file they count from 1."""
    labels = _read(path, "labels")
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not ((labels >= 1) & (labels <= 1000)).all():
        raise BadInput(f"{path}: expected labels from 1 to 1000, got {labels.dtype} of shape {labels.shape}")
    return labels.astype(np.int64) - 1


def read_images(path: Path) -> np.ndarray:
    """The images of a batch, uint8 (N, 32, 32, 3); in the file each is one row: all red values, all green, all blue."""
    data = _read(path, "data")
    if data.ndim != 2 or data.shape[1] != 3 * SMALL * SMALL or data.dtype != np.uint8:
        raise BadInput(f"{path}: expected bytes (N, {3 * SMALL * SMALL}), got {data.dtype} of shape {data.shape}")
    if len(data) != len(read_labels(path)):
        raise BadInput(f"{path}: {len(data)} images but {len(read_labels(path))} labels")
    return data.reshape(-1, 3, SMALL, SMALL).transpose(0, 2, 3, 1)


def _read(path: Path, name: str) -> np.ndarray:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return archive[name]
    except Exception as error:  # damaged bytes can raise nearly anything in the parsers of zip and npy
        raise BadInput(f"{path}: not a batch of the downsampled ImageNet ({type(error).__name__}: {error})") from error

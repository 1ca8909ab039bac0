"""CIFAR-10 and CIFAR-100, the binary version (Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images).

A record is a byte for the label, in CIFAR-100 one for the group and one for the class, and 3,072 bytes of pixels: 32×32
red values row by row, then green, then blue.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import BadInput
from ..files import open_regular
from .dataset import ImageDataset

SIZE, CHANNELS = 32, 3
PIXELS = SIZE * SIZE * CHANNELS


class Version(NamedTuple):
    """One of the two data sets: its files, in the folder that the archive unpacks to, and its classes."""

    name: str
    folder: str
    files: tuple[str, ...]
    names: str
    classes: int
    label_bytes: int  # in each record; the last of them is the class


CIFAR_10 = Version(
    "cifar-10", "cifar-10-batches-bin", tuple(f"data_batch_{i}.bin" for i in range(1, 6)), "batches.meta.txt", 10, 1
)
CIFAR_100 = Version("cifar-100", "cifar-100-binary", ("train.bin",), "fine_label_names.txt", 100, 2)


def load_cifar(version: Version, folder: Path) -> ImageDataset:
    """The 50,000 training images, 32×32×3, with labels; `folder` is the archive's, or the one that it is in.

    Raises BadInput if a file is missing or damaged, or if they are the pickled version.
    """
    inside = folder / version.folder
    root = inside if inside.is_dir() else folder
    missing = [name for name in version.files if not (root / name).is_file()]
    if missing:
        pickled = any((where / name.removesuffix(".bin")).is_file() for name in missing for where in (
            root, folder / version.folder.replace("-bin", "-py"), folder / f"{version.name}-python"))  # fmt: skip
        link = f"https://www.cs.toronto.edu/~kriz/{version.name}-binary.tar.gz"
        if pickled:
            raise BadInput(f"{folder}: these are pickles, which can execute code; download the binary version, {link}")
        raise BadInput(f"{folder}: expected {missing[0]} and others of {link}, unpacked")
    records = np.concatenate([read_records(root / name, version) for name in version.files])
    labels, pixels = records[:, version.label_bytes - 1], records[:, version.label_bytes :]
    images = np.ascontiguousarray(pixels.reshape(-1, CHANNELS, SIZE, SIZE).transpose(0, 2, 3, 1))
    return ImageDataset(version.name, images, labels.astype(np.int64), class_names(root / version.names, version))


def read_records(path: Path, version: Version) -> np.ndarray:
    """The records of a file, uint8 (N, label bytes + 3,072).  Raises BadInput if it is damaged."""
    length = version.label_bytes + PIXELS
    try:
        with open_regular(path) as file:
            raw = file.read()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error
    if not raw or len(raw) % length:
        raise BadInput(f"{path}: expected records of {length} bytes, got {len(raw)} bytes; the file is damaged")
    records = np.frombuffer(raw, np.uint8).reshape(-1, length)
    if (largest := records[:, version.label_bytes - 1].max()) >= version.classes:
        raise BadInput(f"{path}: expected labels from 0 to {version.classes - 1}, got {largest}; the file is damaged")
    return records


def class_names(path: Path, version: Version) -> list[str]:
    """The names of the classes, from the file beside the images; their numbers if it is missing or does not fit."""
    try:
        names = path.read_text("utf-8").split()
    except (OSError, UnicodeDecodeError):
        names = []
    return names if len(names) == version.classes else [str(i) for i in range(version.classes)]

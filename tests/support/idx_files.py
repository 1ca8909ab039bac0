"""Small IDX files in the published layout, for tests of data and commands."""

import gzip
import struct
from pathlib import Path

import numpy as np


def idx_bytes(array: np.ndarray) -> bytes:
    """An IDX file of unsigned bytes: magic number, axes, values."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def write_idx_folder(folder: Path, count: int = 200, size: int = 28, gzipped: bool = False) -> Path:
    """A folder like Fashion-MNIST's: training images (bright squares at random places) and labels, and a test pair."""
    rng = np.random.default_rng(7)
    images = np.zeros((count, size, size), np.uint8)
    for image, (row, column) in zip(images, rng.integers(0, size - 8, (count, 2))):
        image[row : row + 8, column : column + 8] = 255
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in {
        "train-images-idx3-ubyte": images,
        "train-labels-idx1-ubyte": rng.integers(0, 10, count),
        "t10k-images-idx3-ubyte": images[:10],
        "t10k-labels-idx1-ubyte": rng.integers(0, 10, 10),
    }.items():
        raw = idx_bytes(array)
        path = folder / (name + ".gz" if gzipped else name)
        path.write_bytes(gzip.compress(raw) if gzipped else raw)
    return folder

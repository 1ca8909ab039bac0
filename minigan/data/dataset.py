"""What every data source gives: images as bytes, and what is known about them."""

import zlib
from dataclasses import dataclass

import numpy as np

from ..backend import Array


@dataclass(frozen=True)
class ImageDataset:
    """Images uint8 (N, H, W, C), and labels, N small integers, where the source has them."""

    name: str
    images: np.ndarray
    labels: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.images)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of one image."""
        return self.images.shape[1:]

    def fingerprint(self) -> str:
        """A short text that tells this set of images from others."""
        return f"{'×'.join(map(str, self.images.shape))}, CRC-32 {zlib.crc32(self.images.tobytes()):08x}"


def scale_images(images: Array, dtype=np.float32) -> Array:
    """Bytes 0 … 255 to numbers −1 … 1, the range of the generator's tanh; on whatever device the bytes are."""
    scaled = images.astype(dtype)
    scaled *= 1 / 127.5
    scaled -= 1.0
    return scaled


def to_bytes(images: np.ndarray) -> np.ndarray:
    """Numbers −1 … 1 back to bytes 0 … 255, clipped and rounded."""
    return np.clip(np.rint((images + 1.0) * 127.5), 0, 255).astype(np.uint8)

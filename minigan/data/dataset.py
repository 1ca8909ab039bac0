"""`ImageDataset`, which every data source returns: images as bytes, with labels or attributes if there are any."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from ..arrays.backend import Array
from ..errors import BadInput

NAMED = 20  # broken pictures, in an error
BROKEN_LIMIT = 0.01  # of all pictures; a source with more broken ones is not what its owner thinks it is


class Images(Protocol):
    """Bytes (N, H, W, C): an array in memory, a memory-mapped file, or pictures that are decoded on access."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __getitem__(self, index: Any, /) -> np.ndarray:
        """The images of a slice, or of an array of positions.  It must be thread-safe."""


class Skipped(dict[str, str]):
    """Broken pictures that were left out: file name → reason.  `total` is the number of all pictures."""

    def __init__(self, total: int = 0):
        super().__init__()
        self.total = total

    def check(self) -> None:
        """Raise BadInput, with the first names, if more than 1 % of all are broken."""
        if len(self) > BROKEN_LIMIT * self.total:
            named = ", ".join(f"{name} ({reason})" for name, reason in list(self.items())[:NAMED])
            more = f" and {len(self) - NAMED} more" if len(self) > NAMED else ""
            raise BadInput(
                f"{len(self)} of {self.total} pictures cannot be read, more than {BROKEN_LIMIT:.0%}; "
                f"repair or remove them: {named}{more}"
            )


@dataclass(frozen=True)
class ImageDataset:
    """Images uint8 (N, H, W, C), with labels or attributes if the source has them.

    Labels are N small integers, with their names where they have some; attributes are 0 or 1, uint8 (N, A).  `digest`
    stands for the images where reading them all again would take long.  `notes` are sentences on what
    was not there, or not read.
    """

    name: str
    images: Images
    labels: np.ndarray | None = None
    label_names: Sequence[str] = ()
    attributes: np.ndarray | None = None
    attribute_names: Sequence[str] = ()
    skipped: Skipped = field(default_factory=Skipped)
    notes: Sequence[str] = ()
    digest: str = ""

    def __len__(self) -> int:
        return self.images.shape[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """Height, width and channels of one image."""
        return self.images.shape[1:]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of one image, in pixels."""
        return self.images.shape[1], self.images.shape[2]

    def classes(self) -> int:
        """The number of classes.  Raises BadInput if the source has no labels."""
        if self.labels is None:
            raise BadInput(f"{self.name} has no labels to condition on, such as subfolders, one for each class")
        return len(self.label_names) or int(self.labels.max()) + 1

    def attribute_count(self) -> int:
        """The number of attributes.  Raises BadInput if the source has none."""
        if self.attributes is None:
            raise BadInput(f"{self.name} has no attributes that D could learn, as pixel-faces and celeba have")
        return self.attributes.shape[1]

    def some(self, which: Any) -> "ImageDataset":
        """The images of a slice or of an array of positions, copied into memory, with their labels and attributes."""
        parts: dict[str, Any] = {"images": np.array(self.images[which]), "digest": ""}
        parts |= {name: x[which] for name in ("labels", "attributes") if (x := getattr(self, name)) is not None}
        return replace(self, **parts)

    def first(self, count: int) -> "ImageDataset":
        """The first `count` images, see `some`."""
        return self.some(slice(count))

    def attribute(self, name: str) -> np.ndarray:
        """The values of an attribute, uint8 (N,), each 0 or 1.  Raises BadInput if the source does not have it."""
        if self.attributes is None or name not in self.attribute_names:
            known = ", ".join(self.attribute_names) or "none"
            raise BadInput(f"{self.name}: unknown attribute {name!r}; it has: {known}")
        return self.attributes[:, self.attribute_names.index(name)]

    def fingerprint(self, with_labels: bool = False, with_attributes: bool = False) -> str:
        """A short text that identifies these images, or images with labels or attributes: shape and checksums.

        Raises BadInput if there are no labels, `with_labels`, or no attributes, `with_attributes`.
        """
        digest = self.digest or f"CRC-32 {zlib.crc32(self.images[:].tobytes()):08x}"
        labels = ""
        if with_labels:
            labels = f", {self.classes()} classes CRC-32 {zlib.crc32(np.asarray(self.labels, np.int64).tobytes()):08x}"
        if with_attributes:
            crc = zlib.crc32(np.asarray(self.attributes, np.uint8).tobytes())
            labels += f", {self.attribute_count()} attributes CRC-32 {crc:08x}"
        return f"{'×'.join(map(str, self.images.shape))}, {digest}{labels}"


def scale_images(images: Array, dtype: Any = np.float32) -> Array:
    """Bytes 0 … 255 to numbers −1 … 1, the range of the generator's tanh, on the device of the bytes.

    Of any shape, to the same shape.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan.data import scale_images
    >>> scale_images(np.array([[0, 255]], np.uint8))
    array([[-1.,  1.]], dtype=float32)
    """
    scaled = images.astype(dtype)
    scaled *= 1 / 127.5
    scaled -= 1.0
    return scaled


def to_bytes(images: np.ndarray) -> np.ndarray:
    """The inverse of `scale_images`: numbers −1 … 1 to bytes 0 … 255, rounded and clipped."""
    return rounded((images + 1.0) * 127.5)


def rounded(values: np.ndarray) -> np.ndarray:
    """Numbers as bytes: rounded, and clipped to 0 … 255."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)

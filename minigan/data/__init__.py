"""Images in: a file a source, each giving the same small `ImageDataset`."""

from .batches import Batch, Batches
from .dataset import ImageDataset, scale_images
from .sources import SOURCES, Source, find_source, load_dataset, load_test_set

__all__ = [
    "SOURCES", "Batch", "Batches", "ImageDataset", "Source", "find_source", "load_dataset", "load_test_set",
    "scale_images",
]  # fmt: skip

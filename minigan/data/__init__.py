"""Loading images: one file per data source, each of which returns an `ImageDataset`; and batches for training."""

from .batches import Batch, Batches
from .dataset import ImageDataset, scale_images
from .sources import SOURCES, Source, find_source, load_dataset, load_test_set

__all__ = [
    "SOURCES", "Batch", "Batches", "ImageDataset", "Source", "find_source", "load_dataset", "load_test_set",
    "scale_images",
]  # fmt: skip

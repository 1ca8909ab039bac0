"""Images in: a file a source, each giving the same small `ImageDataset`."""

from .batches import Batches
from .dataset import ImageDataset, scale_images
from .sources import SOURCES, find_source, load_dataset

__all__ = ["SOURCES", "Batches", "ImageDataset", "find_source", "load_dataset", "scale_images"]

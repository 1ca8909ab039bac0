"""Images in: a file a source, each giving the same small `ImageDataset`."""

from .batches import Batches
from .dataset import ImageDataset, scale_images
from .sources import load_dataset

__all__ = ["Batches", "ImageDataset", "load_dataset", "scale_images"]

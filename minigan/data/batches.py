"""Batches of images in a reproducible order."""

import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..errors import BadInput
from .dataset import ImageDataset
from .prefetch import prefetch

WORKERS, DEPTH = 2, 6  # threads that read batches, and number of batches to prefetch


class Batch(NamedTuple):
    """Images uint8 (batch, H, W, C); labels (batch,) and attributes (batch, A), or None if the data has none."""

    images: np.ndarray
    labels: np.ndarray | None
    attributes: np.ndarray | None


class Batches:
    """Shuffled batches of images; the order depends on (seed, epoch) only.

    So training can resume in the middle of an epoch without repeating it.  An incomplete last batch is dropped, and
    the last `hold_out` images of the data are never used.  With `flip`, a random half of the images, another half in
    each epoch, is mirrored left to right.  Images that are not in memory are prefetched by background threads;
    `waited` is the total time in seconds spent waiting for them.  Of each batch, only the rows `share` are read: all by
    default; where several processes share a batch, those of this process.

    Raises BadInput if no image is left after `hold_out`, or if the batch is larger than the data.

    Examples
    --------
    >>> from minigan.data import Batches, load_dataset
    >>> batches = Batches(load_dataset("mnist"), batch_size=64, seed=0)
    >>> len(batches)
    937
    >>> next(batches.epoch(0)).images.shape
    (64, 28, 28, 1)
    """

    def __init__(
        self,
        dataset: ImageDataset,
        batch_size: int,
        seed: int,
        flip: bool = False,
        hold_out: int = 0,
        share: slice = slice(None),
    ):
        self.count = len(dataset) - hold_out
        if self.count < 1:
            raise BadInput(
                f"expected to hold out fewer than the {len(dataset)} images of {dataset.name}, got {hold_out}"
            )
        if not 1 <= batch_size <= self.count:
            raise BadInput(
                f"expected a batch size from 1 to the {self.count} images of {dataset.name}, got {batch_size}"
            )
        self.dataset, self.batch_size, self.seed, self.flip = dataset, batch_size, seed, flip
        self.share = share
        self.waited = 0.0

    def __len__(self) -> int:
        """Number of batches per epoch."""
        return self.count // self.batch_size

    def epoch(self, number: int, start: int = 0) -> Iterator[Batch]:
        """The batches of epoch `number`, starting with batch `start`; both count from 0."""
        rng = np.random.default_rng((self.seed, number))
        order = rng.permutation(self.count)
        mirrored = rng.random(len(order)) < 0.5

        def read(i: int) -> Batch:
            part = slice(i * self.batch_size, (i + 1) * self.batch_size)
            rows, turned = order[part][self.share], mirrored[part][self.share]
            images = self.dataset.images[rows]
            if self.flip:
                images[turned] = images[turned, :, ::-1]
            annotations = self.dataset.labels, self.dataset.attributes
            return Batch(images, *(None if x is None else x[rows] for x in annotations))

        numbers = range(start, len(self))
        in_memory = type(self.dataset.images) is np.ndarray  # then threads would cost more than they save
        batches = map(read, numbers) if in_memory else prefetch(read, numbers, WORKERS, DEPTH)
        while True:
            start_time = time.perf_counter()
            batch = next(batches, None)
            self.waited += time.perf_counter() - start_time
            if batch is None:
                return
            yield batch

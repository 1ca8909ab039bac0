"""The order in which images are seen."""

import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..errors import BadInput
from .dataset import ImageDataset
from .prefetch import prefetch

WORKERS, DEPTH = 2, 6  # threads that read, and batches that they read ahead of the training step


class Batch(NamedTuple):
    """Images uint8 (batch, H, W, C), and their labels and attributes if the data has some."""

    images: np.ndarray
    labels: np.ndarray | None
    attributes: np.ndarray | None


class Batches:
    """Batches of images in an order that (seed, epoch) alone decides.

    So a run can be taken up in the middle of an epoch without replaying it.  What is left over after the last full
    batch is not seen in that epoch, and the last `hold_out` images of the data are never seen.  With `flip`, half of
    the images are mirrored left to right, others in each epoch.  What is not in memory is read in the background;
    `waited` is the time in seconds that was spent waiting for it.
    """

    def __init__(self, dataset: ImageDataset, batch_size: int, seed: int, flip: bool = False, hold_out: int = 0):
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
        self.waited = 0.0

    def __len__(self) -> int:
        """Batches per epoch."""
        return self.count // self.batch_size

    def epoch(self, number: int, start: int = 0) -> Iterator[Batch]:
        """The batches of one epoch, from batch `start` on."""
        rng = np.random.default_rng((self.seed, number))
        order = rng.permutation(self.count)
        mirrored = rng.random(len(order)) < 0.5

        def read(i: int) -> Batch:
            place = slice(i * self.batch_size, (i + 1) * self.batch_size)
            images = self.dataset.images[order[place]]
            if self.flip:
                images[mirrored[place]] = images[mirrored[place], :, ::-1]
            known = self.dataset.labels, self.dataset.attributes
            return Batch(images, *(None if x is None else x[order[place]] for x in known))

        numbers = range(start, len(self))
        in_memory = type(self.dataset.images) is np.ndarray  # waking a thread would take longer than the copy: 5 %
        batches = map(read, numbers) if in_memory else prefetch(read, numbers, WORKERS, DEPTH)
        while True:
            began = time.perf_counter()
            batch = next(batches, None)
            self.waited += time.perf_counter() - began
            if batch is None:
                return
            yield batch

"""The order in which images are seen."""

import time
from collections.abc import Iterator

import numpy as np

from ..errors import BadInput
from .ahead import ahead
from .dataset import ImageDataset

WORKERS, DEPTH = 2, 6  # threads that read, and batches that they read ahead of the training step


class Batches:
    """Batches of images, uint8 (batch, H, W, C), in an order that (seed, epoch) alone decides.

    So a run can be taken up in the middle of an epoch without replaying it.  What is left over after the last full
    batch is not seen in that epoch.  With `flip`, half of the images are mirrored left to right, others in each epoch.
    The batches are read in the background; `waited` is the time in seconds that was spent waiting for them.
    """

    def __init__(self, dataset: ImageDataset, batch_size: int, seed: int, flip: bool = False):
        if not 1 <= batch_size <= len(dataset):
            raise BadInput(
                f"expected a batch size from 1 to the {len(dataset)} images of {dataset.name}, got {batch_size}"
            )
        self.dataset, self.batch_size, self.seed, self.flip = dataset, batch_size, seed, flip
        self.waited = 0.0

    def __len__(self) -> int:
        """Batches per epoch."""
        return len(self.dataset) // self.batch_size

    def epoch(self, number: int, start: int = 0) -> Iterator[np.ndarray]:
        """The batches of one epoch, from batch `start` on."""
        rng = np.random.default_rng((self.seed, number))
        order = rng.permutation(len(self.dataset))
        mirrored = rng.random(len(order)) < 0.5 if self.flip else np.zeros(len(order), bool)

        def read(i: int) -> np.ndarray:
            place = slice(i * self.batch_size, (i + 1) * self.batch_size)
            images = self.dataset.images[order[place]]
            images[mirrored[place]] = images[mirrored[place], :, ::-1]
            return images

        batches = ahead(read, range(start, len(self)), WORKERS, DEPTH)
        while True:
            began = time.perf_counter()
            images = next(batches, None)
            self.waited += time.perf_counter() - began
            if images is None:
                return
            yield images

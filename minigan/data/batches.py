"""The order in which images are seen."""

from collections.abc import Iterator

import numpy as np

from ..errors import BadInput
from .dataset import ImageDataset


class Batches:
    """Batches of images, uint8 (batch, H, W, C), in an order that (seed, epoch) alone decides.

    So a run can be taken up in the middle of an epoch without replaying it.  What is left over after the last full
    batch is not seen in that epoch.
    """

    def __init__(self, dataset: ImageDataset, batch_size: int, seed: int):
        if not 1 <= batch_size <= len(dataset):
            raise BadInput(
                f"expected a batch size from 1 to the {len(dataset)} images of {dataset.name}, got {batch_size}"
            )
        self.dataset, self.batch_size, self.seed = dataset, batch_size, seed

    def __len__(self) -> int:
        """Batches per epoch."""
        return len(self.dataset) // self.batch_size

    def epoch(self, number: int, start: int = 0) -> Iterator[np.ndarray]:
        """The batches of one epoch, from batch `start` on."""
        order = np.random.default_rng((self.seed, number)).permutation(len(self.dataset))
        for i in range(start, len(self)):
            yield self.dataset.images[order[i * self.batch_size : (i + 1) * self.batch_size]]

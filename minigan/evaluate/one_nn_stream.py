"""The paper's test with as many samples as one likes: they are drawn and forgotten, in blocks of 50,000.

What is kept is the nearest sample of each test image so far: its distance and its label.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..archives import read_archive, write_archive
from ..errors import BadInput
from ..gan import Run, draw_samples
from .neighbours import nearest
from .one_nn import COUNT, test_digits

Load = Callable[[], Run]
FORMAT, VERSION = "minigan one-nn", 1
WHAT = "what minigan.evaluate --one-nn --out has written"


class ManySamples:
    """The errors of a 1-NN classifier on ever more samples of a run, kept in a file after each block.

    `drawn` is the number of samples so far, `errors` has the error, 0 … 1, after each block.  A file of the same run,
    seed and test images is continued, with the same result as if it had not been interrupted.  Raises BadInput for one
    of others, and as `one_nn` does.
    """

    def __init__(self, run: Run, path: Path, seed: int = 0, *, validation: bool = False):
        self.run, self.path, self.seed, self.block, self.validation = run, path, seed, COUNT, validation
        self.test, self.truth = test_digits(run.config, validation)
        weights = sum(float(np.abs(p.numpy()).sum(dtype=np.float64)) for p in run.sampling_generator.parameters())
        self.about = {"weights": repr(weights), "seed": seed, "validation": validation, "block": self.block}
        self.distances, self.labels = np.full(len(self.test), np.inf), np.zeros(len(self.test), np.int64)
        self.errors: list[float] = []
        if path.exists():
            self._continue()

    @property
    def drawn(self) -> int:
        """The number of samples so far."""
        return self.block * len(self.errors)

    def draw(self, count: int, mapping: Callable[..., Any] = map, load: Load | None = None) -> Iterator[float]:
        """Go on until there are `count` samples or more; yields the error after each block, which is then saved.

        `mapping`, like `map`, may compute blocks in other processes, which get the run by calling `load`.
        """
        blocks = range(len(self.errors), -(-count // self.block))
        work = partial(nearest_of_block, load or (lambda: self.run), self.validation, self.seed, self.block)
        for distances, labels in mapping(work, blocks):
            nearer = distances < self.distances
            self.distances[nearer], self.labels[nearer] = distances[nearer], labels[nearer]
            self.errors.append(float((self.labels != self.truth).mean()))
            arrays = {"distances": self.distances, "labels": self.labels, "errors": np.array(self.errors)}
            write_archive(self.path, {"format": FORMAT, "version": VERSION, **self.about}, arrays)
            yield self.errors[-1]

    def _continue(self) -> None:
        header, arrays = read_archive(self.path, FORMAT, (VERSION,), WHAT)
        for name, value in self.about.items():
            if header.get(name) != value:
                raise BadInput(f"{self.path}: begun with other {name}; choose another --out")
        try:
            distances, labels, errors = arrays["distances"], arrays["labels"], arrays["errors"]
            if distances.shape != self.distances.shape or labels.shape != self.labels.shape or errors.ndim != 1:
                raise ValueError(f"arrays of shapes {distances.shape}, {labels.shape} and {errors.shape}")
            if labels.dtype.kind not in "iu" or distances.min() < 0 or not ((errors >= 0) & (errors <= 1)).all():
                raise ValueError("numbers that are no labels, distances or errors")
        except (KeyError, ValueError) as error:
            raise BadInput(f"{self.path}: damaged: {error}; choose another --out") from error
        self.distances, self.labels = distances.astype(np.float64), labels.astype(np.int64)
        self.errors = [float(error) for error in errors]


def nearest_of_block(load: Load, validation: bool, seed: int, count: int, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each test image, the distance and the label of the nearest of `count` samples, drawn for this block."""
    run = load()
    test, _ = test_digits(run.config, validation)
    # The first block is that of `one_nn`.
    samples, drawn = draw_samples(run, count, seed if block == 0 else (seed, block))
    assert drawn is not None
    indices, distances = nearest(test, samples)
    return distances[:, 0], drawn[indices[:, 0]]

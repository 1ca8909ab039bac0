"""The paper's test of digits drawn by label (Radford et al. 2016, table 3): samples train a 1-NN classifier."""

from typing import NamedTuple

import numpy as np

from ..data import load_dataset, load_test_set
from ..errors import BadInput, Progress, quiet
from ..gan import Run, draw_samples
from .neighbours import one_nn_error

PAPER = {"GAN": 0.0628, "DCGAN": 0.0298}  # errors on the test set, from 50,000 samples; real digits: 0.031
COUNT = 50_000


class OneNN(NamedTuple):
    """The error, 0 … 1, on real digits of a classifier that has seen `trained_on` samples, and of one that has seen as
    many real digits; `tested` digits served as the test."""

    by_samples: float
    by_real: float
    trained_on: int
    tested: int


def one_nn(run: Run, seed: int = 0, *, validation: bool = False, progress: Progress = quiet) -> OneNN:
    """The test on the 10,000 digits of the test set, or with `validation` on the training digits that the run held out.

    Raises BadInput if the run does not draw digits by label, or has held out none.
    """
    if run.config.source != "mnist" or run.config.data_dir or not run.config.classes or run.config.image_size != 28:
        raise BadInput("--one-nn needs networks trained by: python -m minigan.train mnist --conditional")
    digits = load_dataset("mnist")
    assert digits.labels is not None
    held = run.config.hold_out
    if validation and not held:
        raise BadInput("--validation: this run was trained on all digits; train one with --hold-out 10000")
    images, labels = digits.images[: len(digits) - held], digits.labels[: len(digits) - held]
    if validation:
        test, truth = digits.images[-held:], digits.labels[-held:]
    else:
        test, truth = _test_set()
    count = min(COUNT, len(images))
    samples, drawn = draw_samples(run, count, seed)
    assert drawn is not None
    ours = one_nn_error(samples, drawn, test, truth, progress)
    by_real = one_nn_error(images[:count], labels[:count], test, truth, progress)
    return OneNN(ours, by_real, count, len(test))


def _test_set() -> tuple[np.ndarray, np.ndarray]:
    real = load_test_set("mnist", 28)
    assert real.labels is not None
    return real.images[:], real.labels

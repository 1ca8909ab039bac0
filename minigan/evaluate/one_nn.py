"""The paper's test of conditional samples (Radford et al. 2016, table 3): they train a 1-NN classifier of digits."""

from typing import NamedTuple

import numpy as np

from ..data import SOURCES, ImageDataset, load_dataset, load_test_set
from ..errors import BadInput, Progress, quiet
from ..gan import Config, Run, draw_samples
from .neighbours import one_nn_error

PAPER = {"GAN": 0.0628, "DCGAN": 0.0298}  # errors on the test set, with 50,000 samples; with real digits: 0.031
PAPER_MANY = 0.0148  # of DCGAN, with 10 million samples
COUNT = 50_000


class OneNN(NamedTuple):
    """Errors, 0 … 1, on `tested` real digits of two classifiers: one trained on `trained_on` samples, the other on as
    many real digits."""

    by_samples: float
    by_real: float
    trained_on: int
    tested: int


def one_nn(
    run: Run, seed: int = 0, *, validation: bool = False, blur: float = 0.0, progress: Progress = quiet
) -> OneNN:
    """Train 1-NN classifiers on samples of the run, and on real images, and test them on real images.

    Test images are the test set of the run's source or, with `validation`, the images that the run held out.  With
    `blur`, what the classifiers learn from is `blurred` so much; what they are tested on never is.  Raises BadInput if
    the run is not conditional, if its source has no test set with exactly one class per image, or, with `validation`,
    if the run held out no images.
    """
    digits, test_set = _real_sets(run.config)
    test, truth = _tested(digits, test_set, run.config, validation)
    assert digits.labels is not None
    kept = len(digits) - run.config.hold_out
    images, labels = digits.images[:kept], digits.labels[:kept]
    count = min(COUNT, len(images))
    samples, drawn = draw_samples(run, count, seed)
    assert drawn is not None
    by_samples = one_nn_error(blurred(samples, blur), drawn, test, truth, progress)
    by_real = one_nn_error(blurred(images[:count], blur), labels[:count], test, truth, progress)
    return OneNN(by_samples, by_real, count, len(test))


def blurred(images: np.ndarray, deviation: float) -> np.ndarray:
    """Bytes (N, H, W, C), convolved with a Gaussian of this standard deviation, in pixels; 0 leaves them as they are.

    Near an edge, the mean is over the pixels that there are.
    """
    if not deviation:
        return images
    n, high, wide, channels = images.shape
    down, across = (_gaussian_weights(side, deviation) for side in (high, wide))
    rows = down @ images.reshape(n, high, wide * channels).astype(np.float32)  # the same for all columns and channels
    both = across @ rows.reshape(n * high, wide, channels)
    return np.rint(both).astype(np.uint8).reshape(images.shape)


def _gaussian_weights(side: int, deviation: float) -> np.ndarray:
    """W (side, side): Σⱼ Wᵢⱼ xⱼ is the mean around i; each row sums up to 1."""
    distance = np.subtract.outer(np.arange(side), np.arange(side))
    with np.errstate(over="ignore"):  # then the weight is 0, as it should be
        weights = np.exp(-((distance / deviation) ** 2) / 2)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def test_digits(config: Config, validation: bool) -> tuple[np.ndarray, np.ndarray]:
    """The images to test with, bytes (N, H, W, C), and their labels (N,); raises BadInput as `one_nn` does."""
    return _tested(*_real_sets(config), config, validation)


def _tested(
    digits: ImageDataset, test_set: ImageDataset, config: Config, validation: bool
) -> tuple[np.ndarray, np.ndarray]:
    assert digits.labels is not None
    assert test_set.labels is not None
    if not validation:
        return test_set.images[:], test_set.labels
    if not config.hold_out:
        raise BadInput("--validation: this run was trained on all digits; train a run with --hold-out 10000")
    return digits.images[-config.hold_out :], digits.labels[-config.hold_out :]


def _real_sets(config: Config) -> tuple[ImageDataset, ImageDataset]:
    """The training images and the test set of a run, both with labels.  Raises BadInput if there are none.

    Sources with attributes are refused: there, images are not described by the label alone.
    """
    source = SOURCES.get(config.source)
    if config.classes and not config.data_dir and source and source.load_test:
        test = load_test_set(config.source, config.size)
        if test.labels is not None and test.attributes is None:
            return load_dataset(config.source, size=config.size), test
    raise BadInput(
        "--one-nn needs networks trained by a command such as: python -m minigan.train mnist --conditional "
        "(without --data-dir, on a source with a test set and exactly one class per image)"
    )

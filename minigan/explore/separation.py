"""How well a single number separates the images that show something from those that do not."""

from typing import NamedTuple

import numpy as np

from ..data import ImageDataset


class Separation(NamedTuple):
    """The number, of many, that separates best, for each of A questions: its index (A,), and its AUC (A,) on images
    that it was not chosen by."""

    best: np.ndarray
    auc: np.ndarray


def auc(values: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The area under the ROC curve of each of F numbers for each of A questions: float64 (A, F).

    It is the probability that the number of an image that shows it is greater than that of one that does not, where
    equal ones count half (Hanley & McNeil 1982): 1 and 0 separate all, 0.5 is chance.
    values (N, F), truth bool (N, A).  Raises ValueError if all images, or none, show something.
    """
    shows = truth.sum(axis=0, dtype=np.float64)
    pairs = shows * (len(truth) - shows)
    if not pairs.all():
        raise ValueError(f"expected images with and without each, got {shows.astype(int)} of {len(truth)} that show it")
    area = np.empty((truth.shape[1], values.shape[1]))
    for i, column in enumerate(values.T):
        _, positions, counts = np.unique(column, return_inverse=True, return_counts=True)
        ranks = (np.cumsum(counts) - 0.5 * (counts - 1))[positions]  # from 1 on; equal values share their mean rank
        area[:, i] = (truth.T @ ranks - 0.5 * shows * (shows + 1)) / pairs
    return area


def separate(values: np.ndarray, truth: np.ndarray, test_values: np.ndarray, test_truth: np.ndarray) -> Separation:
    """The best of F numbers for each question, chosen by the training images, and its AUC on the test images.

    If images without it have the greater numbers, again by the training images, 1 − AUC counts.  Arrays as for `auc`.
    """
    trained = auc(values, truth)
    best = np.abs(trained - 0.5).argmax(axis=1)
    questions = np.arange(len(best))
    found = np.array([auc(test_values[:, [unit]], test_truth[:, [i]])[0, 0] for i, unit in enumerate(best)])
    return Separation(best, np.where(trained[questions, best] < 0.5, 1.0 - found, found))


def questions(data: ImageDataset) -> tuple[list[str], np.ndarray]:
    """What can be asked about each image of a set, and the answers, bool (N, A): its attributes or, if it has none, is
    it of this class?  Raises BadInput for a set with neither.
    """
    if data.attributes is not None:
        return list(data.attribute_names), data.attributes.astype(bool)
    classes = data.classes()
    assert data.labels is not None
    return [str(name) for name in data.label_names or range(classes)], data.labels[:, None] == np.arange(classes)

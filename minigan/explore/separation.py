"""How well a single feature separates images that show an attribute, or a class, from those that do not."""

from typing import NamedTuple

import numpy as np

from ..data import ImageDataset


class Separation(NamedTuple):
    """For each of A questions, the feature that separates best: its index (A,), and its AUC (A,) on test images."""

    best: np.ndarray
    auc: np.ndarray


def auc(values: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The area under the ROC curve of each of F features for each of A questions: float64 (A, F).

    It is the probability that the feature is larger for a random positive image than for a random negative one; ties
    count as half (Hanley & McNeil 1982).  1 and 0 mean perfect separation, 0.5 is chance.  values are (N, F), truth is
    bool (N, A).  Raises ValueError if the answer to a question is the same for all images.
    """
    shows = truth.sum(axis=0, dtype=np.float64)
    pairs = shows * (len(truth) - shows)
    if not pairs.all():
        raise ValueError(f"expected images with and without each, got {shows.astype(int)} of {len(truth)} that show it")
    area = np.empty((truth.shape[1], values.shape[1]))
    for i, column in enumerate(values.T):
        _, positions, counts = np.unique(column, return_inverse=True, return_counts=True)
        ranks = (np.cumsum(counts) - 0.5 * (counts - 1))[positions]  # from 1 on; ties get their mean rank
        area[:, i] = (truth.T @ ranks - 0.5 * shows * (shows + 1)) / pairs
    return area


def separate(values: np.ndarray, truth: np.ndarray, test_values: np.ndarray, test_truth: np.ndarray) -> Separation:
    """The best of F features for each question, chosen on training images, and its AUC on test images.

    If the feature is smaller for positive training images, the result is 1 − AUC.  The arrays are as for `auc`.
    """
    trained = auc(values, truth)
    best = np.abs(trained - 0.5).argmax(axis=1)
    questions = np.arange(len(best))
    found = np.array([auc(test_values[:, [unit]], test_truth[:, [i]])[0, 0] for i, unit in enumerate(best)])
    return Separation(best, np.where(trained[questions, best] < 0.5, 1.0 - found, found))


def questions(data: ImageDataset) -> tuple[list[str], np.ndarray]:
    """Yes-or-no questions about each image of a data set, A names, and the answers, bool (N, A).

    A question is whether the image has an attribute or, for data without attributes, whether it is of a class.  Raises
    BadInput for data with neither.
    """
    if data.attributes is not None:
        return list(data.attribute_names), data.attributes.astype(bool)
    classes = data.classes()
    assert data.labels is not None
    return [str(name) for name in data.label_names or range(classes)], data.labels[:, None] == np.arange(classes)

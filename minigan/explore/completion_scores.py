"""Scores for completions of images whose original is known; and two simple baselines."""

import numpy as np

from ..data import ImageDataset
from ..data.dataset import Images
from ..errors import Progress, quiet
from ..evaluate.judges import Judge, judge_images, targets_of
from ..evaluate.neighbours import nearest
from .completion import overlay

CHUNK = 2000  # images that are summed at a time


def mean_image(images: Images) -> np.ndarray:
    """The mean of bytes (N, H, W, C), as bytes (H, W, C)."""
    count = images.shape[0]
    total = sum(images[i : i + CHUNK].sum(axis=0, dtype=np.float64) for i in range(0, count, CHUNK))
    return np.rint(total / count).astype(np.uint8)


def nearest_by_known(
    images: np.ndarray, known: np.ndarray, references: np.ndarray, progress: Progress = quiet
) -> np.ndarray:
    """For each image (N, H, W, C), the reference (R, H, W, C) that is nearest to it in its known pixels; all bytes.

    `known` is bool (N, H, W).
    """
    found = np.empty_like(images)
    masks, which = np.unique(known, axis=0, return_inverse=True)
    for number in progress(range(len(masks)), len(masks), "looking for the nearest training images"):
        chosen, mask = which.ravel() == number, masks[number]
        indices, _ = nearest(images[chosen][:, mask], references[:, mask])
        found[chosen] = references[indices[:, 0]]
    return found


def psnr(images: np.ndarray, fills: np.ndarray, where: np.ndarray) -> float:
    """The peak signal-to-noise ratio 10 log₁₀ (255² / mean squared error), in decibels, of bytes (N, H, W, C).

    The mean is over the pixels of all images where `where`, bool (N, H, W), is True; ∞ if they are equal.
    """
    difference = images[where].astype(np.float64) - fills[where]
    with np.errstate(divide="ignore"):
        return float(10.0 * np.log10(255.0**2 / np.mean(difference**2)))


def judge_accuracy(judge: Judge, images: np.ndarray, data: ImageDataset, device: str = "cpu") -> float:
    """The share, 0 … 1, of correct labels or attributes that the judge predicts from completions of the data's images.

    `images` (N, H, W, C) are completions of the first N images of `data`.  Raises ValueError for another size.
    """
    logits = judge_images(judge, images, device).logits
    targets = targets_of(judge, data)[: len(images)]
    return float(((logits.argmax(axis=1) if judge.exclusive else logits > 0) == targets).mean())


def compare(
    data: ImageDataset, known: np.ndarray, fillings: dict[str, np.ndarray], judge: Judge, device: str = "cpu"
) -> dict[str, tuple[float, float]]:
    """For each filling, by name: the PSNR in the hole, and `judge_accuracy`, of the data's first images.

    `known` is bool (N, H, W); each filling is bytes (N, H, W, C).
    """
    images = data.images[: len(known)]
    completed = {name: overlay(images, fill, known) for name, fill in fillings.items()}
    return {name: (psnr(images, x, ~known), judge_accuracy(judge, x, data, device)) for name, x in completed.items()}

"""How good completions are, where the truth is known; and two simple fillings to compare them with."""

import numpy as np

from ..data import ImageDataset
from ..data.dataset import Images
from ..errors import Progress, quiet
from ..evaluate.judges import Judge, judge_images, targets_of
from ..evaluate.neighbours import nearest
from .completion import overlay

CHUNK = 2000  # images that are added up at a time


def mean_image(images: Images) -> np.ndarray:
    """The mean of bytes (N, H, W, C), as bytes (H, W, C)."""
    count = images.shape[0]
    total = sum(images[i : i + CHUNK].sum(axis=0, dtype=np.float64) for i in range(0, count, CHUNK))
    return np.rint(total / count).astype(np.uint8)


def nearest_by_known(
    images: np.ndarray, known: np.ndarray, references: np.ndarray, progress: Progress = quiet
) -> np.ndarray:
    """For each image the reference that is nearest to it in the pixels that are known of it; all are bytes."""
    found = np.empty_like(images)
    masks, which = np.unique(known, axis=0, return_inverse=True)
    for number in progress(range(len(masks)), len(masks), "looking for the nearest training images"):
        chosen, mask = which.ravel() == number, masks[number]
        indices, _ = nearest(images[chosen][:, mask], references[:, mask])
        found[chosen] = references[indices[:, 0]]
    return found


def psnr(images: np.ndarray, fills: np.ndarray, where: np.ndarray) -> float:
    """10 log₁₀ (255² / mean squared difference), in decibels, of bytes (N, H, W, C).

    The mean is over the pixels of all images at which `where`, bool (N, H, W), is true; ∞ if nothing differs there.
    """
    difference = images[where].astype(np.float64) - fills[where]
    with np.errstate(divide="ignore"):
        return float(10.0 * np.log10(255.0**2 / np.mean(difference**2)))


def judge_accuracy(judge: Judge, images: np.ndarray, data: ImageDataset, device: str = "cpu") -> float:
    """The share of labels or attributes, of the data's first images, that the judge still sees in these, 0 … 1."""
    logits = judge_images(judge, images, device).logits
    truth = targets_of(judge, data)[: len(images)]
    return float(((logits.argmax(axis=1) if judge.exclusive else logits > 0) == truth).mean())


def compare(
    data: ImageDataset, known: np.ndarray, fillings: dict[str, np.ndarray], judge: Judge, device: str = "cpu"
) -> dict[str, tuple[float, float]]:
    """By filling: PSNR in the hole, and the share that the judge gets right, of the data's images filled that way."""
    images = data.images[: len(known)]
    completed = {name: overlay(images, fill, known) for name, fill in fillings.items()}
    return {name: (psnr(images, x, ~known), judge_accuracy(judge, x, data, device)) for name, x in completed.items()}

"""A turn vector (Radford et al. 2016, §6.3.2 and figure 8): a direction of z along which one thing changes.

It is the difference of two averages, of z's that show a concept and of others that do not.
"""

from typing import NamedTuple

import numpy as np

from ..errors import BadInput, Progress, quiet
from ..evaluate.judges import Judge, judge_images
from ..gan import Run
from .concepts import Pool


def direction(pool: Pool, concept: str, count: int, rng: np.random.Generator, instead: str | None = None) -> np.ndarray:
    """(mean z with the concept − mean z without it), of length 1: float32 (latent,).

    `count` z's are averaged on each side; those without it are partners, see `Pool.pairs`, or, if `instead` is given,
    z's that show that concept, and not the first.  Raises BadInput if it is unknown, or if too few
    samples show the one without the other.
    """
    if instead is None:
        positives, negatives = pool.pairs(concept, count, rng)
    else:
        a, b = pool.column(concept), pool.column(instead)
        if min((a & ~b).sum(), (b & ~a).sum()) < count:
            raise BadInput(f"too few samples show one of {concept} and {instead} alone; ask for fewer --exemplars")
        positives, negatives = (rng.choice(np.flatnonzero(alone), count, replace=False) for alone in (a & ~b, b & ~a))
    return unit(pool.z[positives].mean(axis=0) - pool.z[negatives].mean(axis=0))


def unit(vector: np.ndarray) -> np.ndarray:
    """The vector, of length 1."""
    return vector / np.linalg.norm(vector)


class TurnResult(NamedTuple):
    """`images`, bytes (strengths, N, S, S, C), and the mean `probabilities` (strengths, names) that the judge gives."""

    images: np.ndarray
    probabilities: np.ndarray


def turn(
    run: Run, judge: Judge, z: np.ndarray, along: np.ndarray, strengths: np.ndarray, progress: Progress = quiet
) -> TurnResult:
    """Decode z + strength · along for z (N, latent) and every strength."""
    images, probabilities = [], []
    for strength in progress(strengths, len(strengths), "turning"):
        images.append(run.draw((z + strength * along).astype(np.float32)))
        logits = judge_images(judge, images[-1], run.device).logits
        probabilities.append(to_probabilities(logits, judge.exclusive).mean(axis=0))
    return TurnResult(np.stack(images), np.stack(probabilities))


def to_probabilities(logits: np.ndarray, exclusive: bool) -> np.ndarray:
    """Softmax of logits (N, names) if an image shows one thing alone, else the sigmoid of each; float64."""
    logits = logits.astype(np.float64)
    if exclusive:
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)
    return 0.5 * (1.0 + np.tanh(0.5 * logits))  # exp would overflow

"""Turn vectors (Radford et al. 2016, §6.3.2 and figure 8): directions in z along which one concept changes.

A turn vector is the difference of two means: of z's that show a concept and of z's that do not.
"""

from typing import NamedTuple

import numpy as np

from ..errors import BadInput, Progress, quiet
from ..evaluate.judges import Judge, judge_images
from ..gan import Run
from .concepts import Pool


def direction(pool: Pool, concept: str, count: int, rng: np.random.Generator, instead: str | None = None) -> np.ndarray:
    """(mean z with the concept − mean z without it), normalised to length 1: float32 (latent,).

    Both means are over `count` z's.  Those without the concept are partners, see `Pool.pairs`; if `instead` is given,
    the means are of z's that show only `concept` and only `instead`.  Raises BadInput if a concept is unknown, or if
    too few samples show only one of the two.
    """
    if instead is None:
        positives, negatives = pool.pairs(concept, count, rng)
    else:
        a, b = pool.column(concept), pool.column(instead)
        if min((a & ~b).sum(), (b & ~a).sum()) < count:
            raise BadInput(f"too few samples show one of {concept} and {instead} alone; use fewer --exemplars")
        positives, negatives = (rng.choice(np.flatnonzero(alone), count, replace=False) for alone in (a & ~b, b & ~a))
    return unit(pool.z[positives].mean(axis=0) - pool.z[negatives].mean(axis=0))


def unit(vector: np.ndarray) -> np.ndarray:
    """The vector, normalised to length 1."""
    return vector / np.linalg.norm(vector)


class TurnResult(NamedTuple):
    """`images`, bytes (strengths, N, H, W, C), and the judge's mean `probabilities` (strengths, names) for them."""

    images: np.ndarray
    probabilities: np.ndarray


def turn(
    run: Run, judge: Judge, z: np.ndarray, along: np.ndarray, strengths: np.ndarray, progress: Progress = quiet
) -> TurnResult:
    """Draw images from z + strength · along, for z (N, latent), a direction (latent,) and every strength."""
    images, probabilities = [], []
    for strength in progress(strengths, len(strengths), "turning"):
        images.append(run.draw((z + strength * along).astype(np.float32)))
        logits = judge_images(judge, images[-1], run.device).logits
        probabilities.append(to_probabilities(logits, judge.exclusive).mean(axis=0))
    return TurnResult(np.stack(images), np.stack(probabilities))


def to_probabilities(logits: np.ndarray, exclusive: bool) -> np.ndarray:
    """Softmax of logits (N, names) if classes are exclusive, else the sigmoid of each logit: float64 (N, names)."""
    logits = logits.astype(np.float64)
    if exclusive:
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)
    return 0.5 * (1.0 + np.tanh(0.5 * logits))  # the sigmoid, without overflow of exp

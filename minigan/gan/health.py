"""Signs of how a training goes: measured in every step, and put into words at its end.

The losses alone do not show it: D's loss says whether D has won, but not whether G draws different images.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..arrays.backend import Array, namespace
from .losses import Loss

PAGE = "docs/health.md"
WAITS = -1.0  # in place of the norm of G's gradient, in steps in which only D learns
LAST = 0.2  # the share of the steps that is looked at, the last ones
EARLY = 200  # steps of G; in fewer, it has not learned enough to be judged
# Found on real trainings of each kind: the table in docs/health.md.
D_WINS = 0.005
COLLAPSED = 0.5
WORSE = 1.5


def variety(fake: Array, real: Array) -> Array:
    """How different generated images (N, H, W, C) are from each other, compared with real ones: of shape ().

    The mean distance of a generated image to the one most like it in its batch, divided by the same of real images:
    about 1 if G draws as many different images as there are, 0 if it draws one only.
    """
    tiny = 1e-6  # for real images that are all the same
    return (_nearest(fake) + tiny) / (_nearest(real) + tiny)


def _nearest(images: Array) -> Array:
    """The mean over the images of min ‖xᵢ − xⱼ‖, j ≠ i, by ‖xᵢ − xⱼ‖² = ‖xᵢ‖² + ‖xⱼ‖² − 2 xᵢ·xⱼ."""
    xp, flat = namespace(images), images.reshape(len(images), -1)
    squares = (flat * flat).sum(1)
    distances = squares[:, None] + squares - 2.0 * (flat @ flat.T)
    to_others = xp.where(xp.eye(len(flat), dtype=bool), xp.inf, distances)
    return xp.sqrt(xp.maximum(to_others.min(1), 0.0)).mean()


def loss_of_guessing(d_loss: float, loss: Loss) -> float | None:
    """D's loss as a share of what it would be if D guessed: 0 if it is always right; None for a loss without an end."""
    if (extent := loss.extent()) is None:
        return None
    least, guessing = extent
    return (d_loss - least) / (guessing - least)


class Health(NamedTuple):
    """What a training looks like: a `verdict` in a word or two, and a `sentence` that says why.

    `of_guessing` is D's loss, see `loss_of_guessing`, and `variety` that of G's images, both in the last steps and None
    where they are not known.
    """

    verdict: str
    sentence: str
    of_guessing: float | None = None
    variety: float | None = None

    def __str__(self) -> str:
        return f"{self.verdict[0].upper()}{self.verdict[1:]}: {self.sentence} ({PAGE})"


def health_of(metrics: Mapping[str, np.ndarray], loss: Loss, scores: Sequence[tuple[int, float]] = ()) -> Health:
    """What the metrics of a run look like, see `read_metrics`, in the last fifth of its steps.

    `scores` are pairs of epoch and Fréchet distance, if there are any.  The metrics of runs that were begun before
    there were a variety say nothing of collapse.
    """
    steps = int((metrics["g_grad"] != WAITS).sum()) if "g_grad" in metrics else len(metrics["step"])
    if steps < EARLY:
        return Health("too early", f"{steps} steps of G are too few to say how the training goes")
    last = slice(-round(LAST * len(metrics["step"])), None)
    found, of_guessing, variety = [], loss_of_guessing(float(np.mean(metrics["d_loss"][last])), loss), None
    if of_guessing is not None:
        found.append(f"D's loss is {of_guessing:.1%} of what it would be if D guessed")
    if "variety" in metrics:
        variety = float(np.mean(metrics["variety"][last]))
        found.append(f"G's images are {variety:.0%} as far from each other as real ones")
    verdict, sentence = "healthy", ", and ".join(found) or "nothing is known of who wins, with this loss"
    if of_guessing is not None and of_guessing < D_WINS:
        verdict, sentence = "D wins", found[0]
    elif variety is not None and variety < COLLAPSED:
        verdict, sentence = "collapse", found[-1]
    elif scores and scores[-1][1] > WORSE * (best := min(scores, key=lambda pair: pair[1]))[1]:
        verdict = "worse again"
        sentence = f"the Fréchet distance was lowest after epoch {best[0]}, and has grown since"
    return Health(verdict, sentence, of_guessing, variety)

"""Concepts in samples, detected by a judge, and pairs of z's with and without a concept (Radford et al. 2016, §6.3).

A concept is an attribute of faces, such as glasses, or a digit.
"""

from typing import NamedTuple

import numpy as np

from ..errors import BadInput, Progress, quiet
from ..evaluate.judges import Judge, judge_images
from ..gan import Run, draw_noise

MIN_SAMPLES, MAX_SAMPLES, BATCH = 4_000, 20_000, 500  # number of samples in a pool, and in a batch


def detect(judge: Judge, images: np.ndarray, device: str = "cpu") -> np.ndarray:
    """The concepts that the judge sees in images, bytes (N, H, W, C): bool (N, names); exactly one if exclusive.

    Raises ValueError for images of another size.
    """
    logits = judge_images(judge, images, device).logits
    if judge.exclusive:
        return logits.argmax(axis=1)[:, None] == np.arange(len(judge.names))
    return logits > 0


class Pool(NamedTuple):
    """Samples to choose exemplars from.

    z is (N, latent), their images are bytes (N, H, W, C), the concepts that they show are bool (N, names).
    """

    z: np.ndarray
    images: np.ndarray
    shows: np.ndarray
    names: list[str]

    def column(self, concept: str) -> np.ndarray:
        """Which samples show a concept: bool (N,).  Raises BadInput for an unknown concept."""
        check_known(concept, self.names)
        return self.shows[:, self.names.index(concept)]

    def pairs(self, concept: str, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Positions of `count` exemplars that show a concept, and of a partner without it for each: both (count,).

        A partner is drawn at random from the samples that agree with the exemplar in all other concepts, or in as many
        as possible: the partner of a smiling woman is another woman who does not smile.  Raises BadInput for an
        unknown concept.
        """
        has = self.column(concept)
        exemplars = rng.choice(np.flatnonzero(has), count, replace=False)
        without, others = np.flatnonzero(~has), np.delete(self.shows, self.names.index(concept), axis=1)
        partners = []
        for exemplar in exemplars:
            differing = (others[without] != others[exemplar]).sum(axis=1)
            partners.append(rng.choice(without[differing == differing.min()]))
        return exemplars, np.array(partners)


def draw_pool(
    run: Run, judge: Judge, concepts: list[str], count: int, rng: np.random.Generator, progress: Progress = quiet
) -> Pool:
    """Draw at least 4,000 samples, and up to 20,000 until `count` of them show each concept and `count` do not.

    Raises BadInput for an unknown concept, or if 20,000 samples are not enough.
    """
    for concept in concepts:
        check_known(concept, judge.names)
    wanted = [judge.names.index(concept) for concept in concepts]
    z, images, shows = [], [], []
    for drawn in progress(range(BATCH, MAX_SAMPLES + 1, BATCH), MIN_SAMPLES // BATCH, "drawing samples"):
        z.append(draw_noise(rng, BATCH, run.config.latent))
        images.append(run.draw(z[-1]))
        shows.append(detect(judge, images[-1], run.device))
        found = np.concatenate(shows)[:, wanted].sum(axis=0)
        if drawn >= MIN_SAMPLES and (np.minimum(found, drawn - found) >= count).all():
            return Pool(np.concatenate(z), np.concatenate(images), np.concatenate(shows), judge.names)
    rarest = int(np.minimum(found, MAX_SAMPLES - found).argmin())
    raise BadInput(
        f"of {MAX_SAMPLES} samples {found[rarest]} show {concepts[rarest]} and {MAX_SAMPLES - found[rarest]} do not, "
        f"expected {count} of each; use fewer --exemplars, or train the generator further"
    )


def check_known(concept: str, names: list[str]) -> None:
    """Raise BadInput unless the concept is one of the judge's names."""
    if concept not in names:
        raise BadInput(f"unknown concept {concept!r}; the judge knows: {', '.join(names)}")

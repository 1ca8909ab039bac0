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
    return detect_and_measure(judge, images, device)[0]


def detect_and_measure(judge: Judge, images: np.ndarray, device: str = "cpu") -> tuple[np.ndarray, np.ndarray]:
    """As `detect`; and how clear each concept is, (N, names): the logit that it is there.

    It is ln p / (1 − p) for the judge's probability p.  Raises ValueError for images of another size.
    """
    logits = judge_images(judge, images, device).logits.astype(np.float64)
    if not judge.exclusive:
        return logits > 0, logits
    others = np.where(np.eye(len(judge.names), dtype=bool), -np.inf, logits[:, None])  # (N, names, names)
    largest = others.max(axis=2)
    clarity = logits - largest - np.log(np.exp(others - largest[..., None]).sum(axis=2))
    return logits.argmax(axis=1)[:, None] == np.arange(len(judge.names)), clarity


class Pool(NamedTuple):
    """Samples to choose exemplars from.

    z is (N, latent), their images are bytes (N, H, W, C), the concepts that they show are bool (N, names), and how
    clearly, see `detect_and_measure`, is (N, names).
    """

    z: np.ndarray
    images: np.ndarray
    shows: np.ndarray
    clarity: np.ndarray
    names: list[str]

    def column(self, concept: str) -> np.ndarray:
        """Which samples show a concept: bool (N,).  Raises BadInput for an unknown concept."""
        check_known(concept, self.names)
        return self.shows[:, self.names.index(concept)]

    def pairs(
        self, concept: str, count: int, rng: np.random.Generator, clearest: float = 1.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Positions of `count` exemplars that show a concept, and of a partner without it for each: both (count,).

        Of the samples that show it, and of those that do not, only the share `clearest` is considered in which this is
        clearest, or `count` of them.  A partner is drawn at random from the samples that agree with the exemplar in all
        other concepts, or in as many as possible: the partner of a smiling woman is another woman who does not smile.
        Raises BadInput for an unknown concept.
        """
        has, clarity = self.column(concept), self.clarity[:, self.names.index(concept)]
        with_it, without = (
            np.sort(rows[np.argsort(-sign * clarity[rows])][: max(count, round(clearest * len(rows)))])
            for sign, rows in ((1, np.flatnonzero(has)), (-1, np.flatnonzero(~has)))
        )
        exemplars = rng.choice(with_it, count, replace=False)
        others = np.delete(self.shows, self.names.index(concept), axis=1)
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
    z, images = [], []
    shows: list[np.ndarray] = []
    clarity: list[np.ndarray] = []
    for drawn in progress(range(BATCH, MAX_SAMPLES + 1, BATCH), MIN_SAMPLES // BATCH, "drawing samples"):
        z.append(draw_noise(rng, BATCH, run.config.latent))
        images.append(run.draw(z[-1]))
        for parts, part in zip((shows, clarity), detect_and_measure(judge, images[-1], run.device)):
            parts.append(part)
        found = np.concatenate(shows)[:, wanted].sum(axis=0)
        if drawn >= MIN_SAMPLES and (np.minimum(found, drawn - found) >= count).all():
            all_z, all_images, all_shows, all_clarity = map(np.concatenate, (z, images, shows, clarity))
            return Pool(all_z, all_images, all_shows, all_clarity, judge.names)
    rarest = int(np.minimum(found, MAX_SAMPLES - found).argmin())
    raise BadInput(
        f"of {MAX_SAMPLES} samples {found[rarest]} show {concepts[rarest]} and {MAX_SAMPLES - found[rarest]} do not, "
        f"expected {count} of each; use fewer --exemplars, or train the generator further"
    )


def check_known(concept: str, names: list[str]) -> None:
    """Raise BadInput unless the concept is one of the judge's names."""
    if concept not in names:
        raise BadInput(f"unknown concept {concept!r}; the judge knows: {', '.join(names)}")

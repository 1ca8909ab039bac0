"""Vector arithmetic on concepts (Radford et al. 2016, §6.3.2): glasses + smile − hat, of averaged z's.

The paper's sum is "smiling woman − neutral woman + neutral man": a concept enters as a difference of two averages in
which all else is equal.  Here each term is such a difference:

    z = Σ ± (mean z of exemplars with the concept − mean z of their partners without it)

It starts from 0, the mean of all z.  The same sum on pixels starts from the mean image of all samples.
"""

import re
from typing import NamedTuple

import numpy as np

from ..data.dataset import rounded
from ..errors import BadInput
from .concepts import Pool, check_known

NOISE = 0.25  # the paper's: U(−0.25, 0.25) is added to z to draw the neighbourhood of a result
NEIGHBOURS = 8  # around it, in a square of 3×3


class Term(NamedTuple):
    """A concept, added (sign 1) or subtracted (−1)."""

    sign: int
    concept: str

    def __str__(self) -> str:
        return f"{'+' if self.sign > 0 else '−'} {self.concept}"


def parse(expression: str, names: list[str]) -> list[Term]:
    """The terms of an expression such as "glasses + smile - hat"; "long hair" is long_hair.

    Raises BadInput where it is not one, for a concept that is not in `names`, and for one that is both added and
    subtracted.
    """
    example = "expected concepts with + or - between them, such as " + repr(f"{names[0]} + {names[1]} - {names[2]}")
    if not expression.strip():
        raise BadInput(f"the expression is empty; {example}")
    for name in names:
        expression = re.sub(rf"\b{name.replace('_', ' +')}\b", name, expression)
    pieces = re.findall(r"[+−-]|[^\s+−-]+", expression)
    if pieces[0] not in "+−-":
        pieces = ["+", *pieces]
    terms = []
    for sign, concept in zip(pieces[::2], [*pieces[1::2], ""]):
        if sign not in "+−-":
            raise BadInput(f"{expression!r}: no + or - before {sign!r}; {example}")
        if not concept or concept in "+−-":
            raise BadInput(f"{expression!r}: no concept after {sign!r}; {example}")
        check_known(concept, names)
        terms.append(Term(1 if sign == "+" else -1, concept))
    both = {t.concept for t in terms if t.sign > 0} & {t.concept for t in terms if t.sign < 0}
    if both:
        raise BadInput(f"{expression!r}: {min(both)} is both added and subtracted; leave it out")
    return terms


def satisfies(shows: np.ndarray, terms: list[Term], names: list[str], exclusive: bool) -> np.ndarray:
    """Which images show what the terms ask for: bool (N,), of `shows` (N, names).

    Every concept that is added, and none that is subtracted.  An image of one digit cannot show two: there, any digit
    that is added will do.
    """
    added, subtracted = ([names.index(t.concept) for t in terms if t.sign == sign] for sign in (1, -1))
    wanted, refused = shows[:, added], shows[:, subtracted]
    enough = wanted.any(axis=1) if exclusive and added else wanted.all(axis=1)
    return np.logical_and(enough, ~refused.any(axis=1))


class Exemplars(NamedTuple):
    """Positions in a pool (draws, terms, count): exemplars of each term's concept, and their partners without it."""

    positives: np.ndarray
    negatives: np.ndarray


def choose_exemplars(pool: Pool, terms: list[Term], count: int, draws: int, rng: np.random.Generator) -> Exemplars:
    """`draws` independent choices of exemplars for every term; within a draw, those of one term are all different."""
    chosen = [[pool.pairs(term.concept, count, rng) for term in terms] for _ in range(draws)]
    positives, negatives = np.moveaxis(np.array(chosen), 2, 0)
    return Exemplars(positives, negatives)


def add_up(values: np.ndarray, terms: list[Term], exemplars: Exemplars, start: float | np.ndarray = 0.0) -> np.ndarray:
    """start + Σ ± (mean with − mean without) for each draw: values (N, …) of a pool → float32 (draws, …)."""
    total: np.ndarray = np.asarray(start, np.float32)
    for i, term in enumerate(terms):
        positives, negatives = (values[chosen[:, i]].mean(axis=1, dtype=np.float32) for chosen in exemplars)
        total = total + term.sign * (positives - negatives)
    return total


def add_means(values: np.ndarray, terms: list[Term], exemplars: Exemplars) -> np.ndarray:
    """Σ ± mean with, for each draw: the sum without partners, to compare; values (N, …) → float32 (draws, …)."""
    signs = np.array([term.sign for term in terms], np.float32)
    means = values[exemplars.positives].mean(axis=2, dtype=np.float32)
    return np.tensordot(signs, means, (0, 1))


def pixel_sum(images: np.ndarray, terms: list[Term], exemplars: Exemplars) -> np.ndarray:
    """The same sum on the images of a pool, bytes (N, S, S, C): bytes (draws, S, S, C), clipped."""
    start = images.mean(axis=0, dtype=np.float32)
    return rounded(add_up(images, terms, exemplars, start))


def neighbourhood(z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Eight z's around each of z (N, latent), U(−0.25, 0.25) away in every number: float32 (N, 8, latent)."""
    noise = rng.uniform(-NOISE, NOISE, (len(z), NEIGHBOURS, z.shape[1]))
    return z[:, None] + noise.astype(np.float32)

"""Vector arithmetic on concepts, with averaged z's (Radford et al. 2016, §6.3.2), such as glasses + smile − hat.

The paper computes "smiling woman − neutral woman + neutral man": a concept is the difference of two means that are
equal in everything else.  Here each term is such a difference:

    z = Σ ± (mean z of exemplars with the concept − mean z of their partners without it)

The sum starts from 0, the mean of all z.  The same sum on pixels starts from the mean image of all samples.
"""

import re
from typing import NamedTuple

import numpy as np

from ..data.dataset import rounded
from ..errors import BadInput
from .concepts import Pool, check_known

NOISE = 0.25  # as in the paper: U(−0.25, 0.25) is added to z for the neighbours of a result
NEIGHBOURS = 8  # shown around the result, in a 3×3 grid


class Term(NamedTuple):
    """A concept that is added (sign 1) or subtracted (sign −1)."""

    sign: int
    concept: str

    def __str__(self) -> str:
        return f"{'+' if self.sign > 0 else '−'} {self.concept}"


def parse(expression: str, names: list[str]) -> list[Term]:
    """The terms of an expression such as "glasses + smile - hat"; "long hair" means long_hair.

    Raises BadInput for a malformed expression, for a concept that is not in `names`, and for one that is both added
    and subtracted.

    Examples
    --------
    >>> from minigan.explore.arithmetic import parse
    >>> [str(term) for term in parse("glasses + smile - hat", ["glasses", "hat", "smile"])]
    ['+ glasses', '+ smile', '− hat']
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
    """Which images satisfy the terms: bool (N,), from `shows`, bool (N, names).

    They must show every added concept and no subtracted one.  If concepts are `exclusive` (digits), one of the added
    concepts is enough.
    """
    added, subtracted = ([names.index(t.concept) for t in terms if t.sign == sign] for sign in (1, -1))
    shows_added, shows_subtracted = shows[:, added], shows[:, subtracted]
    enough = shows_added.any(axis=1) if exclusive and added else shows_added.all(axis=1)
    return np.logical_and(enough, ~shows_subtracted.any(axis=1))


class Exemplars(NamedTuple):
    """Positions in a pool, both (draws, terms, count): exemplars with each term's concept, and partners without it."""

    positives: np.ndarray
    negatives: np.ndarray


def choose_exemplars(
    pool: Pool, terms: list[Term], count: int, draws: int, rng: np.random.Generator, clearest: float = 1.0
) -> Exemplars:
    """Draw `count` exemplars and partners for each term, `draws` times; within a draw, a term's exemplars differ.

    They are from the share `clearest` of the samples in which the concept is clearest, see `Pool.pairs`.  Raises
    BadInput for an unknown concept.
    """
    chosen = [[pool.pairs(term.concept, count, rng, clearest) for term in terms] for _ in range(draws)]
    positives, negatives = np.moveaxis(np.array(chosen), 2, 0)
    return Exemplars(positives, negatives)


def add_up(values: np.ndarray, terms: list[Term], exemplars: Exemplars, start: float | np.ndarray = 0.0) -> np.ndarray:
    """start + Σ ± (mean with − mean without) for each draw: values (N, …) of the pool → float32 (draws, …)."""
    total: np.ndarray = np.asarray(start, np.float32)
    for i, term in enumerate(terms):
        positives, negatives = (values[chosen[:, i]].mean(axis=1, dtype=np.float32) for chosen in exemplars)
        total = total + term.sign * (positives - negatives)
    return total


def add_means(values: np.ndarray, terms: list[Term], exemplars: Exemplars) -> np.ndarray:
    """Σ ± mean with, for each draw: the sum without partners, for comparison; values (N, …) → float32 (draws, …)."""
    signs = np.array([term.sign for term in terms], np.float32)
    means = values[exemplars.positives].mean(axis=2, dtype=np.float32)
    return np.tensordot(signs, means, (0, 1))


def pixel_sum(images: np.ndarray, terms: list[Term], exemplars: Exemplars) -> np.ndarray:
    """The same sum on pixels: images of the pool, bytes (N, H, W, C) → bytes (draws, H, W, C), clipped."""
    start = images.mean(axis=0, dtype=np.float32)
    return rounded(add_up(images, terms, exemplars, start))


def neighbourhood(z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Eight neighbours of each z (N, latent), with noise U(−0.25, 0.25) in every dimension: float32 (N, 8, latent)."""
    noise = rng.uniform(-NOISE, NOISE, (len(z), NEIGHBOURS, z.shape[1]))
    return z[:, None] + noise.astype(np.float32)

"""What an assignment is: its parts, each with a probe, and what is taken out of the package for it."""

import hashlib
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import BadInput
from .asking import Ask
from .hollow import Removed

STUBS = Path(__file__).with_name("stubs")
Probe = Callable[[Ask, np.random.Generator], None]
NAMES = tuple(f"a{number:02}" for number in range(1, 10)) + ("a10a", "a10b")


class Part(NamedTuple):
    """A part of an assignment, which is right or not.

    `probe(ask, rng)` asks the submission and raises `Wrong` if it is not right; what it asks, sizes included, is drawn
    from `rng`.  `why` says in one sentence why the part matters, `section` where to read about it, and `hints`
    help more and more.  `seconds` is the time that all of its answers together may take.
    """

    name: str
    points: int
    probe: Probe
    why: str
    section: str
    hints: Sequence[str]
    seconds: float = 10.0

    @classmethod
    def of(cls, probe: Probe, points: int, why: str, section: str, *hints: str, seconds: float = 10.0) -> "Part":
        """A part that has the name of its probe."""
        return cls(probe.__name__, points, probe, why, section, hints, seconds)


class Assignment(NamedTuple):
    """An assignment: its file is NAME.py; `removed` is emptied in the package, see `hollow`; 100 points in all.

    `version` is that of the probes: results of another version are graded again.
    """

    name: str
    title: str
    minutes: int
    functions: Sequence[str]  # that the student writes
    removed: Removed
    parts: Sequence[Part]
    version: int = 1
    trains: bool = True  # whether the training of a DCGAN uses what the student writes

    @property
    def file(self) -> str:
        return f"{self.name}.py"

    @property
    def stub(self) -> str:
        """The file that a student starts from."""
        return (STUBS / self.file).read_text("utf-8")

    @property
    def emptied_for(self) -> str:
        """How the error of an emptied function ends."""
        return f"assignment {self.name}, {self.title}"

    def part(self, name: str) -> Part:
        """The part of this name, or BadInput."""
        for part in self.parts:
            if part.name == name:
                return part
        raise BadInput(f"{self.name} has no part {name!r}; its parts: {', '.join(p.name for p in self.parts)}")


def find_assignment(name: str) -> Assignment:
    """The assignment of this name, or BadInput."""
    if name not in NAMES:
        raise BadInput(f"expected an assignment, one of {', '.join(NAMES)}; got {name!r}")
    return import_module(f"{__package__}.probes.{name}").ASSIGNMENT


def generator_for(seed: str, assignment: str, part: str) -> np.random.Generator:
    """The random numbers of a part: the same for every submission, and not to be guessed without the seed."""
    digest = hashlib.sha256(f"{seed}\0{assignment}\0{part}".encode()).digest()
    return np.random.default_rng(list(digest))


def draw_sizes(rng: np.random.Generator, count: int, low: int, high: int) -> list[int]:
    """Different sizes from `low` to `high`, both included: where two are equal, an exchange goes unnoticed."""
    return [int(n) for n in rng.choice(np.arange(low, high + 1), count, replace=False)]

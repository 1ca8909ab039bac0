"""Grading one submission: each part is asked by itself, and a process that dies or hangs costs the part that it ran."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import printable
from .asking import Ask, Asked, Start, Worker, Wrong
from .assignment import Assignment, Part, generator_for

MOST_TEXT = 2_000  # characters of a reason


class PartResult(NamedTuple):
    """How a part was graded: `reason` says what is wrong; it is empty where all of the points were earned."""

    name: str
    points: int
    earned: int
    reason: str

    @property
    def right(self) -> bool:
        return self.earned == self.points


def grade_parts(assignment: Assignment, start: Start, seed: str) -> list[PartResult]:
    """The results of all parts of the submission whose process `start` starts."""
    worker = Worker(start)
    try:
        return [grade_part(assignment, part, worker, seed) for part in assignment.parts]
    finally:
        worker.close()


def grade_part(assignment: Assignment, part: Part, worker: Asked, seed: str) -> PartResult:
    """The result of one part."""
    reason = ""
    try:
        part.probe(Ask(worker, part.seconds), generator_for(seed, assignment.name, part.name))
    except Wrong as wrong:
        reason = "\n".join(printable(line) for line in str(wrong)[:MOST_TEXT].splitlines()) or "wrong"
    except Exception as error:  # a probe that cannot cope with what came back must not end the grader
        reason = f"what came back could not be compared ({type(error).__name__}: {printable(error)[:MOST_TEXT]})"
    return PartResult(part.name, part.points, 0 if reason else part.points, reason)


def as_json(results: Sequence[PartResult]) -> list[dict[str, Any]]:
    """The results as they are written to files."""
    return [result._asdict() for result in results]

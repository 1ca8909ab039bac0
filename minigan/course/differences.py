"""What changed between two gradings of the same class."""

from collections.abc import Sequence
from typing import NamedTuple

from .results import Record


class Change(NamedTuple):
    """A student's total before and after (None: was not graded then), and the parts whose points differ."""

    student: str
    before: int | None
    after: int | None
    parts: dict[str, tuple[int, int]]


def changes(before: Sequence[Record], after: Sequence[Record]) -> list[Change]:
    """The students whose points differ, sorted."""
    old, new = ({record.student: record for record in records} for records in (before, after))
    found = []
    for student in sorted(old.keys() | new.keys()):
        a, b = old.get(student), new.get(student)
        earlier = {part.name: part.earned for part in a.parts} if a else {}
        later = {part.name: part.earned for part in b.parts} if b else {}
        names = [name for name in {**earlier, **later} if earlier.get(name, 0) != later.get(name, 0)]
        if names or not a or not b:
            parts = {name: (earlier.get(name, 0), later.get(name, 0)) for name in names}
            found.append(Change(student, a.total if a else None, b.total if b else None, parts))
    return found

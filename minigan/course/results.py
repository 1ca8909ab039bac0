"""The folder of results: a JSON file for each student, and `overrides.csv`, which a person writes.

A file holds what its grade depends on: the SHA-256 of the work and of the seed, and the version of the probes.  Where
these are the same, nothing needs to be graded again.
"""

import csv
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import BadInput
from ..files import write_text
from .assignment import Assignment
from .grading import PartResult, as_json
from .submissions import Submission

OVERRIDES = "overrides.csv"  # columns student, part, points, comment


class Record(NamedTuple):
    """How one student's work was graded; where nothing could be asked, `problem` says why, and no part is right."""

    student: str
    name: str
    assignment: str
    version: int
    seed: str  # its SHA-256
    sha256: str  # of the file
    problem: str
    parts: list[PartResult]
    structure: list[int]  # for comparing submissions, see `likeness.py`

    @property
    def total(self) -> int:
        return sum(part.earned for part in self.parts)

    def key(self) -> tuple[str, int, str, str]:
        """What the grade depends on."""
        return self.assignment, self.version, self.seed, self.sha256


def digest_of_seed(seed: str) -> str:
    """The SHA-256 of a seed: results tell whether it was the same one, not which."""
    return hashlib.sha256(seed.encode()).hexdigest()


def expected_key(submission: Submission, assignment: Assignment, seed: str) -> tuple[str, int, str, str]:
    """`Record.key` of a submission that has been graded."""
    work = hashlib.sha256(submission.data + submission.problem.encode()).hexdigest()
    return assignment.name, assignment.version, digest_of_seed(seed), work


def file_of(folder: Path, student: str) -> Path:
    """The file of a student's record, whatever characters the student's name has."""
    safe = re.sub(r"[^\w.-]", "_", student).lstrip(".")
    if safe != student or len(safe) > 100:
        safe = f"{safe[:80]}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"
    return folder / f"{safe}.json"


def write_record(folder: Path, record: Record) -> None:
    """Write the record, whole or not at all."""
    fields = {**record._asdict(), "total": record.total, "parts": as_json(record.parts)}
    write_text(file_of(folder, record.student), json.dumps(fields, indent=1, ensure_ascii=False) + "\n")


def read_record(path: Path) -> Record:
    """The record in a file, or BadInput."""
    try:
        fields: dict[str, Any] = json.loads(path.read_text("utf-8"))
        parts = [PartResult(**part) for part in fields.pop("parts")]
        fields.pop("total")
        fields["structure"] = [int(number) for number in fields["structure"]]
        return Record(**fields, parts=parts)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"{path}: damaged ({error}); `course grade` makes it anew") from error


def read_records(folder: Path) -> list[Record]:
    """All records of a folder, sorted by student, with the points of `overrides.csv`; BadInput if there are none."""
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder; expected the --out of `course grade`")
    records = sorted((read_record(path) for path in folder.glob("*.json")), key=lambda record: record.student)
    if not records:
        raise BadInput(f"{folder}: no results; expected the --out of `course grade`")
    if len(names := sorted({record.assignment for record in records})) > 1:
        raise BadInput(f"{folder}: results of several assignments: {', '.join(names)}; give each a folder of its own")
    changes = read_overrides(folder / OVERRIDES)
    points = {(record.student, part.name): part.points for record in records for part in record.parts}
    for (student, part), (given, _) in changes.items():
        if (student, part) not in points:
            raise BadInput(f"{folder / OVERRIDES}: no part {part!r} of student {student!r} was graded")
        if not 0 <= given <= points[student, part]:
            most = points[student, part]
            raise BadInput(f"{folder / OVERRIDES}: part {part} of {student}: expected 0 to {most} points, got {given}")
    return [overridden(record, changes) for record in records]


def overridden(record: Record, changes: Mapping[tuple[str, str], tuple[int, str]]) -> Record:
    """The record with the points that a person gave."""
    parts = []
    for part in record.parts:
        points, comment = changes.get((record.student, part.name), (part.earned, part.reason))
        parts.append(part._replace(earned=points, reason=comment))
    return record._replace(parts=parts)


def read_overrides(path: Path) -> dict[tuple[str, str], tuple[int, str]]:
    """(student, part) → (points, comment); nothing if there is no such file, BadInput if it cannot be understood."""
    if not path.exists():
        return {}
    changes: dict[tuple[str, str], tuple[int, str]] = {}
    expected = f"{path}: expected columns student, part, points, comment, with commas, and whole points"
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            if not {"student", "part", "points"} <= set(table.fieldnames or []):
                raise BadInput(f"{expected}; the first line is {','.join(table.fieldnames or [])!r}")
            for row in table:
                key = row["student"].strip(), (row["part"] or "").strip()
                if key in changes:
                    raise BadInput(f"{path}, line {table.line_num}: part {key[1]} of {key[0]} a second time")
                try:
                    changes[key] = int(row["points"]), row.get("comment") or ""
                except (ValueError, TypeError):
                    raise BadInput(f"{expected}; line {table.line_num} has {row['points']!r}") from None
    except (OSError, UnicodeDecodeError, AttributeError, csv.Error) as error:
        raise BadInput(f"{expected} ({error})") from error
    return changes

"""Grades as a learning platform wants them: CSV of our own, or the platform's own file with one column filled in."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from ..errors import BadInput
from .results import Record


def plain_table(records: Sequence[Record]) -> str:
    """CSV: student, name, total, a column for each part."""
    parts = [part.name for part in records[0].parts]
    rows = [["student", "name", "total", *parts]]
    rows += [[r.student, r.name, str(r.total), *(str(part.earned) for part in r.parts)] for r in records]
    return _text(rows)


def like_table(records: Sequence[Record], template: Path, column: str, out_of: float = 100.0) -> tuple[str, list[str]]:
    """The platform's CSV with this column filled in, and the students of whom it has no row.

    A row belongs to the student whose number stands alone in one of its cells, or after "Participant ", as in
    Moodle's.  Rows of others stay as they are.  Points are scaled so that 100 become `out_of`.
    Raises BadInput if there is no such column, or if two rows belong to one student or two students to one row.
    """
    header, rows = _read(template)
    if column not in header:
        raise BadInput(f"{template}: no column {column!r}; its columns: {', '.join(header)}")
    at, left = header.index(column), {record.student: record for record in records}
    for row in rows:
        cells = {cell.strip().removeprefix("Participant ").strip() for i, cell in enumerate(row) if i != at}
        matches = [student for student in {record.student for record in records} & cells]
        if len(matches) > 1:
            raise BadInput(f"{template}: a row belongs to several students: {', '.join(sorted(matches))}")
        if matches:
            record = left.pop(matches[0], None)
            if record is None:
                raise BadInput(f"{template}: several rows belong to student {matches[0]}")
            row += [""] * (at + 1 - len(row))
            row[at] = f"{record.total * out_of / 100:g}"
    return _text([header, *rows]), sorted(left)


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            header, *rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path}: cannot be read as CSV ({error})") from error
    except ValueError:
        raise BadInput(f"{path}: empty; expected the platform's table of grades") from None
    return header, rows


def _text(rows: Sequence[Sequence[str]]) -> str:
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(rows)
    return table.getvalue()

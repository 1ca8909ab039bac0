"""The training metrics of a run: a CSV file with one row per training step.

A run that was begun by an earlier version, with fewer metrics, goes on with those.
"""

import hashlib
import math
import os
from pathlib import Path

import numpy as np

from ..arrays.backend import namespace, to_host
from ..errors import Diverged
from ..files import write_text
from .training import METRICS, Report

HEADER = ("step", "epoch", *METRICS)
EARLIER = HEADER[:6]  # in files of earlier versions


class MetricsLog:
    """Gathers reports, fetches their numbers from the device together, and appends them to a CSV file.

    `digest()` is that of the whole file, for the checkpoint that follows; `notes` say what was wrong with the file of
    an interrupted run.
    """

    def __init__(self, path: Path, keep_until: int = 0, digest: str = ""):
        """Begin the file, or keep the rows of steps up to `keep_until` if it is there (a resumed run).

        Rows that are damaged are left out.  `digest` is that of the rows as they were written, if it is known.
        """
        self.path, self.notes = path, []
        self.waiting: list[Report] = []
        self.header, rows = read_rows(path) if keep_until else (HEADER, {})
        rows = {step: row for step, row in rows.items() if step <= keep_until}
        self.text = [",".join(self.header) + "\n", *(",".join(row) + "\n" for row in rows.values())]
        self.hash = hashlib.sha256("".join(self.text).encode())
        if lost := keep_until - len(rows):
            self.notes.append(f"{path}: {lost} of the {keep_until} rows were missing or damaged, and are left out")
        elif digest and digest != self.digest():
            self.notes.append(f"{path}: numbers were changed since they were written; they are kept as they are")
        write_text(path, "".join(self.text))
        self.size = path.stat().st_size

    def add(self, report: Report) -> None:
        """Store a report until the next `flush`; nothing is copied from the device yet."""
        self.waiting.append(report)

    def flush(self) -> dict[str, float]:
        """Append the stored reports to the file and return the mean of each metric; {} if there are none.

        All values are copied from the device in one transfer.  Raises Diverged, with the step, if a value is not
        finite; the row of that step and later ones are not written.  Raises OSError if the file cannot be written.
        """
        if not self.waiting:
            return {}
        reports, self.waiting = self.waiting, []
        xp = namespace(reports[0].values[0])
        values = to_host(xp.stack([xp.stack(report.values) for report in reports]))
        bad = [i for i, row in enumerate(values) if not np.isfinite(row).all()]
        good = len(reports) if not bad else bad[0]
        rows = [
            f"{report.step},{report.epoch}," + ",".join(f"{value:.9g}" for value in row[: len(self.header) - 2]) + "\n"
            for report, row in zip(reports[:good], values)
        ]
        self._append("".join(rows))
        if bad:
            names = [name for name, value in zip(METRICS, values[good]) if not math.isfinite(value)]
            verb = "is" if len(names) == 1 else "are"
            raise Diverged(f"{' and '.join(names)} {verb} not finite at step {reports[good].step}")
        return {name: float(values[:, i].mean()) for i, name in enumerate(METRICS)}

    def digest(self) -> str:
        """The SHA-256 of all that was written."""
        return self.hash.hexdigest()

    def _append(self, text: str) -> None:
        self.text.append(text)
        self.hash.update(text.encode())
        if not self.path.exists() or self.path.stat().st_size != self.size:  # removed or changed meanwhile
            write_text(self.path, "".join(self.text))
        else:
            try:
                with open(self.path, "a", encoding="utf-8", newline="") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())  # never behind the checkpoint that follows
            except OSError as error:
                raise OSError(error.errno, error.strerror, str(self.path)) from error
        self.size += len(text.encode())


def read_rows(path: Path) -> tuple[tuple[str, ...], dict[int, list[str]]]:
    """The columns of a metrics file, HEADER or those of an earlier version, and its rows by their step.

    Rows that are cut off, damaged, or out of order are left out.
    """
    lines = path.read_text("utf-8", errors="replace").split("\n") if path.exists() else [""]
    header = EARLIER if lines[0] == ",".join(EARLIER) else HEADER
    rows: dict[int, list[str]] = {}
    last = 0
    for line in lines[1:-1]:  # what follows the last line break is cut off, or empty
        row = line.split(",")
        try:
            step, _, *values = (float(cell) for cell in row)
        except ValueError:
            continue
        if len(row) == len(header) and row[0].isdecimal() and step > last and np.isfinite(values).all():
            last = int(step)
            rows[last] = row
    return header, rows


def read_metrics(path: Path) -> dict[str, np.ndarray]:
    """A metrics file as one array (steps,) per column, by name: step, epoch, and METRICS; without its damaged rows."""
    header, rows = read_rows(path)
    columns = np.array(list(rows.values()), dtype=np.float64).reshape(-1, len(header)).T
    return dict(zip(header, columns))

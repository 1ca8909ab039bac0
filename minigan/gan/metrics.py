"""The metrics of a run, as a CSV file with one row per training step."""

import math
import os
from pathlib import Path

import numpy as np

from ..arrays.backend import namespace, to_host
from ..errors import BadInput, Diverged
from ..files import write_csv
from .training import METRICS, Report

HEADER = ("step", "epoch", *METRICS)


class MetricsLog:
    """Gathers reports, fetches their numbers from the device together, and appends them to a CSV file."""

    def __init__(self, path: Path, keep_until: int = 0):
        """Begin the file, or keep the rows of steps up to `keep_until` if it is there (a resumed run)."""
        self.path = path
        self.waiting: list[Report] = []
        rows = read_rows(path)[:keep_until] if keep_until else []
        if [row[0] for row in rows] != [str(step) for step in range(1, keep_until + 1)]:
            raise BadInput(f"{path}: expected a row for each of {keep_until} steps; the file was changed or lost rows")
        try:
            np.array(rows, dtype=np.float64).reshape(-1, len(HEADER))
        except ValueError as error:
            raise BadInput(f"{path}: expected {len(HEADER)} numbers in each row ({error})") from error
        write_csv(path, HEADER, rows)

    def add(self, report: Report) -> None:
        """Keep a report until the next `flush`; nothing is read from the device yet."""
        self.waiting.append(report)

    def flush(self) -> dict[str, float]:
        """Fetch what is waiting, in one transfer, append it to the file, and return the means.

        Raises Diverged, naming the step, if a number is not finite; that row and the later ones are not written.
        """
        if not self.waiting:
            return {}
        reports, self.waiting = self.waiting, []
        xp = namespace(reports[0].values[0])
        values = to_host(xp.stack([xp.stack(report.values) for report in reports]))
        bad = [i for i, row in enumerate(values) if not np.isfinite(row).all()]
        good = len(reports) if not bad else bad[0]
        with open(self.path, "a") as file:
            for report, row in zip(reports[:good], values):
                file.write(f"{report.step},{report.epoch}," + ",".join(f"{value:.9g}" for value in row) + "\n")
            file.flush()
            os.fsync(file.fileno())  # never behind the checkpoint that follows
        if bad:
            names = [name for name, value in zip(METRICS, values[good]) if not math.isfinite(value)]
            raise Diverged(f"{' and '.join(names)} not finite at step {reports[good].step}")
        return {name: float(values[:, i].mean()) for i, name in enumerate(METRICS)}


def read_rows(path: Path) -> list[list[str]]:
    """The complete rows of a metrics file, without its header; one cut off while it was written is left out."""
    lines = path.read_text("utf-8").split("\n") if path.exists() else []
    return [line.split(",") for line in lines[1:-1]]  # what follows the last line break is cut off, or empty


def read_metrics(path: Path) -> dict[str, np.ndarray]:
    """A metrics file as one array per column."""
    columns = np.array(read_rows(path), dtype=np.float64).reshape(-1, len(HEADER)).T
    return dict(zip(HEADER, columns))

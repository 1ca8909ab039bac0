"""Trials: a network trained and scored by the commands that anybody would type, and what they left behind."""

import csv
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from minigan.commands.run_folder import RunFolder

SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Trial:
    """A training by `minigan.train` and its scores by `minigan.evaluate`, kept in folders of their own below `root`.

    What is there already is not done again, so an interrupted series goes on where it was.
    """

    arguments: tuple[str, ...]  # of minigan.train
    root: Path

    @property
    def name(self) -> str:
        """All of the arguments: another training is never taken for this one."""
        return " ".join(self.arguments).replace(" --", "_").replace(" ", "-")

    @property
    def run(self) -> RunFolder:
        return RunFolder(self.root / self.name)

    @property
    def scores_folder(self) -> Path:
        return self.root / f"{self.name}-scores"

    def do(self) -> None:
        """Train and score, as far as that is not done."""
        if not (self.run.gif.exists() and self.run.curves.exists()):  # what a run writes last
            interrupted = self.run.checkpoint.exists()
            where = "--resume" if interrupted else "--out"
            began = time.monotonic()
            command("minigan.train", *self.arguments, where, str(self.run.path))
            seconds = "" if interrupted else f"{time.monotonic() - began:.0f}"  # of one that was cut in two: unknown
            (self.run.path / "seconds").write_text(seconds)
        if not (self.scores_folder / "scores.csv").exists():
            command("minigan.evaluate", str(self.run.path), "--out", str(self.scores_folder))

    def scores(self) -> dict[str, float]:
        """The scores by name, see docs/evaluate.md."""
        with open(self.scores_folder / "scores.csv", encoding="utf-8", newline="") as file:
            return {row["score"]: float(row["value"]) for row in csv.DictReader(file)}

    def seconds(self) -> float | None:
        """How long the training took; None if it was interrupted."""
        text = (self.run.path / "seconds").read_text()
        return float(text) if text else None


def command(module: str, *arguments: str) -> None:
    """Run a command of the package, in a process of its own; raises CalledProcessError if it fails."""
    print(f"$ python -m {module} {' '.join(arguments)}", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", module, *arguments], check=True, stdout=subprocess.DEVNULL)


def over_seeds(arguments: tuple[str, ...], root: Path) -> list[Trial]:
    """The same trial with each of SEEDS."""
    return [Trial((*arguments, "--seed", str(seed)), root) for seed in SEEDS]


def spread(values: list[float], form: str = ".1f") -> str:
    """The mean, and the least and the greatest: "41.2 (38.9–44.0)"."""
    mean = sum(values) / len(values)
    return f"{mean:{form}} ({min(values):{form}}–{max(values):{form}})"

"""Trials: networks trained and scored by the commands of the package, and the files that these wrote."""

import csv
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from minigan.commands.run_folder import RunFolder
from minigan.commands.spread import Map
from minigan.evaluate.scores import Reference
from minigan.gan import draw_samples, load_run
from minigan.group import environment_alone

T = TypeVar("T")

SEEDS = (0, 1, 2)
mapping: Map = map  # set by make.py


@dataclass(frozen=True)
class Trial:
    """A training by `minigan.train` and its scores by `minigan.evaluate`, each in its own folder below `root`.

    Only what is missing is run, so an interrupted series continues where it stopped.
    """

    arguments: tuple[str, ...]  # of minigan.train
    root: Path

    @property
    def name(self) -> str:
        """The name of its folder: all of the arguments, so that different trainings have different folders."""
        return " ".join(self.arguments).replace(" --", "_").replace(" ", "-")

    @property
    def run(self) -> RunFolder:
        return RunFolder(self.root / self.name)

    @property
    def scores_folder(self) -> Path:
        return self.root / f"{self.name}-scores"

    def train_missing(self) -> None:
        """Train, unless the run is there already and complete."""
        if not (self.run.gif.exists() and self.run.curves.exists()):  # what a run writes last
            interrupted = self.run.checkpoint.exists()
            option = "--resume" if interrupted else "--out"
            start = time.monotonic()
            command("minigan.train", *self.arguments, option, str(self.run.path))
            seconds = "" if interrupted else f"{time.monotonic() - start:.0f}"  # not known if it was interrupted
            (self.run.path / "seconds").write_text(seconds)

    def run_missing(self) -> None:
        """Train and score, unless the files are there already."""
        self.train_missing()
        if not (self.scores_folder / "scores.csv").exists():
            command("minigan.evaluate", str(self.run.path), "--out", str(self.scores_folder))

    def frechet(self) -> float:
        """Train what is missing; the Fréchet distance as `minigan.evaluate` computes it, without the other scores."""
        self.train_missing()
        run = load_run(self.run.checkpoint)
        reference = Reference(run.config)
        samples, _ = draw_samples(run, reference.count, seed=0)
        return reference.distance(samples)

    def scores(self) -> dict[str, float]:
        """The scores by name, see docs/evaluate.md."""
        with open(self.scores_folder / "scores.csv", encoding="utf-8", newline="") as file:
            return {row["score"]: float(row["value"]) for row in csv.DictReader(file)}

    def seconds(self) -> float | None:
        """How long the training took; None if it was interrupted."""
        text = (self.run.path / "seconds").read_text()
        return float(text) if text else None


def command(module: str, *arguments: str) -> None:
    """Run a command of the package in a new process; raises CalledProcessError if it fails."""
    print(f"$ python -m {module} {' '.join(arguments)}", file=sys.stderr, flush=True)
    command_line = [sys.executable, "-m", module, *arguments]
    subprocess.run(command_line, check=True, stdout=subprocess.DEVNULL, env=environment_alone())


def each(job: Callable[[Trial], T], trials: Iterable[Trial]) -> Iterator[tuple[Trial, T]]:
    """Do this with each of the trials, with `mapping`: one after the other, or spread over processes; each in turn."""
    trials = list(trials)
    return zip(trials, mapping(job, trials))


def run_all(trials: Iterable[Trial]) -> None:
    """Run what is missing of these."""
    for _ in each(Trial.run_missing, trials):
        pass


def over_seeds(arguments: tuple[str, ...], root: Path) -> list[Trial]:
    """The same trial with each of SEEDS."""
    return [Trial((*arguments, "--seed", str(seed)), root) for seed in SEEDS]


def spread(values: list[float], number_format: str = ".1f") -> str:
    """The mean, the minimum and the maximum as text: "41.2 (38.9–44.0)"."""
    mean = sum(values) / len(values)
    return f"{mean:{number_format}} ({min(values):{number_format}}–{max(values):{number_format}})"

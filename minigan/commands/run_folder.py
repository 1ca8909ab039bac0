"""The folder of a run: the names of its files, and writing them."""

import json
import sys
from math import isfinite
from pathlib import Path
from typing import TypeVar

import numpy as np

from ..errors import BadInput
from ..files import digest_of, remove_unfinished, write_csv, write_text
from ..gan import Config, MetricsLog, Run, draw_samples, load_run, read_metrics, save_run
from ..gan.builder import Builder
from ..gan.health import Health, health_of
from ..show import image_grid, load_picture, save_gif, save_png, save_training_curves
from .folder_lock import FolderLock

T = TypeVar("T")
SAMPLES = 64  # images in a sample grid
FRAMES = 60  # of the GIF, at most
COLUMNS = 16  # with more classes than this, a class has no column


class RunFolder:
    """config.json, metrics.csv, scores.csv, checkpoint.npz, samples/epoch_*.png, samples.gif, curves.png.

    And best.npz, the checkpoint with the lowest score, if there are scores; history.json, if settings were changed on
    the way or the run began with the weights of another one; model.py, a copy of what built the networks, if they are
    the user's own; pictures.json, which says of what step the pictures are that were drawn at the end; and lock, which
    keeps other processes away.
    """

    def __init__(self, path: Path):
        self.path = path
        self.checkpoint, self.curves, self.gif = path / "checkpoint.npz", path / "curves.png", path / "samples.gif"
        self.metrics, self.samples = path / "metrics.csv", path / "samples"
        self.scores, self.best = path / "scores.csv", path / "best.npz"
        self.model, self.config, self.pictures = path / "model.py", path / "config.json", path / "pictures.json"
        self.history = path / "history.json"
        self.lock: FolderLock | None = None

    def take(self) -> None:
        """Lock the folder, and clear away what a killed process left unfinished; BadInput if another one writes there.

        Says on stderr if the file system has no locks.
        """
        self.lock = FolderLock(self.path)
        if not self.lock.works:
            print(f"{self.path}: cannot be locked here; let only one process train in it", file=sys.stderr)
        for folder in (self.path, self.samples):
            remove_unfinished(folder)

    def release(self) -> None:
        """Let other processes write here."""
        if self.lock is not None:
            self.lock.release()

    def begin(self, run: Run) -> MetricsLog:
        """Write config.json and model.py, and open metrics.csv; its rows after step `run.step` are removed."""
        self.samples.mkdir(exist_ok=True)
        self._complete_best(run)
        if run.history:  # first: without it, a run that is stopped now would begin anew from random weights
            write_text(self.history, json.dumps(run.history, indent=2) + "\n")
        else:
            self.history.unlink(missing_ok=True)
        write_text(self.config, json.dumps(run.config.to_dict(), indent=2) + "\n")
        if run.builder.source:
            write_text(self.model, run.builder.source)
        return MetricsLog(self.metrics, run.step, run.metrics_digest)

    def _complete_best(self, run: Run) -> None:
        """Write best.npz if this checkpoint is the best one, and the run was stopped before it was written as such."""
        scores = [(distance, epoch) for epoch, distance in self.read_scores() if epoch <= run.epoch]
        if not scores or min(scores)[1] != run.epoch or run.batch:
            return
        try:
            known = load_run(self.best, networks=run.builder).epoch
        except BadInput:
            known = -1
        if known != run.epoch:
            save_run(self.best, run)

    def save(self, run: Run, log: MetricsLog, best: bool = False) -> None:
        """Write metrics and checkpoint, in this order: if a metric is not finite, no checkpoint may be written.

        If it is the `best` so far, it is written as such too; `begin` does so if the run is stopped in between.
        """
        log.flush()
        run.metrics_digest = log.digest()
        save_run(self.checkpoint, run)
        if best:
            save_run(self.best, run)

    def load(self, device: str, networks: Builder | None) -> Run:
        """The run of the checkpoint; of config.json, at its start, if it was stopped before the first checkpoint."""
        if self.checkpoint.exists() or not self.config.exists():
            return load_run(self.checkpoint, device, to_train=True, networks=networks)
        if self.history.exists():
            raise BadInput(f"{self.path}: stopped before its first checkpoint; start it again, in a new folder")
        try:
            return Run(Config.from_dict(json.loads(self.config.read_text("utf-8"))), device, networks)
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise BadInput(f"{self.config}: not the configuration of a run ({error}); start a new one") from error

    def save_samples(self, run: Run) -> None:
        """Write the grid of the run's fixed noise; the same z at every epoch."""
        images, _ = draw_samples(run, self._grid_size(run), seed=(run.config.seed, 0, 1))
        save_png(self._grid_of(run.epoch), image_grid(images, class_columns(run)))

    def _grid_of(self, epoch: int) -> Path:
        return self.samples / f"epoch_{epoch:03d}.png"

    def _grid_size(self, run: Run) -> int:
        columns = class_columns(run) or 1
        return -(-SAMPLES // columns) * columns  # whole rows

    def is_complete(self, run: Run) -> bool:
        """Whether the pictures are those that were drawn at the end of this run, at this step."""
        try:
            return json.loads(self.pictures.read_text("utf-8")) == self._pictures_now(run)
        except (OSError, ValueError):
            return False

    def _pictures_now(self, run: Run) -> dict:
        return {"step": run.step, "sha256": {path.name: digest_of(path) for path in (self.gif, self.curves)}}

    def log_score(self, run: Run, distance: float) -> bool:
        """Add the Fréchet distance of the current epoch to scores.csv; rows of later epochs are removed.

        Returns whether it is lower than all before.
        """
        earlier = [(epoch, score) for epoch, score in self.read_scores() if epoch < run.epoch]
        rows = [(epoch, f"{score:.6g}") for epoch, score in [*earlier, (run.epoch, distance)]]
        write_csv(self.scores, ("epoch", "frechet"), rows)
        return all(distance < score for _, score in earlier)

    def read_scores(self) -> list[tuple[int, float]]:
        """Epochs and Fréchet distances, if the run was scored during training; without rows that are damaged."""
        text = self.scores.read_text("utf-8", errors="replace") if self.scores.exists() else ""
        scores = []
        for line in text.splitlines()[1:]:
            try:
                epoch, distance = line.split(",")
                scores.append((int(epoch), float(distance)))
            except ValueError:
                continue
        return [(epoch, distance) for epoch, distance in scores if isfinite(distance)]

    def health(self, run: Run) -> Health:
        """What the training looks like by its metrics and scores, since its loss was changed if it was."""
        changes = [e["step"] for e in run.history if {"loss", "smoothing"} & e.get("now", {}).keys()]
        metrics = read_metrics(self.metrics)
        since = metrics["step"] > max(changes, default=0)
        return health_of({name: x[since] for name, x in metrics.items()}, run.game.loss, self.read_scores())

    def save_summary(self, run: Run, floor: float) -> list[str]:
        """Write the curves and the GIF of the sample grids; `floor` is the Fréchet distance between real images.

        A grid of this epoch that is damaged is drawn again; returns a sentence for each other one that is left out.
        """
        metrics, caption = read_metrics(self.metrics), str(self.health(run))
        save_training_curves(self.curves, metrics, self.read_scores(), floor, caption)
        grids, left_out = self._readable_grids(run)
        save_gif(self.gif, [load_picture(path) for path in thinned(grids, FRAMES)])
        write_text(self.pictures, json.dumps(self._pictures_now(run), indent=2) + "\n")
        return left_out

    def _readable_grids(self, run: Run) -> tuple[list[Path], list[str]]:
        """The sample grids, and what is wrong with those that are damaged, of another size, or missing."""
        good, bad = [], []
        images = np.zeros((self._grid_size(run), *run.config.shape), np.uint8)
        shape = image_grid(images, class_columns(run)).shape
        every = range(0, run.epoch + 1, run.config.sample_every)
        for path in sorted(
            {*self.sample_files(), *(self.samples / f"epoch_{n:03d}.png" for n in every)}, key=_in_order
        ):
            try:
                found = load_picture(path).shape
                problem = "" if found == shape else f"of {found[1]}×{found[0]} pixels, not {shape[1]}×{shape[0]}"
            except (OSError, ValueError) as error:
                problem = getattr(error, "strerror", None) or "damaged"
            if problem and path == self._grid_of(run.epoch):
                self.save_samples(run)
                problem = ""
            bad += [f"{path}: {problem}; it is left out of {self.gif.name}"] if problem else []
            good += [] if problem else [path]
        return good, bad

    def sample_files(self) -> list[Path]:
        """The sample grids, the first epoch first."""
        return sorted(self.samples.glob("epoch_*.png"), key=_in_order)


def _in_order(path: Path) -> tuple[int, str]:
    return len(path.name), path.name


def thinned(items: list[T], most: int) -> list[T]:
    """At most so many of the items, evenly spread, the first and the last among them."""
    count = min(len(items), most)
    return [items[round(i * (len(items) - 1) / max(count - 1, 1))] for i in range(count)]


def class_columns(run: Run) -> int | None:
    """The number of classes if each has its own column; None without classes, or if there are too many."""
    return run.config.classes if 1 < run.config.classes <= COLUMNS else None


def existing_folder(path: Path) -> RunFolder:
    """The folder of a run to resume, from its path or that of its checkpoint.  Raises BadInput for other paths."""
    if path.is_dir():
        return RunFolder(path)
    if not path.exists():
        raise BadInput(f"{path}: nothing to resume; expected the folder of a run, or its checkpoint.npz")
    if path.name != "checkpoint.npz":
        raise BadInput(f"{path}: expected the folder of a run, or the checkpoint.npz in it")
    return RunFolder(path.parent)

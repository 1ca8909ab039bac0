"""The folder of a run: the files that training writes, and their names."""

import json
from pathlib import Path

import numpy as np

from ..errors import BadInput
from ..files import try_writing, write_csv, write_text
from ..gan import MetricsLog, Run, draw_samples, read_metrics, save_run
from ..show import image_grid, load_picture, save_gif, save_png, save_score_curve, save_training_curves

SAMPLES = 64  # images in a sample grid
COLUMNS = 16  # with more classes than this, a class has no column


class RunFolder:
    """config.json, metrics.csv, scores.csv, checkpoint.npz, samples/epoch_*.png, samples.gif, curves.png.

    And model.py, a copy of what built the networks, if they are the user's own.
    """

    def __init__(self, path: Path):
        self.path = path
        self.checkpoint, self.curves, self.gif = path / "checkpoint.npz", path / "curves.png", path / "samples.gif"
        self.metrics, self.samples = path / "metrics.csv", path / "samples"
        self.scores, self.scores_curve = path / "scores.csv", path / "scores.png"
        self.model = path / "model.py"

    def begin(self, run: Run) -> MetricsLog:
        """Write the configuration; returns the log of metrics, without rows of steps that `run` has not taken yet."""
        self.samples.mkdir(exist_ok=True)
        write_text(self.path / "config.json", json.dumps(run.config.to_dict(), indent=2) + "\n")
        if run.builder.source:
            write_text(self.model, run.builder.source)
        return MetricsLog(self.metrics, keep_until=run.step)

    def save(self, run: Run, log: MetricsLog) -> None:
        """Write the checkpoint.  The metrics go first: numbers that are not finite must stop the run before it."""
        log.flush()
        save_run(self.checkpoint, run)

    def save_samples(self, run: Run) -> None:
        """Write the grid of the run's fixed noise; the same z at every epoch."""
        columns = class_columns(run) or 1
        whole_rows = -(-SAMPLES // columns) * columns
        grid = sample_grid(run, whole_rows, seed=(run.config.seed, 0, 1))
        save_png(self.samples / f"epoch_{run.epoch:03d}.png", grid)

    def is_complete(self) -> bool:
        """Whether the pictures are there that are written at the end of a run."""
        return self.gif.exists() and self.curves.exists()

    def log_score(self, run: Run, distance: float) -> None:
        """Add the Fréchet distance after an epoch; rows of later epochs, from an interrupted run, are removed."""
        earlier = [(epoch, score) for epoch, score in self.read_scores() if epoch < run.epoch]
        rows = [(epoch, f"{score:.6g}") for epoch, score in [*earlier, (run.epoch, distance)]]
        write_csv(self.scores, ("epoch", "frechet"), rows)

    def read_scores(self) -> list[tuple[int, float]]:
        """Epochs and Fréchet distances, if the run was scored during training."""
        lines = self.scores.read_text("utf-8").splitlines()[1:] if self.scores.exists() else []
        return [(int(epoch), float(distance)) for epoch, distance in (line.split(",") for line in lines)]

    def save_summary(self, floor: float) -> None:
        """Write the GIF of all sample grids, and the curves; `floor` is the distance between real images."""
        if scores := self.read_scores():
            save_score_curve(self.scores_curve, scores, floor)
        save_gif(self.gif, [load_picture(path) for path in self.sample_files()])
        save_training_curves(self.curves, read_metrics(self.metrics))

    def sample_files(self) -> list[Path]:
        """The sample grids, the first epoch first."""
        return sorted(self.samples.glob("epoch_*.png"), key=lambda path: (len(path.name), path.name))


def sample_grid(run: Run, count: int, seed: int | tuple[int, ...], label: int | None = None) -> np.ndarray:
    """A picture of `count` images that G draws; of all classes in turn, one in each column, if it has classes."""
    images, _ = draw_samples(run, count, seed, label)
    return image_grid(images, columns=class_columns(run) if label is None else None)


def class_columns(run: Run) -> int | None:
    """As many columns as there are classes; None if there are none, or too many."""
    return run.config.classes if 1 < run.config.classes <= COLUMNS else None


def new_folder(out: Path | None, parent: Path) -> Path:
    """Make the folder `out`, or the next free 001, 002, … in `parent`; BadInput if it is in use or unwritable."""
    refuse_used(out, parent)
    try:
        if out is None:
            return _next_free(parent)
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(out or parent, error) from error
    return out


def refuse_used(out: Path | None, parent: Path) -> None:
    """Raise BadInput if `new_folder` would: to be called before anything long is computed."""
    try:
        if out is not None and out.exists() and not out.is_dir():
            raise BadInput(f"{out}: cannot be written into, it is not a folder; choose another --out")
        if out is not None and out.exists() and any(out.iterdir()):
            raise BadInput(f"{out}: not empty; choose another --out")
        path = (out or parent).absolute()
        try_writing(next(folder for folder in (path, *path.parents) if folder.exists()))
    except OSError as error:
        raise _unwritable(out or parent, error) from error


def _unwritable(path: Path, error: OSError) -> BadInput:
    return BadInput(f"{path}: cannot be written ({error.strerror}); choose another --out")


def _next_free(parent: Path) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        path = parent / f"{number:03d}"
        try:
            path.mkdir()
            return path
        except FileExistsError:
            number += 1


def existing_folder(path: Path) -> RunFolder:
    """The folder of a run to resume, given as the folder or as the checkpoint in it."""
    if path.is_dir():
        return RunFolder(path)
    if not path.exists():
        raise BadInput(f"{path}: nothing to resume there; expected the folder of a run, or its checkpoint.npz")
    if path.name != "checkpoint.npz":
        raise BadInput(f"{path}: expected the folder of a run, or the checkpoint.npz in it")
    return RunFolder(path.parent)

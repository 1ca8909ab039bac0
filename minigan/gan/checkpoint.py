"""Checkpoints: one file with everything that a run consists of; and weights, with the networks alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ..arrays.backend import open_device
from ..errors import BadInput, Diverged
from ..files import in_half_precision, read_archive, shipped, write_archive
from .config import Config
from .training import Run

FORMAT, VERSION = "minigan checkpoint", 2
WHAT = "the checkpoint.npz of a run, or its folder"
PRETRAINED = "pretrained:"  # and a name: the weights in the package


def save_run(path: Path, run: Run) -> None:
    """Write `run` to `path`, whole or not at all; the run is not changed.

    Raises Diverged, and writes nothing, if a number in it is not finite.
    """
    arrays = _arrays(_networks(run) | _optimisers(run))
    bad = [name for name, x in arrays.items() if not np.isfinite(x).all()]
    if bad:
        raise Diverged(f"{bad[0]} not finite after step {run.step}")
    write_archive(path, {**_header(run), "holds": "run", "rng": run.rng.bit_generator.state}, arrays)


def save_weights(path: Path, run: Run, note: str) -> None:
    """Write the networks of `run` alone, in half precision: to draw with, not to train on.  `note`: how they came.

    Of an averaged generator only the average is kept, of a data folder only its name.  Raises BadInput if a number does
    not fit into half precision.
    """
    drawing = {"generator": run.drawing, "discriminator": run.game.discriminator}
    folder = Path(run.config.data_dir).name if run.config.data_dir else None
    arrays = in_half_precision(_arrays(drawing))
    header = {**_header(run), "config": replace(run.config, average=0.0, data_dir=folder).to_dict()}
    write_archive(path, {**header, "holds": "weights", "note": note}, arrays, compress=True)


def load_run(path: Path | str, device: str = "cpu", *, to_train: bool = False) -> Run:
    """The run in a checkpoint, or with the weights in a file; "pretrained:NAME" is a file in the package.

    Raises BadInput if the file is missing, damaged, foreign or of another version, or if it holds weights alone and the
    run is to be trained.
    """
    open_device(device)
    path = find_checkpoint(path)
    header, arrays = read_archive(path, FORMAT, (VERSION,), WHAT)
    whole = header.get("holds") == "run"
    if to_train and not whole:
        raise BadInput(f"{path}: holds weights to draw with; a run can only be resumed from its own checkpoint")
    try:
        run = Run(Config.from_dict(dict(header["config"])), device)
        for part, owner in (_networks(run) | (_optimisers(run) if whole else {})).items():
            prefix = part + "/"
            owner.load_state_dict({k.removeprefix(prefix): x for k, x in arrays.items() if k.startswith(prefix)})
        run.epoch, run.batch, run.step = (int(header[name]) for name in ("epoch", "batch", "step"))
        if min(run.epoch, run.batch, run.step) < 0:
            raise ValueError("its position is negative")
        run.fingerprint = str(header["fingerprint"])
        if whole:
            run.rng.bit_generator.state = header["rng"]
    except (KeyError, TypeError, ValueError, OverflowError, MemoryError) as error:
        raise BadInput(f"{path}: not a checkpoint of this program's networks: {error!r}") from error
    return run


def find_checkpoint(path: Path | str) -> Path:
    """The file of a checkpoint, which may be given as its run's folder or as pretrained:NAME."""
    if str(path).startswith(PRETRAINED):
        name = str(path).removeprefix(PRETRAINED)
        known = pretrained_names()
        if name not in known:
            raise BadInput(f"{path}: no such weights in the package; expected {PRETRAINED}NAME of: {', '.join(known)}")
        return shipped_folder() / f"{name}.npz"
    path = Path(path)
    return path / "checkpoint.npz" if path.is_dir() else path


def pretrained_names() -> list[str]:
    """The weights in the package."""
    return sorted(path.stem for path in shipped_folder().glob("*.npz"))


def shipped_folder() -> Path:
    return shipped("gan")


def _header(run: Run) -> dict:
    return {
        "format": FORMAT,
        "version": VERSION,
        "config": run.config.to_dict(),
        "fingerprint": run.fingerprint,
        "epoch": run.epoch,
        "batch": run.batch,
        "step": run.step,
    }


def _networks(run: Run) -> dict:
    networks = {"generator": run.generator, "discriminator": run.game.discriminator}
    return networks | ({"average": run.average} if run.average else {})


def _optimisers(run: Run) -> dict:
    return {"generator_adam": run.game.generator_adam, "discriminator_adam": run.game.discriminator_adam}


def _arrays(parts: dict) -> dict[str, np.ndarray]:
    return {f"{part}/{name}": x for part, owner in parts.items() for name, x in owner.state_dict().items()}

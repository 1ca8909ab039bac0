"""Checkpoints: one .npz file with everything that a run consists of.

Arrays lie in it by name, beside a JSON header.  It is never pickled, and loading it executes nothing.  It is written
beside its place and then moved there, so that whatever happens there is always a whole one.
"""

import json
import zipfile
from pathlib import Path

import numpy as np

from ..backend import open_device
from ..errors import BadInput, Diverged
from ..files import write_atomically
from .config import Config
from .training import Run

FORMAT, VERSION = "minigan checkpoint", 2


def save_run(path: Path, run: Run) -> None:
    """Write `run` to `path`, whole or not at all; the run is not changed.

    Raises Diverged, and writes nothing, if a number in it is not finite.
    """
    header = {
        "format": FORMAT,
        "version": VERSION,
        "config": run.config.to_dict(),
        "fingerprint": run.fingerprint,
        "epoch": run.epoch,
        "batch": run.batch,
        "step": run.step,
        "rng": run.rng.bit_generator.state,
    }
    arrays = {f"{part}/{name}": x for part, owner in _parts(run).items() for name, x in owner.state_dict().items()}
    bad = [name for name, x in arrays.items() if not np.isfinite(x).all()]
    if bad:
        raise Diverged(f"{bad[0]} not finite after step {run.step}")
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    write_atomically(path, lambda file: np.savez(file, **arrays))


def load_run(path: Path, device: str = "cpu") -> Run:
    """The run in a checkpoint.  Raises BadInput if the file is missing, damaged, foreign or of another version."""
    open_device(device)
    header, arrays = _read(path)
    try:
        run = Run(Config.from_dict(dict(header["config"])), device)
        for part, owner in _parts(run).items():
            prefix = part + "/"
            owner.load_state_dict({k.removeprefix(prefix): x for k, x in arrays.items() if k.startswith(prefix)})
        run.epoch, run.batch, run.step = (int(header[name]) for name in ("epoch", "batch", "step"))
        if min(run.epoch, run.batch, run.step) < 0:
            raise ValueError("its position is negative")
        run.fingerprint = str(header["fingerprint"])
        run.rng.bit_generator.state = header["rng"]
    except (KeyError, TypeError, ValueError, OverflowError, MemoryError) as error:
        raise BadInput(f"{path}: not a checkpoint of this program's networks: {error!r}") from error
    return run


def _parts(run: Run) -> dict:
    game = run.game
    return {
        "generator": game.generator,
        "discriminator": game.discriminator,
        "generator_adam": game.generator_adam,
        "discriminator_adam": game.discriminator_adam,
    }


def _read(path: Path) -> tuple[dict, dict[str, np.ndarray]]:
    try:
        if not zipfile.is_zipfile(path):
            path.open("rb").close()  # raises where there is no such file
            raise zipfile.BadZipFile
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        header = json.loads(arrays.pop("header").tobytes())
    except FileNotFoundError:
        raise BadInput(f"{path}: no such checkpoint; expected the checkpoint.npz of a run, or its folder") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error
    except Exception as error:  # damaged bytes can raise nearly anything in the parsers of zip, npy and JSON
        raise BadInput(f"{path}: damaged, or not the checkpoint of a run ({type(error).__name__})") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise BadInput(f"{path}: not a minigan checkpoint; expected the checkpoint.npz of a run")
    if header.get("version") != VERSION:
        raise BadInput(f"{path}: checkpoint version {header.get('version')}, this program reads version {VERSION}")
    return header, arrays

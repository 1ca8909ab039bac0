"""Checkpoints: one file with everything that a run consists of; and weights, with the networks alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from ..archives import in_half_precision, read_archive, write_archive
from ..arrays.backend import open_device
from ..errors import BadInput, Diverged
from ..files import shipped
from ..nn import Module
from .builder import Builder, find_builder
from .config import Config
from .earlier_versions import upgraded
from .models import MODELS, Build
from .training import Run

FORMAT, VERSION = "minigan checkpoint", 3
READABLE = (2, 3)  # versions; in 2 activations after batch norms and biases were not layers of their own
WHAT = "the checkpoint.npz of a run, or its folder"
PRETRAINED = "pretrained:"  # and a name: the weights in the package


def save_run(path: Path, run: Run) -> None:
    """Write `run` to `path`, whole or not at all; the run is not changed.

    Raises Diverged, and writes nothing, if a number in it is not finite, and BadInput if its networks are your own and
    could not be built again.
    """
    check_rebuildable(run)
    arrays = _arrays(_networks(run) | _optimisers(run))
    bad = [name for name, x in arrays.items() if not np.isfinite(x).all()]
    if bad:
        raise Diverged(f"{bad[0]} not finite after step {run.step}")
    write_archive(path, {**_header(run), "holds": "run", "rng": run.rng.bit_generator.state}, arrays)


def save_weights(path: Path, run: Run, note: str) -> None:
    """Write the networks of `run` alone, in half precision: to draw with, not to train on.  `note`: how they came.

    Of an averaged generator only the average is kept, of a data folder only its name.  Raises BadInput if a number does
    not fit into half precision, or as `save_run` does.
    """
    check_rebuildable(run)
    drawing = {"generator": run.sampling_generator, "discriminator": run.game.discriminator}
    folder = Path(run.config.data_dir).name if run.config.data_dir else None
    arrays = in_half_precision(_arrays(drawing))
    header = {**_header(run), "config": replace(run.config, average=0.0, data_dir=folder).to_dict()}
    write_archive(path, {**header, "holds": "weights", "note": note}, arrays, compress=True)


def load_run(
    path: Path | str, device: str = "cpu", *, to_train: bool = False, networks: Builder | Build | None = None
) -> Run:
    """The run in a checkpoint, or with the weights in a file; "pretrained:NAME" is a file in the package.

    `networks` build the run's networks if they are your own; nothing else is executed.  Raises BadInput if the file is
    missing, damaged, foreign or of another version, if it holds weights alone and the run is to be trained, or if its
    networks were built by something else than `networks`.
    """
    open_device(device)
    path = find_checkpoint(path)
    header, arrays = read_archive(path, FORMAT, READABLE, WHAT)
    whole = header.get("holds") == "run"
    if to_train and not whole:
        raise BadInput(f"{path}: holds weights to draw with; a run can only be resumed from its own checkpoint")
    try:
        config = Config.from_dict(dict(header["config"]))
        check_plausible(config, arrays)
        builder = find_builder(config.model, networks)
        check_builder(path, config.model, header.get("builder", ""), builder)
        run = Run(config, device, builder)
        for part, owner in (_networks(run) | (_optimisers(run) if whole else {})).items():
            prefix = part + "/"
            state = {k.removeprefix(prefix): x for k, x in arrays.items() if k.startswith(prefix)}
            owner.load_state_dict(
                upgraded(state, owner) if header["version"] == 2 and part in _networks(run) else state
            )
        run.epoch, run.batch, run.step = (int(header[name]) for name in ("epoch", "batch", "step"))
        if not 0 <= min(run.epoch, run.batch, run.step) <= max(run.epoch, run.batch, run.step) < 2**31:
            raise ValueError(f"its position is epoch {run.epoch}, batch {run.batch}, step {run.step}")
        run.fingerprint, run.metrics_digest = str(header["fingerprint"]), str(header.get("metrics", ""))
        if whole:
            run.rng.bit_generator.state = header["rng"]
    except BadInput as error:
        raise error if str(path) in str(error) else BadInput(f"{path}: {error}") from error
    except (KeyError, TypeError, ValueError, OverflowError, MemoryError) as error:
        raise BadInput(f"{path}: not a checkpoint of this program's networks: {error!r}") from error
    return run


def check_plausible(config: Config, arrays: dict[str, np.ndarray]) -> None:
    """ValueError if the package's own networks would be larger than all that the file holds: before they are built."""
    count = sum(x.size for x in arrays.values())
    width = config.width if config.model == "dcgan" else 1
    if config.model in MODELS and max((config.latent + config.classes) * width, width**2) > count:
        raise ValueError(
            f"latent {config.latent}, classes {config.classes} and width {config.width} ask for more than the "
            f"{count} numbers in the file"
        )


def check_builder(path: Path, model: str, digest: str, builder: Builder) -> None:
    """Raise BadInput unless the builder is the one that a checkpoint names: of the same name, and the same source."""
    if model in MODELS and builder.name != model:
        raise BadInput(f"{path}: its networks are the package's own, {model}; leave out --model")
    if builder.name.rpartition(":")[2] != model.rpartition(":")[2]:
        raise BadInput(f"{path}: its networks were built by {model}, not by {builder.name}")
    if builder.digest != digest:
        raise BadInput(
            f"{path}: its networks were built by {model} when its source text was another (SHA-256 {digest[:8]}…, now "
            f"{builder.digest[:8]}…); name the file as it was: a run keeps a copy in its folder, model.py"
        )


def check_rebuildable(run: Run) -> None:
    """Raise BadInput if a checkpoint of the run could not be loaded: your own networks, which cannot be built again."""
    builder = run.builder
    if builder.name in MODELS:
        return
    not_rebuildable = builder.not_rebuildable
    if not not_rebuildable:
        again = builder.networks(run.config, np.random.default_rng(run.config.seed))
        for network, copy in zip((run.generator, run.game.discriminator), again):
            if _shapes(network) != _shapes(copy):
                not_rebuildable = f"called again, {builder.name} gives other weights, of {_difference(network, copy)}"
    if not_rebuildable:
        raise BadInput(f"this run cannot be saved, because its networks could not be built again: {not_rebuildable}")


def _shapes(network: Module) -> dict[str, tuple[int, ...]]:
    return {name: x.shape for name, x in network.named_tensors()}


def _difference(network: Module, other: Module) -> str:
    """The name of a tensor that two networks do not share."""
    return min(name for name, _ in _shapes(network).items() ^ _shapes(other).items())


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
        "metrics": run.metrics_digest,
        **({"builder": run.builder.digest} if run.builder.digest else {}),
    }


def _networks(run: Run) -> dict:
    networks = {"generator": run.generator, "discriminator": run.game.discriminator}
    return networks | ({"average": run.ema} if run.ema else {})


def _optimisers(run: Run) -> dict:
    return {"generator_adam": run.game.generator_adam, "discriminator_adam": run.game.discriminator_adam}


def _arrays(parts: dict) -> dict[str, np.ndarray]:
    return {f"{part}/{name}": x for part, owner in parts.items() for name, x in owner.state_dict().items()}

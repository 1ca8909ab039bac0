"""Checkpoints, one file with the complete state of a run; and weights files, with the networks only."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..archives import in_half_precision, read_archive, write_archive
from ..arrays.backend import open_device
from ..arrays.cpu import arithmetic
from ..errors import BadInput, Diverged
from ..files import shipped
from ..nn import Module
from .builder import Builder, find_builder
from .config import Config
from .earlier_versions import upgraded
from .models import MODELS, Build
from .networks import NoDiscriminator
from .training import Run

FORMAT, VERSION = "minigan checkpoint", 3
READABLE = (2, 3)  # versions; in version 2, activations were part of the layer before them
WHAT = "the checkpoint.npz of a run, or its folder"
PRETRAINED = "pretrained:"  # prefix of the names of weights in the package


def save_run(path: Path, run: Run) -> None:
    """Write `run` to `path`, atomically; the run is not changed.

    Nothing is written, and Diverged is raised, if a number is not finite; BadInput if the networks are your own and
    could not be built again when the checkpoint is loaded.  Raises OSError if the file cannot be written.
    """
    check_rebuildable(run)
    arrays = _arrays(_networks(run) | _optimisers(run))
    bad = [name for name, x in arrays.items() if not np.isfinite(x).all()]
    if bad:
        raise Diverged(f"{bad[0]} is not finite after step {run.step}")
    write_archive(path, {**_header(run), "holds": "run", "rng": run.rng.bit_generator.state}, arrays)


def save_weights(path: Path, run: Run, note: str, generator_only: bool = False) -> None:
    """Write only the networks of `run`, in half precision: enough for sampling, but not for more training.

    `note` says how they were trained.  If there is an EMA of the generator, only the EMA is saved; of the path of the
    data folder only the last part.  `generator_only` leaves out D.  Raises BadInput if a number is too large for half
    precision, or as `save_run` does.
    """
    check_rebuildable(run)
    networks: dict[str, Module] = {"generator": run.sampling_generator}
    if not generator_only:
        networks["discriminator"] = run.game.discriminator
    folder = Path(run.config.data_dir).name if run.config.data_dir else None
    arrays = in_half_precision(_arrays(networks))
    header = {**_header(run), "config": replace(run.config, average=0.0, data_dir=folder).to_dict()}
    holds = "generator" if generator_only else "weights"
    write_archive(path, {**header, "holds": holds, "note": note}, arrays, compress=True)


def load_run(
    path: Path | str, device: str = "cpu", *, to_train: bool = False, networks: Builder | Build | None = None
) -> Run:
    """Load a run from a checkpoint, a run folder or a weights file; "pretrained:NAME" are weights in the package.

    `networks` builds the networks if they are your own; no code in the file is executed.  With `to_train`, weights
    files are refused.  If the file has only a generator, D is a `NoDiscriminator`.  Raises BadInput, which is a
    ValueError, if the file is missing, damaged, of another format or version, or if its networks were not built by
    `networks`; DeviceError if the device is not available.

    Examples
    --------
    >>> from minigan.gan import load_run
    >>> run = load_run("pretrained:mnist")
    >>> run.config.source, run.config.shape
    ('mnist', (28, 28, 1))
    """
    open_device(device)
    path = find_checkpoint(path)
    header, arrays = read_archive(path, FORMAT, READABLE, WHAT)
    complete = header.get("holds") == "run"
    if to_train and not complete:
        raise BadInput(f"{path}: contains only weights; a run can only be resumed from its own checkpoint")
    try:
        config = Config.from_dict(dict(header["config"]))
        check_plausible(config, arrays)
        builder = find_builder(config.model, networks)
        check_builder(path, config.model, header.get("builder", ""), builder)
        run = Run(config, device, builder)
        if header.get("holds") == "generator":
            run.game.discriminator = NoDiscriminator(
                config.shape, config.classes, f"{path}: has only a generator, and this needs its discriminator, too"
            )
        for part, owner in (_networks(run) | (_optimisers(run) if complete else {})).items():
            prefix = part + "/"
            state = {k.removeprefix(prefix): x for k, x in arrays.items() if k.startswith(prefix)}
            owner.load_state_dict(
                upgraded(state, owner) if header["version"] == 2 and part in _networks(run) else state
            )
        run.epoch, run.batch, run.step = (int(header[name]) for name in ("epoch", "batch", "step"))
        if not 0 <= min(run.epoch, run.batch, run.step) <= max(run.epoch, run.batch, run.step) < 2**31:
            raise ValueError(f"its position is epoch {run.epoch}, batch {run.batch}, step {run.step}")
        run.fingerprint, run.metrics_digest = str(header["fingerprint"]), str(header.get("metrics", ""))
        run.computed_by, run.history = str(header.get("computed_by", "")), _checked(header.get("history", []))
        if complete:
            run.rng.bit_generator.state = header["rng"]
    except BadInput as error:
        raise error if str(path) in str(error) else BadInput(f"{path}: {error}") from error
    except (KeyError, TypeError, ValueError, OverflowError, MemoryError) as error:
        raise BadInput(f"{path}: not a checkpoint of this program's networks: {error!r}") from error
    return run


def check_plausible(config: Config, arrays: dict[str, np.ndarray]) -> None:
    """ValueError if the package's own networks would be larger than all that the file holds: before they are built."""
    count = sum(x.size for x in arrays.values())
    width = 1 if config.model == "mlp" else config.width
    units = max(config.hidden_units, config.units_in_d) if config.has_hidden_layers else 0
    least = max((config.latent + config.classes) * width, width**2, units, config.attribute_count)
    if config.model in MODELS and least > count:
        raise ValueError(
            f"latent {config.latent}, classes {config.classes}, width {config.width}, {units} hidden units and "
            f"{config.attribute_count} attributes ask for more than the {count} numbers in the file"
        )


def check_builder(path: Path, model: str, digest: str, builder: Builder) -> None:
    """Raise BadInput unless the builder is the one in the checkpoint: the same function name and source digest."""
    if model in MODELS and builder.name != model:
        raise BadInput(f"{path}: its networks are the package's own, {model}; leave out --model")
    if builder.name.rpartition(":")[2] != model.rpartition(":")[2]:
        raise BadInput(f"{path}: its networks were built by {model}, not by {builder.name}")
    if builder.digest != digest:
        raise BadInput(
            f"{path}: the source of {model} has changed since its networks were built (SHA-256 {digest[:8]}…, now "
            f"{builder.digest[:8]}…); use the original file: a run has a copy in its folder, model.py"
        )


def check_rebuildable(run: Run) -> None:
    """Raise BadInput if a checkpoint of the run could not be loaded because its networks cannot be built again."""
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
    """The name of a tensor whose shape differs, or that only one of the networks has."""
    return min(name for name, _ in _shapes(network).items() ^ _shapes(other).items())


def find_checkpoint(path: Path | str) -> Path:
    """The file for a path to a checkpoint or to the folder of a run, or for "pretrained:NAME".

    Raises BadInput if the package has no weights of that name.
    """
    if str(path).startswith(PRETRAINED):
        name = str(path).removeprefix(PRETRAINED)
        known = pretrained_names()
        if name not in known:
            raise BadInput(f"{path}: no such weights in the package; expected {PRETRAINED}NAME of: {', '.join(known)}")
        return shipped_folder() / f"{name}.npz"
    path = Path(path)
    return path / "checkpoint.npz" if path.is_dir() else path


def pretrained_names() -> list[str]:
    """The names of the weights in the package, sorted."""
    return sorted(path.stem for path in shipped_folder().glob("*.npz"))


def shipped_folder() -> Path:
    """The folder of the weights in the package."""
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
        "computed_by": arithmetic(run.generator.parameters()[0].data),
        **({"history": run.history} if run.history else {}),
        **({"builder": run.builder.digest} if run.builder.digest else {}),
    }


def _checked(history: Any) -> list[dict[str, Any]]:
    """The history of a run; ValueError if it is damaged."""
    for entry in history if isinstance(history, list) else [history]:
        known = {name: type(value) for name, value in entry.items()} if isinstance(entry, dict) else {}
        if known not in ({"step": int, "from": str}, {"step": int, "was": dict, "now": dict}):
            raise ValueError(f"its history has {entry!r}")
    return history


def _networks(run: Run) -> dict:
    networks = {"generator": run.generator}
    if not isinstance(run.game.discriminator, NoDiscriminator):
        networks["discriminator"] = run.game.discriminator
    return networks | ({"average": run.ema} if run.ema else {})


def _optimisers(run: Run) -> dict:
    return {"generator_adam": run.game.generator_adam, "discriminator_adam": run.game.discriminator_adam}


def _arrays(parts: dict) -> dict[str, np.ndarray]:
    return {f"{part}/{name}": x for part, owner in parts.items() for name, x in owner.state_dict().items()}

"""A training run to begin, to resume, or to start from other weights: its data and folder, all checked first."""

import os
import sys
from argparse import Namespace
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from ..arrays.cpu import arithmetic
from ..data import SOURCES, Batches, ImageDataset, load_dataset
from ..errors import BadInput, printable
from ..evaluate.embeddings import Untrained
from ..evaluate.scores import Reference, judge_of
from ..gan import CHANGEABLE, NETWORKS, Config, Run, load_builder, load_run
from . import cli
from .out_folder import check_unused, in_use, new_folder
from .run_folder import RunFolder, existing_folder
from .train_options import configure, given, is_other

SCORED = 5_000  # samples that are scored during training


class Job(NamedTuple):
    """A run, its training data, its folder, and the reference for scores during training, if there are any."""

    run: Run
    dataset: ImageDataset
    folder: RunFolder
    reference: Reference | None


def begin(args: Namespace, at_the_end: ExitStack) -> Job:
    """A new run; everything is checked before its folder is made, and the command line before any data is read."""
    old = load_old(args) if args.start_from else None
    builder = old.builder if old else load_builder(args.model or Config.model)
    config = configure(args, builder.name, {name: getattr(old.config, name) for name in NETWORKS} if old else {})
    parent = Path("runs") / args.source
    check_unused(args.out, parent)
    if args.data_dir and SOURCES[args.source].searches_folder:
        out = os.path.realpath(args.out or "runs")
        if Path(out).is_relative_to(os.path.realpath(args.data_dir)):
            raise BadInput(f"{out}: is in --data-dir, so its pictures would become training data; choose another --out")
    dataset = load(config)
    found_here: dict[str, Any] = {
        "channels": dataset.shape[2],
        "classes": dataset.classes() if config.conditional else 0,
        "attribute_count": dataset.attribute_count() if config.attributes else 0,
    }
    for name, found in found_here.items():
        if old and found != (had := getattr(old.config, name)):
            raise BadInput(f"--from: its networks have {name} {had}, and the data {found}; train new ones")
    run = Run(replace(config, **found_here), args.device, builder)
    if old:
        run.start_from(old, name_of(args.start_from))
    run.fingerprint = run.config.fingerprint(dataset)
    make_batches(run, dataset)
    reference = find_reference(run, dataset)
    job = Job(run, dataset, locked(RunFolder(new_folder(args.out, parent)), at_the_end, new=True), reference)
    for note in departures(run.config):
        print(note, file=sys.stderr)
    return job


def load_old(args: Namespace) -> Run:
    """The run of --from.  Raises BadInput if other networks are asked for."""
    old = load_run(args.start_from, args.device, networks=load_builder(args.model) if args.model else None)
    for name, value in given(args).items():
        if name in NETWORKS and is_other(old.config, name, value):
            had = getattr(old.config, name)
            raise BadInput(f"--from: its networks have {name} {had}, not {value}; leave it out, or start from nothing")
    return old


def name_of(path: str) -> str:
    """A checkpoint in a run's history: without the folders that its own is in, which are private."""
    return "/".join(Path(path).parts[-2:])


def departures(config: Config) -> list[str]:
    """Where a run departs from DCGAN's rules, or from what a penalty assumes, in a line each."""
    notes = []
    if config.hidden and not config.classes and config.model == "dcgan":
        notes.append(
            "Against DCGAN's rule 3, both networks have a hidden fully connected layer, as in its authors' code for "
            "MNIST: digits become good in minutes. --no-hidden leaves it out."
        )
    if config.penalty and config.model == "dcgan" and config.normaliser == "batch" and config.ablate != "batchnorm":
        notes.append(
            "A penalty assumes that D judges each image by itself: with batch norm in D that is only nearly so. "
            "--normaliser none, layer, instance or spectral avoids it."
        )
    return notes


def locked(folder: RunFolder, at_the_end: ExitStack, new: bool) -> RunFolder:
    """The folder, which no other process writes into until the end; a new one is empty still, now that it is locked."""
    folder.take()
    at_the_end.callback(folder.release)
    if new and in_use(folder.path):
        raise BadInput(f"{folder.path}: not empty; choose another --out")
    return folder


def load(config: Config) -> ImageDataset:
    """The images of a configuration; skipped pictures are reported on stderr."""
    folder = Path(config.data_dir) if config.data_dir else None
    dataset = load_dataset(config.source, folder, config.size, cli.progress)
    cli.print_skipped(dataset.skipped)
    for note in dataset.notes:
        print(printable(f"{len(dataset)} pictures; {note}"), file=sys.stderr)
    return dataset


def make_batches(run: Run, dataset: ImageDataset) -> Batches:
    """The batches for a run.  Raises BadInput if batch size or hold-out do not fit the data."""
    config = run.config
    share = run.group.share(config.batch_size) if run.group else slice(None)
    return Batches(dataset, config.batch_size, config.seed, config.flip, config.hold_out, share)


def resume(args: Namespace, at_the_end: ExitStack) -> Job:
    """The run in a folder, as its checkpoint has it; settings that are given change it from here on."""
    for name, value in (("out", args.out), ("from", args.start_from)):
        if value:
            raise BadInput(f"--{name} cannot be given with --resume: a run continues in its own folder")
    folder = locked(existing_folder(args.resume), at_the_end, new=False)
    run = folder.load(args.device, load_builder(args.model) if args.model else None)
    settings = {"source": args.source, **given(args)}
    for name, value in settings.items():
        if name not in CHANGEABLE and is_other(run.config, name, value):
            had = getattr(run.config, name)
            raise BadInput(f"--resume: this run has {name} {had}, not {value}; leave it out, or start a new run")
    if run.epoch >= settings.get("epochs", run.config.epochs) and folder.is_complete(run):
        raise BadInput(f"--resume: this run has finished epoch {run.epoch}, its last; ask for more with --epochs")
    before = run.config
    changed = run.change({name: value for name, value in settings.items() if name in CHANGEABLE})
    data_dir = os.path.abspath(args.data_dir) if args.data_dir else run.config.data_dir
    run.config = replace(run.config, data_dir=data_dir)
    dataset = load(run.config)
    found = run.config.fingerprint(dataset)
    if not folder.checkpoint.exists():
        run.fingerprint = found
    if found != run.fingerprint:
        order = ", or those of class folders in the order of an earlier version" if dataset.labels is not None else ""
        raise BadInput(f"--resume: the run was trained on other images{order} ({run.fingerprint}, not {found})")
    if run.batch >= len(make_batches(run, dataset)):
        raise BadInput(f"{folder.checkpoint}: its position is batch {run.batch}, after the end of the epoch")
    if changed:
        what = ", ".join(f"{name} {value!r} instead of {getattr(before, name)!r}" for name, value in changed.items())
        print(f"From here on: {what}.", file=sys.stderr)
    now = arithmetic(run.generator.parameters()[0].data)
    if run.computed_by not in ("", now):
        print(f"Until here it was computed by {run.computed_by}, now by {now}: rounding will differ.", file=sys.stderr)
    return Job(run, dataset, folder, find_reference(run, dataset))


def find_reference(run: Run, dataset: ImageDataset) -> Reference | None:
    """The reference for scores during training; None without --score-every.  Raises BadInput as `Reference` does.

    If the package has no judge for the images, the features of an untrained network take its place.
    """
    if not run.config.score_every:
        return None
    try:
        judge, note = judge_of(run.config, run.device), ""
    except BadInput:
        judge = Untrained(run.config.shape)
        judge.to(run.device)
        note = f"--score-every: there is no judge of these images, so it compares by {judge.what}"
    count = min(SCORED, (len(dataset) - run.config.hold_out) // 2)
    reference = Reference(run.config, count, run.device, judge)
    if note:
        print(note, file=sys.stderr)
    return reference

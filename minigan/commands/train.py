"""Train a DCGAN: `python -m minigan.train mnist`."""

import os
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..arrays.cpu import arithmetic
from ..data import SOURCES, Batches, ImageDataset, load_dataset
from ..errors import BadInput, Diverged, printable
from ..evaluate.scores import Reference
from ..gan import METRICS, Config, Run, draw_samples, load_builder, load_run, train
from . import cli
from .interrupt import Interrupt
from .out_folder import check_unused, in_use, new_folder
from .run_folder import RunFolder, existing_folder
from .train_options import PROG, configure, given, parse

LOG_INTERVAL = 20  # steps between two looks at the metrics
SCORED = 5_000  # samples that are scored during training
DRY_STEPS = 3  # training steps of each epoch of a dry run


def main(argv: Sequence[str] | None = None) -> int:
    """Train, resume or dry-run; returns the exit code."""
    args = parse(argv)
    cli.open_device(args)
    if args.dry_run:
        return dry_run(args)
    with ExitStack() as at_the_end:
        job = resume(args, at_the_end) if args.resume else begin(args, at_the_end)
        run, folder, start = job.run, job.folder, job.run.step
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # a diverging run is reported once, by Diverged
                signal = fit(job, args.save_every)
        except Diverged as error:
            kept, cure = cli.readable_path(folder.checkpoint), "Start again, in another folder, with a lower --lr."
            if args.resume and run.step <= start + LOG_INTERVAL:
                cure = "It may hold numbers that are too large: this was soon after it was read. Start a new run."
            print(f"{PROG}: {error}. {kept} is from before. {cure}", file=sys.stderr)
            return 1
    if signal:
        print(f"Interrupted and saved after step {run.step}. Continue with:\n  {resume_command(run, folder)}")
        return 128 + signal  # as shells count
    print_summary(run, folder)
    return 0


class Job(NamedTuple):
    """A run, its training data, its folder, and the reference for scores during training, if there are any."""

    run: Run
    dataset: ImageDataset
    folder: RunFolder
    reference: Reference | None


def begin(args: Namespace, at_the_end: ExitStack) -> Job:
    """A new run; everything is checked before its folder is made, and the command line before any data is read."""
    builder = load_builder(args.model or Config.model)
    config = configure(args, builder.name)
    parent = Path("runs") / args.source
    check_unused(args.out, parent)
    if args.data_dir and SOURCES[args.source].searches_folder:
        out = os.path.realpath(args.out or "runs")
        if Path(out).is_relative_to(os.path.realpath(args.data_dir)):
            raise BadInput(f"{out}: is in --data-dir, so its pictures would become training data; choose another --out")
    dataset = load(config)
    classes = dataset.classes() if config.conditional else 0
    run = Run(replace(config, channels=dataset.shape[2], classes=classes), args.device, builder)
    run.fingerprint = dataset.fingerprint(run.config.conditional)
    make_batches(run, dataset)
    reference = find_reference(run)
    for note in departures(run.config):
        print(note, file=sys.stderr)
    return Job(run, dataset, locked(RunFolder(new_folder(args.out, parent)), at_the_end, new=True), reference)


def departures(config: Config) -> list[str]:
    """Where a run departs from DCGAN's rules, or from what a penalty assumes, in a line each."""
    notes = []
    if config.hidden and not config.classes:
        notes.append(
            "Against DCGAN's rule 3, both networks have a hidden fully connected layer, as in its authors' code for "
            "MNIST: digits become good in minutes. --no-hidden leaves it out."
        )
    if config.penalty and config.model == "dcgan" and config.ablate != "batchnorm":
        notes.append(
            "A penalty assumes that D judges each image by itself: with batch norm in D that is only nearly so."
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
    dataset = load_dataset(config.source, folder, config.image_size, cli.progress)
    cli.print_skipped(dataset.skipped)
    for note in dataset.notes:
        print(printable(f"{len(dataset)} pictures; {note}"), file=sys.stderr)
    return dataset


def make_batches(run: Run, dataset: ImageDataset) -> Batches:
    """The batches for a run.  Raises BadInput if batch size or hold-out do not fit the data."""
    return Batches(dataset, run.config.batch_size, run.config.seed, run.config.flip, run.config.hold_out)


def resume(args: Namespace, at_the_end: ExitStack) -> Job:
    """The run in a folder, as its checkpoint has it; only the number of epochs may change."""
    if args.out:
        raise BadInput("--out cannot be given with --resume: a run continues in its own folder")
    folder = locked(existing_folder(args.resume), at_the_end, new=False)
    run = folder.load(args.device, load_builder(args.model) if args.model else None)
    settings = {"source": args.source, **given(args)}
    epochs = settings.pop("epochs", run.config.epochs)
    for name, value in settings.items():
        if value != getattr(run.config, name):
            had = getattr(run.config, name)
            raise BadInput(f"--resume: this run has {name} {had}, not {value}; leave it out, or start a new run")
    if run.epoch >= epochs and folder.is_complete(run):
        raise BadInput(f"--resume: this run has finished epoch {run.epoch}, its last; ask for more with --epochs")
    if run.config.decay and not run.config.can_change_epochs(epochs, run.epoch + (run.batch > 0)):
        raise BadInput(
            f"--resume: the learning rate of this run already falls, to 0 after {run.config.epochs} epochs; "
            f"start a new run to train for {epochs}"
        )
    data_dir = os.path.abspath(args.data_dir) if args.data_dir else run.config.data_dir
    run.config = replace(run.config, epochs=epochs, data_dir=data_dir)
    dataset = load(run.config)
    found = dataset.fingerprint(run.config.conditional)
    if not folder.checkpoint.exists():
        run.fingerprint = found
    if found != run.fingerprint:
        raise BadInput(f"--resume: the run was trained on other images ({run.fingerprint}, not {found})")
    if run.batch >= len(make_batches(run, dataset)):
        raise BadInput(f"{folder.checkpoint}: its position is batch {run.batch}, after the end of the epoch")
    now = arithmetic(run.generator.parameters()[0].data)
    if run.computed_by not in ("", now):
        print(f"Until here it was computed by {run.computed_by}, now by {now}: rounding will differ.", file=sys.stderr)
    return Job(run, dataset, folder, find_reference(run))


def find_reference(run: Run) -> Reference | None:
    """The reference for scores during training; None without --score-every.  Raises BadInput as `Reference` does."""
    return Reference(run.config, SCORED, run.device) if run.config.score_every else None


def fit(job: Job, save_every: float) -> int:
    """Train to the end, keeping the folder up to date; returns 0.

    Or, if Ctrl-C or another signal ended it early, after the step in progress, the number of the signal.

    Raises Diverged if a number is not finite; the last checkpoint is kept.
    """
    run, dataset, folder, reference = job
    batches = make_batches(run, dataset)
    with Interrupt() as interrupt:
        log = folder.begin(run)
        for note in log.notes:
            print(note, file=sys.stderr)
        print(f"Writing to {cli.readable_path(folder.path)}", file=sys.stderr)
        if run.step == 0:
            folder.save_samples(run)
            folder.save(run, log)
        progress = cli.Progress(run.config.epochs * len(batches), run.step, run.config.batch_size)
        start = saved = time.monotonic()
        try:
            for report in train(run, batches):
                log.add(report)
                progress.advance()
                stop, epoch_ends = interrupt.received, run.batch == 0
                if report.step % LOG_INTERVAL == 0 or epoch_ends:
                    progress.show(describe(log.flush()), f"epoch {report.epoch}/{run.config.epochs}")
                if epoch_ends and (run.epoch % run.config.sample_every == 0 or run.epoch == run.config.epochs):
                    folder.save_samples(run)
                if epoch_ends and reference and run.epoch % run.config.score_every == 0:
                    folder.log_score(run, reference.distance(draw_samples(run, reference.count, run.config.seed)[0]))
                if epoch_ends or stop or time.monotonic() - saved > save_every:
                    folder.save(run, log)
                    saved = time.monotonic()
                if stop:
                    break
        finally:
            progress.close()
            cli.print_skipped(dataset.skipped)
        waited = batches.waited / (time.monotonic() - start)
        print(f"Waiting for data took {waited:.1%} of the time.", file=sys.stderr)
        if run.epoch < run.config.epochs:
            return interrupt.received
        for problem in folder.save_summary(run, reference.floor() if reference else 0.0):
            print(problem, file=sys.stderr)
        return 0


def describe(means: dict[str, float]) -> str:
    """The mean metrics in one short line."""
    d_loss, g_loss, d_real, d_fake = (means[name] for name in METRICS)
    return f"loss D {d_loss:.2f} G {g_loss:.2f}, D(x) {d_real:.2f} D(G(z)) {d_fake:.2f}"


def resume_command(run: Run, folder: RunFolder, *more: object) -> str:
    """The command line that resumes the run."""
    more = (
        *cli.model_option(run),
        *cli.kernels_option(run),
        *(["--device", run.device] if run.device != "cpu" else []),
        *more,
    )
    return cli.command("minigan.train", run.config.source, "--resume", cli.readable_path(folder.path), *more)


def print_summary(run: Run, folder: RunFolder) -> None:
    """Print what was written, and commands for the next steps."""
    name = cli.readable_path
    print(f"Done. Open these:\n  {name(folder.sample_files()[-1])}  (samples)")
    print(f"  {name(folder.gif)}  (samples over the epochs)\n  {name(folder.curves)}  (losses, D(x) and D(G(z)))")
    for epoch, distance in folder.read_scores()[-1:]:
        print(f"  {name(folder.scores_curve)}  (Fréchet distance, {distance:.2f} after epoch {epoch})")
    print(f"Draw more samples:\n  {cli.command('minigan.sample', name(folder.checkpoint), *cli.model_option(run))}")
    if not run.config.decay:
        print(f"Train further:\n  {resume_command(run, folder, '--epochs', 2 * run.config.epochs)}")


def dry_run(args: Namespace) -> int:
    """Train a short run in a temporary folder, from start to summary, and resume it for another epoch."""
    if args.resume or args.out:
        raise BadInput("--dry-run keeps nothing; leave out --out and --resume")
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as at_the_end:
        args.out = Path(temporary) / "run"
        run, dataset, folder, reference = begin(args, at_the_end)
        few = dataset.first(DRY_STEPS * run.config.batch_size)
        run.fingerprint, run.config = few.fingerprint(run.config.conditional), replace(run.config, epochs=1, hold_out=0)
        signal = fit(Job(run, few, folder, reference), args.save_every)
        if not signal:
            run = load_run(folder.checkpoint, args.device, networks=run.builder)
            run.config = replace(run.config, epochs=2)
            signal = fit(Job(run, few, folder, reference), args.save_every)
    if signal:
        raise KeyboardInterrupt
    print("Dry run: training, samples, curves, checkpoint and resumption work; nothing was kept.")
    return 0

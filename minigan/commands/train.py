"""Train a DCGAN: `python -m minigan.train mnist`."""

import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import BadInput, Diverged
from ..gan import Run, draw_samples, load_run, train
from . import cli
from .interrupt import Interrupt
from .run_folder import RunFolder
from .together import begin_together, join_group, other_process, own_device
from .train_job import Job, begin, make_batches, resume
from .train_options import PROG, parse

LOG_INTERVAL = 20  # steps between two looks at the metrics
DRY_STEPS = 3  # training steps of each epoch of a dry run


def main(argv: Sequence[str] | None = None) -> int:
    """Train, resume or dry-run; returns the exit code."""
    group = join_group()
    args = parse(argv)
    if group:
        own_device(args, group)
    cli.open_device(args)
    if args.dry_run:
        if group:
            raise BadInput("--dry-run is for one process: leave out mpiexec, or --dry-run")
        return dry_run(args)
    if group and group.rank:
        return other_process(group, args)
    with ExitStack() as at_the_end:
        make = resume if args.resume else begin
        job = begin_together(group, args, make, at_the_end) if group else make(args, at_the_end)
        run, folder, start = job.run, job.folder, job.run.step
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # a diverging run is reported once, by Diverged
                signal = fit(job, args.save_every)
        except Diverged as error:
            kept, cure = cli.readable_path(folder.checkpoint), "Start again, in another folder, with a lower --lr."
            if args.resume and run.step <= start + LOG_INTERVAL:
                cure = "It may hold numbers that are too large: this was soon after it was read. Start a new run."
            print(f"{PROG}: {error}. {kept} is from before. {cure}", file=sys.stderr)
            if group:
                group.abort(1)  # the others wait for the next step
            return 1
        except BaseException as error:
            if group:
                print(f"{PROG}: error: {error or type(error).__name__}", file=sys.stderr)
                group.abort(130 if isinstance(error, KeyboardInterrupt) else 1)
            raise
    if signal:
        print(f"Interrupted and saved after step {run.step}. Continue with:\n  {resume_command(run, folder)}")
        return 128 + signal  # as shells count
    print_summary(run, folder)
    return 0


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
        start, stop = (saved := time.monotonic()), 0
        try:
            for report in train(run, batches):
                log.add(report)
                progress.advance()
                stop = run.group.largest(interrupt.received) if run.group else interrupt.received
                epoch_ends, best = run.batch == 0, False
                if report.step % LOG_INTERVAL == 0 or epoch_ends:
                    progress.show(describe(log.flush()), f"epoch {report.epoch}/{run.config.epochs}")
                if epoch_ends and (run.epoch % run.config.sample_every == 0 or run.epoch == run.config.epochs):
                    folder.save_samples(run)
                if epoch_ends and reference and run.epoch % run.config.score_every == 0:
                    samples, _ = draw_samples(run, reference.count, run.config.seed)
                    best = folder.log_score(run, reference.distance(samples))
                if epoch_ends or stop or time.monotonic() - saved > save_every:
                    folder.save(run, log, best)
                    saved = time.monotonic()
                if stop:
                    break
        finally:
            progress.close()
            cli.print_skipped(dataset.skipped)
        waited = batches.waited / (time.monotonic() - start)
        print(f"Waiting for data took {waited:.1%} of the time.", file=sys.stderr)
        if run.epoch < run.config.epochs:
            return stop
        for problem in folder.save_summary(run, reference.floor() if reference else 0.0):
            print(problem, file=sys.stderr)
        return 0


def describe(means: dict[str, float]) -> str:
    """The mean metrics in one short line."""
    d_loss, g_loss, d_real, d_fake = (means[name] for name in ("d_loss", "g_loss", "d_real", "d_fake"))
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
    print(f"  {name(folder.gif)}  (samples over the epochs)")
    print(f"  {name(folder.curves)}  (losses, D(x) and D(G(z)), gradients, variety)")
    if scores := folder.read_scores():
        (epoch, distance), (best, lowest) = scores[-1], min(scores, key=lambda pair: pair[1])
        if folder.best.exists():
            print(f"  {name(folder.best)}  (checkpoint of epoch {best}: lowest Fréchet distance, {lowest:.2f})")
        print(f"Fréchet distance after epoch {epoch}: {distance:.2f}")
    print(folder.health(run))
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
        run.fingerprint = run.config.fingerprint(few)
        run.config = replace(run.config, epochs=1, hold_out=0)
        signal = fit(Job(run, few, folder, reference), args.save_every)
        if not signal:
            run = load_run(folder.checkpoint, args.device, networks=run.builder)
            run.config = replace(run.config, epochs=2)
            signal = fit(Job(run, few, folder, reference), args.save_every)
    if signal:
        raise KeyboardInterrupt
    print("Dry run: training, samples, curves, checkpoint and resumption work; nothing was kept.")
    return 0

"""Train a DCGAN: `python -m minigan.train mnist`."""

import os
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..arrays.backend import open_device
from ..data import SOURCES, Batches, ImageDataset, find_source, load_dataset
from ..errors import BadInput, Diverged
from ..evaluate.scores import Reference
from ..gan import LOSSES, METRICS, RULES, SIZES, Config, Run, draw_samples, load_builder, load_run, train
from ..gan.models import MODELS, check_size
from . import cli
from .interrupt import Interrupt
from .run_folder import RunFolder, existing_folder, new_folder, refuse_used

PROG = "python -m minigan.train"
LOG_INTERVAL = 20  # steps between two looks at the metrics
SCORED = 5_000  # samples that are scored during training
DRY_STEPS = 3  # training steps of each epoch of a dry run


def parse(argv: Sequence[str] | None) -> Namespace:
    default = Config()
    folders = "; ".join(f"{name}: {source.folder}" for name, source in SOURCES.items() if source.folder)
    sizes = ", ".join(map(str, SIZES))
    defaults = ", ".join(f"{name} {source.size}" for name, source in SOURCES.items())
    epochs, widths = defaults_of("epochs"), defaults_of("width")
    every = defaults_of("sample_every")
    decays, averages = defaults_of("decay"), defaults_of("average")
    parser = cli.Parser(prog=PROG, description="Train a DCGAN. The result is a folder of pictures and a checkpoint.")
    parser.add_argument("source", help=f"what to learn: {', '.join(SOURCES)}")
    parser.add_argument("--data-dir", type=Path, help=f"folder with the data; {folders}")
    parser.add_argument("--image-size", type=int, help=f"pixels: {sizes} (default: {defaults})")
    parser.add_argument("--flip", action="store_true", default=None, help="mirror half of the images, left to right")
    parser.add_argument("--epochs", type=cli.whole(1), help=f"passes through the data (default: {epochs})")
    parser.add_argument("--batch-size", type=cli.whole(2), help=f"images per step (default: {default.batch_size})")
    parser.add_argument("--lr", type=cli.positive, help=f"Adam's learning rate, both networks (default: {default.lr})")
    parser.add_argument(
        "--decay",
        type=cli.fraction,
        help=f"share of the training, at its end, in which the learning rate falls to 0 (default: {decays})",
    )
    parser.add_argument(
        "--average", type=cli.fraction, help=f"draw with the running average of G's weights (default: {averages})"
    )
    parser.add_argument("--beta1", type=cli.fraction, help=f"Adam's β₁ (default: {default.beta1})")
    parser.add_argument("--beta2", type=cli.fraction, help=f"Adam's β₂ (default: {default.beta2})")
    parser.add_argument("--latent", type=cli.whole(1), help=f"numbers in z (default: {default.latent})")
    parser.add_argument(
        "--width", type=cli.whole(1), help=f"channels of the features nearest to the image (default: {widths})"
    )
    parser.add_model(
        "dcgan; mlp, the classic GAN, which is fully connected; or a function of your own that builds the networks "
        f"(default: {default.model})"
    )
    parser.add_argument("--loss", help=f"what the networks play for: {', '.join(LOSSES)} (default: {default.loss})")
    parser.add_argument(
        "--ablate", metavar="RULE", help=f"leave out one of DCGAN's design rules: {', '.join(RULES)} (default: none)"
    )
    parser.add_argument(
        "--conditional", action="store_true", default=None, help="tell both networks the label of each image"
    )
    parser.add_argument(
        "--hold-out", type=cli.whole(0), help="images at the end of the data that are not trained on (default: 0)"
    )
    parser.add_argument("--seed", type=cli.whole(0), help=f"decides every random number (default: {default.seed})")
    parser.add_argument("--out", type=Path, help="new or empty folder for the result (default: runs/SOURCE/001, …)")
    parser.add_argument("--sample-every", type=cli.whole(1), help=f"epochs between two sample grids (default: {every})")
    parser.add_argument(
        "--score-every", type=cli.whole(1), help="epochs between two scores by the judge (default: none are taken)"
    )
    parser.add_argument(
        "--save-every", type=cli.positive, default=60.0, help="seconds between two checkpoints, at most (default: 60)"
    )
    parser.add_argument("--resume", type=Path, help="continue the run in this folder, bit for bit")
    parser.add_argument("--dry-run", action="store_true", help="a few steps through every part; nothing is kept")
    parser.add_device()
    return parser.parse_args(argv)


def defaults_of(setting: str) -> str:
    """The default of a setting, and the sources where it is another."""
    others = [f"; {name} {source.settings[setting]}" for name, source in SOURCES.items() if setting in source.settings]
    return f"{getattr(Config, setting)}{''.join(others)}"


def main(argv: Sequence[str] | None = None) -> int:
    args = parse(argv)
    open_device(args.device)
    if args.dry_run:
        return dry_run(args)
    job = resume(args) if args.resume else begin(args)
    run, folder = job.run, job.folder
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # a diverging run is reported once, by Diverged
            finished = fit(job, args.save_every)
    except Diverged as error:
        kept = cli.readable_path(folder.checkpoint)
        print(
            f"{PROG}: {error}. {kept} is from before. Start again, in another folder, with a lower --lr.",
            file=sys.stderr,
        )
        return 1
    if not finished:
        print(f"Interrupted and saved after step {run.step}. Continue with:\n  {resume_command(run, folder)}")
        return 130
    print_summary(run, folder)
    return 0


class Job(NamedTuple):
    """A run, the images it learns from, the folder of its results, and what it is scored against, if it is."""

    run: Run
    dataset: ImageDataset
    folder: RunFolder
    reference: Reference | None


def begin(args: Namespace) -> Job:
    """A new run; everything is checked before its folder is made, and the command line before any data is read."""
    builder = load_builder(args.model or Config.model)
    config = configure(args, builder.name)
    parent = Path("runs") / args.source
    refuse_used(args.out, parent)
    if args.data_dir and SOURCES[args.source].searches_folder:
        place = os.path.realpath(args.out or "runs")
        if Path(place).is_relative_to(os.path.realpath(args.data_dir)):
            raise BadInput(f"{place}: lies in --data-dir, its pictures would be learned from; choose --out elsewhere")
    dataset = load(config)
    classes = dataset.classes() if config.conditional else 0
    run = Run(replace(config, channels=dataset.shape[2], classes=classes), args.device, builder)
    run.fingerprint = dataset.fingerprint(run.config.conditional)
    batches_of(run, dataset)
    reference = find_reference(run)
    return Job(run, dataset, RunFolder(new_folder(args.out, parent)), reference)


def configure(args: Namespace, model: str) -> Config:
    """The configuration that the arguments ask for; the number of channels is left to the data."""
    source = find_source(args.source, args.data_dir)
    if args.flip and source.not_mirrored and args.data_dir is None:
        raise BadInput(f"--flip: {source.not_mirrored}; leave it out for {args.source}")
    if args.width is not None and args.model == "mlp":
        raise BadInput("--width: the model mlp has no feature maps, its layers are of fixed sizes; leave it out")
    folder = None if args.data_dir is None else os.path.abspath(args.data_dir)
    config = Config(source=args.source, data_dir=folder, **{**source.defaults, **given(args)}, model=model)
    if model in MODELS:
        check_size(config.image_size)
    return config


def load(config: Config) -> ImageDataset:
    """The images of a configuration; names on stderr the pictures that had to be left out."""
    folder = Path(config.data_dir) if config.data_dir else None
    dataset = load_dataset(config.source, folder, config.image_size, cli.progress)
    cli.print_skipped(dataset.skipped)
    return dataset


def batches_of(run: Run, dataset: ImageDataset) -> Batches:
    return Batches(dataset, run.config.batch_size, run.config.seed, run.config.flip, run.config.hold_out)


def given(args: Namespace) -> dict[str, Any]:
    """The settings of a run that are given on the command line."""
    names = {field.name for field in fields(Config)} - {"source", "data_dir", "channels", "classes", "model"}
    return {name: getattr(args, name) for name in sorted(names) if getattr(args, name) is not None}


def resume(args: Namespace) -> Job:
    """The run in a folder, as its checkpoint has it; only the number of epochs may change."""
    if args.out:
        raise BadInput("--out cannot be given with --resume: a run continues in its own folder")
    folder = existing_folder(args.resume)
    networks = load_builder(args.model) if args.model else None
    run = load_run(folder.checkpoint, args.device, to_train=True, networks=networks)
    settings = {"source": args.source, **given(args)}
    epochs = settings.pop("epochs", run.config.epochs)
    for name, value in settings.items():
        if value != getattr(run.config, name):
            had = getattr(run.config, name)
            raise BadInput(f"--resume: this run has {name} {had}, not {value}; leave it out, or start a new run")
    if run.epoch >= epochs and folder.is_complete():
        raise BadInput(f"--resume: this run has finished epoch {run.epoch}, its last; ask for more with --epochs")
    if run.config.decay and not run.config.can_become(epochs, run.epoch + (run.batch > 0)):
        raise BadInput(
            f"--resume: the learning rate of this run already falls, to 0 after {run.config.epochs} epochs; "
            f"start a new one to train for {epochs}"
        )
    data_dir = os.path.abspath(args.data_dir) if args.data_dir else run.config.data_dir
    run.config = replace(run.config, epochs=epochs, data_dir=data_dir)
    dataset = load(run.config)
    found = dataset.fingerprint(run.config.conditional)
    if found != run.fingerprint:
        raise BadInput(f"--resume: the run was trained on other images ({run.fingerprint}, not {found})")
    if run.batch >= len(batches_of(run, dataset)):
        raise BadInput(f"{folder.checkpoint}: it stands at batch {run.batch}, past the end of an epoch")
    return Job(run, dataset, folder, find_reference(run))


def find_reference(run: Run) -> Reference | None:
    """What the run is scored against during training, if it is; raises BadInput if the package has no judge for it."""
    return Reference(run.config, SCORED, run.device) if run.config.score_every else None


def fit(job: Job, save_every: float) -> bool:
    """Train to the end, keeping the folder up to date; False if Ctrl-C ended it early, after the step in progress.

    Raises Diverged, keeping the last checkpoint, if a number is not finite.
    """
    run, dataset, folder, reference = job
    batches = batches_of(run, dataset)
    with Interrupt() as interrupt:
        log = folder.begin(run)
        print(f"Writing to {cli.readable_path(folder.path)}", file=sys.stderr)
        if run.step == 0:
            folder.save_samples(run)
            folder.save(run, log)
        progress = cli.Progress(run.config.epochs * len(batches), run.step, run.config.batch_size)
        began = saved = time.monotonic()
        try:
            for report in train(run, batches):
                log.add(report)
                progress.advance()
                stop, epoch_ends = interrupt.pressed, run.batch == 0
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
        waited = batches.waited / (time.monotonic() - began)
        print(f"Waited for data in {waited:.1%} of the time.", file=sys.stderr)
        if run.epoch < run.config.epochs:
            return False
        folder.save_summary(reference.floor() if reference else 0.0)
        return True


def describe(means: dict[str, float]) -> str:
    """The metrics in one short line."""
    d_loss, g_loss, d_real, d_fake = (means[name] for name in METRICS)
    return f"loss D {d_loss:.2f} G {g_loss:.2f}, D(x) {d_real:.2f} D(G(z)) {d_fake:.2f}"


def resume_command(run: Run, folder: RunFolder, *more: object) -> str:
    more = (*cli.model_option(run), *(["--device", run.device] if run.device != "cpu" else []), *more)
    return cli.command("minigan.train", run.config.source, "--resume", cli.readable_path(folder.path), *more)


def print_summary(run: Run, folder: RunFolder) -> None:
    name = cli.readable_path
    print(f"Done. Open these:\n  {name(folder.sample_files()[-1])}  (samples)")
    print(f"  {name(folder.gif)}  (how they came to be)\n  {name(folder.curves)}  (losses, and what D thinks)")
    for epoch, distance in folder.read_scores()[-1:]:
        print(f"  {name(folder.scores_curve)}  (Fréchet distance, {distance:.2f} after epoch {epoch})")
    print(f"Draw others:\n  {cli.command('minigan.sample', name(folder.checkpoint), *cli.model_option(run))}")
    if not run.config.decay:
        print(f"Train on:\n  {resume_command(run, folder, '--epochs', 2 * run.config.epochs)}")


def dry_run(args: Namespace) -> int:
    """A few steps, twice: a run from its beginning to its pictures, and its resumption.  Nothing is kept."""
    if args.resume or args.out:
        raise BadInput("--dry-run keeps nothing; leave out --out and --resume")
    with tempfile.TemporaryDirectory() as temporary:
        args.out = Path(temporary) / "run"
        run, dataset, folder, reference = begin(args)
        few = dataset.first(DRY_STEPS * run.config.batch_size)
        run.fingerprint, run.config = few.fingerprint(run.config.conditional), replace(run.config, epochs=1, hold_out=0)
        finished = fit(Job(run, few, folder, reference), args.save_every)
        if finished:
            run = load_run(folder.checkpoint, args.device, networks=run.builder)
            run.config = replace(run.config, epochs=2)
            finished = fit(Job(run, few, folder, reference), args.save_every)
    if not finished:
        raise KeyboardInterrupt
    print("Dry run: training, samples, curves, checkpoint and resumption work; nothing was kept.")
    return 0

"""Train a judge, a classifier of real images: `python -m minigan.train_judge mnist`."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..data import SOURCES, ImageDataset, find_source, load_dataset, load_test_set
from ..errors import BadInput
from ..evaluate.judges import Judge, accuracy, load_judge, new_judge, save_judge, train_judge
from ..ops.windows import Ints
from . import cli

PROG = "python -m minigan.train_judge"
EPOCHS = 10  # for images of your own


def make_parser() -> cli.Parser:
    """The command's arguments."""
    parser = cli.Parser(PROG, "Train a classifier of real images, for scoring generated images.")
    parser.add_argument("source", help=f"the images: {', '.join(epochs_by_source())}; with --data-dir others too")
    parser.add_argument("--data-dir", type=Path, help="folder with images of your own, with labels or attributes")
    parser.add_argument("--image-size", type=cli.whole(8), help="pixels (default: the source's)")
    epochs = "; ".join(f"{name} {count}" for name, count in epochs_by_source().items())
    parser.add_argument(
        "--image-width", type=cli.whole(8), help="of images that are not square; --image-size is then their height"
    )
    parser.add_argument("--epochs", type=cli.whole(1), help=f"number of epochs (default: {epochs}; others {EPOCHS})")
    parser.add_argument("--batch-size", type=cli.whole(2), default=64, help="images per step (default: 64)")
    parser.add_argument("--lr", type=cli.positive, default=1e-3, help="initial learning rate of Adam (default: 0.001)")
    parser.add_argument("--seed", type=cli.whole(0), default=0, help="random seed (default: 0)")
    parser.add_argument("--out", type=Path, help="new .npz file (default: judge-SOURCE.npz)")
    parser.add_device_and_kernels()
    return parser


def epochs_by_source() -> dict[str, int]:
    """The sources that a judge can be trained for, and the default number of epochs."""
    return {name: source.judge_epochs for name, source in SOURCES.items() if source.judge_epochs}


def main(argv: Sequence[str] | None = None) -> int:
    """Train a judge; returns the exit code."""
    args = make_parser().parse_args(argv)
    cli.open_device(args)
    if args.source not in epochs_by_source() and not args.data_dir:
        known = ", ".join(epochs_by_source())
        raise BadInput(f"no judge can be trained for {args.source!r} without --data-dir, only for: {known}")
    out = cli.new_file(args.out or Path(f"judge-{args.source}.npz"), ".npz")
    own = args.data_dir is not None
    args.epochs = args.epochs or (EPOCHS if own else epochs_by_source()[args.source])
    data = load_dataset(args.source, args.data_dir, size_of(args), cli.progress)
    data, test = split(data, args.seed) if own else (data, load_test_set(args.source, data.size))
    judge = new_judge(data, args.seed)
    judge.to(args.device)
    settings: dict[str, Any] = {name: getattr(args, name) for name in ("epochs", "batch_size", "lr", "seed")}
    steps = args.epochs * (len(data) // args.batch_size)
    for loss in cli.progress(train_judge(judge, data, **settings, device=args.device), steps, "training the judge"):
        if not np.isfinite(float(loss.numpy())):
            raise BadInput(f"--lr: the loss is not finite with {args.lr}; choose a lower one")
    size = {name: getattr(args, name) for name in ("image_size", "image_width")}
    note = {"data_dir": args.data_dir.resolve().name if own else None, **size, **settings}
    words = " ".join(f"--{k.replace('_', '-')} {v}" for k, v in note.items() if v is not None)  # a path is private
    save_judge(out, judge, f"python -m minigan.train_judge {args.source} {words}")
    print(f"Wrote {cli.readable_path(out)}. Accuracy on {len(test)} test images:")
    saved = load_judge(out, args.device)  # in half precision
    print(describe(saved, accuracy(saved, test, args.device)))
    return 0


def size_of(args: Namespace) -> Ints | None:
    """The size that the arguments ask for, in pixels; None for that of the source."""
    if not args.image_width:
        return args.image_size
    return args.image_size or find_source(args.source, args.data_dir).size, args.image_width


def split(data: ImageDataset, seed: int) -> tuple[ImageDataset, ImageDataset]:
    """Nine tenths of the images, to train with, and the others, to test with.  Raises BadInput for fewer than 20."""
    if len(data) < 20:
        raise BadInput(f"{data.name}: expected at least 20 images, of which a tenth is for the test, got {len(data)}")
    order = np.random.default_rng(seed).permutation(len(data))
    tenth = len(data) // 10
    return data.some(np.sort(order[tenth:])), data.some(np.sort(order[:tenth]))


def describe(judge: Judge, accuracies: np.ndarray) -> str:
    """The accuracies, from `accuracy`, as text."""
    if judge.exclusive:
        return f"  {accuracies[0]:.2%}"
    return "\n".join(f"  {name:10} {share:.2%}" for name, share in zip(judge.names, accuracies))

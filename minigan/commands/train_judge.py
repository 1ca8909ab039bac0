"""Train a judge, a classifier of real images: `python -m minigan.train_judge mnist`."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..arrays.backend import open_device
from ..data import SOURCES, load_dataset, load_test_set
from ..errors import BadInput
from ..evaluate.judges import Judge, accuracy, load_judge, new_judge, save_judge, train_judge
from . import cli

PROG = "python -m minigan.train_judge"


def parse(argv: Sequence[str] | None) -> Namespace:
    parser = cli.Parser(PROG, "Train a classifier of real images, to score generated ones with.")
    parser.add_argument("source", help=f"the images: {', '.join(epochs_by_source())}")
    epochs = "; ".join(f"{name} {count}" for name, count in epochs_by_source().items())
    parser.add_argument("--epochs", type=cli.whole(1), help=f"passes through the data (default: {epochs})")
    parser.add_argument("--batch-size", type=cli.whole(2), default=64, help="images per step (default: 64)")
    parser.add_argument("--lr", type=cli.positive, default=1e-3, help="Adam's learning rate at first (default: 0.001)")
    parser.add_argument("--seed", type=cli.whole(0), default=0, help="decides every random number (default: 0)")
    parser.add_argument("--out", type=Path, help="new .npz file (default: judge-SOURCE.npz)")
    parser.add_device()
    return parser.parse_args(argv)


def epochs_by_source() -> dict[str, int]:
    """The sources that a judge is trained for, and for how many epochs by default."""
    return {name: source.judge_epochs for name, source in SOURCES.items() if source.judge_epochs}


def main(argv: Sequence[str] | None = None) -> int:
    args = parse(argv)
    open_device(args.device)
    if args.source not in epochs_by_source():
        raise BadInput(f"no judge is trained for {args.source!r}, only for: {', '.join(epochs_by_source())}")
    out = cli.new_file(args.out or Path(f"judge-{args.source}.npz"), ".npz")
    args.epochs = args.epochs or epochs_by_source()[args.source]
    data = load_dataset(args.source)
    test = load_test_set(args.source, data.shape[0])
    judge = new_judge(data, args.seed)
    judge.to(args.device)
    settings: dict[str, Any] = {name: getattr(args, name) for name in ("epochs", "batch_size", "lr", "seed")}
    steps = args.epochs * (len(data) // args.batch_size)
    for loss in cli.progress(train_judge(judge, data, **settings, device=args.device), steps, "training the judge"):
        if not np.isfinite(float(loss.numpy())):
            raise BadInput(f"--lr: the loss is not finite with {args.lr}; choose a lower one")
    command = f"python -m minigan.train_judge {args.source} " + " ".join(f"--{k} {v}" for k, v in settings.items())
    save_judge(out, judge, command.replace("_", "-"))
    print(f"Wrote {cli.readable_path(out)}. Right on {len(test)} images of the test set:")
    kept = load_judge(out, args.device)  # in half precision, as it will be used
    print(describe(kept, accuracy(kept, test, args.device)))
    return 0


def describe(judge: Judge, right: np.ndarray) -> str:
    """The accuracy in words."""
    if judge.exclusive:
        return f"  {right[0]:.2%}"
    return "\n".join(f"  {name:10} {share:.2%}" for name, share in zip(judge.names, right))

"""Draw images from a checkpoint: `python -m minigan.sample runs/mnist/001/checkpoint.npz`."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path

from ..errors import BadInput
from ..files import write_new
from ..show import save_png
from . import cli
from .run_folder import sample_grid

PROG = "python -m minigan.sample"


def main(argv: Sequence[str] | None = None) -> int:
    """Draw a grid of samples; returns the exit code."""
    parser = cli.Parser(prog=PROG, description="Draw a grid of images from a trained generator.")
    parser.add_checkpoint()
    parser.add_argument("--count", type=cli.whole(1), default=64, help="number of images (default: 64)")
    parser.add_argument("--label", type=cli.whole(0), help="draw only this class, for conditional networks")
    parser.add_argument("--seed", type=cli.whole(0), default=0, help="random seed of the noise (default: 0)")
    parser.add_argument("--out", type=Path, help="new PNG file (default: samples-001.png, …)")
    parser.add_device_and_kernels("numpy")
    args = parser.parse_args(argv)
    out = args.out or _free_name()
    cli.new_file(out, ".png")

    run = cli.load(args)
    if args.label is not None and args.label >= run.config.classes:
        known = f"a label from 0 to {run.config.classes - 1}" if run.config.classes else "no label: it has no classes"
        raise BadInput(f"--label: this checkpoint takes {known}, got {args.label}")
    picture = sample_grid(run, args.count, args.seed, args.label)
    while True:
        try:
            write_new(out, lambda file: save_png(file, picture))
            break
        except FileExistsError:  # another process was faster
            if args.out:
                raise BadInput(f"--out: {out} exists already; choose another name") from None
            out = _free_name()
    print(f"Wrote {cli.readable_path(out)}: {args.count} images, seed {args.seed}")
    return 0


def _free_name() -> Path:
    """The first of samples-001.png, … that there is no file of."""
    return next(path for i in count(1) if not (path := Path(f"samples-{i:03d}.png")).exists())

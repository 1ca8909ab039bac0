"""Draw images from a checkpoint: `python -m minigan.sample runs/mnist/001/checkpoint.npz`."""

from argparse import ArgumentTypeError, Namespace
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from ..errors import BadInput
from ..files import write_new
from ..gan import Run, draw_samples
from ..show import image_grid, save_png
from . import cli
from .out_folder import check_unused, new_folder
from .run_folder import class_columns

PROG = "python -m minigan.sample"
COUNT = 64
PARENT = Path("samples")  # where the folder of --each is created without --out


def make_parser() -> cli.Parser:
    """The command's arguments."""
    parser = cli.Parser(prog=PROG, description="Draw images from a trained generator: a grid, or one file for each.")
    parser.add_checkpoint()
    parser.add_argument("--count", type=cli.whole(1), help=f"number of images (default: {COUNT})")
    parser.add_argument("--label", type=cli.whole(0), help="draw only this class, for conditional networks")
    parser.add_argument("--seed", type=cli.whole(0), default=0, help="random seed of the noise (default: 0)")
    parser.add_argument("--grid", type=rows_and_columns, metavar="ROWSxCOLUMNS", help="the shape of the grid")
    parser.add_argument("--each", action="store_true", help="write one file for each image instead, into a folder")
    parser.add_argument(
        "--scale", type=cli.whole(1, 64), help="enlarge each pixel so many times (default: 2 in grids of small images)"
    )
    parser.add_argument(
        "--out", type=Path, help="new PNG file (default: samples-001.png, …) or, with --each, folder (samples/001, …)"
    )
    parser.add_device_and_kernels("numpy")
    return parser


def parse(argv: Sequence[str] | None) -> Namespace:
    """Parse the arguments.  Raises BadInput for options that exclude each other."""
    args = make_parser().parse_args(argv)
    if args.grid and args.each:
        raise BadInput("--grid: with --each there is no grid; leave one of them out")
    if args.grid and args.count:
        raise BadInput("--count: --grid says how many images there are; leave one of them out")
    args.count = args.count or (args.grid[0] * args.grid[1] if args.grid else COUNT)
    return args


def rows_and_columns(text: str) -> tuple[int, int]:
    """Argument type: two whole numbers of at least 1, such as 4x16."""
    parts = text.lower().replace("×", "x").split("x")
    try:
        rows, columns = (cli.whole(1, 1000)(part) for part in parts)
    except (ValueError, ArgumentTypeError):
        raise ArgumentTypeError(f"expected rows and columns, such as 4x16, got {text!r}") from None
    return rows, columns


def main(argv: Sequence[str] | None = None) -> int:
    """Draw samples; returns the exit code."""
    args = parse(argv)
    if args.each:
        check_unused(args.out, PARENT)
    else:
        cli.new_file(args.out or free_name(), ".png")
    run = cli.load(args)
    if args.label is not None and args.label >= run.config.classes:
        known = f"a label from 0 to {run.config.classes - 1}" if run.config.classes else "no label: it has no classes"
        raise BadInput(f"--label: this checkpoint takes {known}, got {args.label}")
    where = write_each(run, args) if args.each else write_grid(run, args)
    print(f"Wrote {cli.readable_path(where)}: {args.count} images, seed {args.seed}")
    return 0


def write_grid(run: Run, args: Namespace) -> Path:
    """All images in one picture; returns its path."""
    images, _ = draw_samples(run, args.count, args.seed, args.label)
    by_class = class_columns(run) if args.label is None else None
    picture = image_grid(images, args.grid[1] if args.grid else by_class, args.scale)
    while True:
        out = args.out or free_name()
        try:
            write_new(out, lambda file: save_png(file, picture))
            return out
        except FileExistsError:  # another process was faster
            if args.out:
                raise BadInput(f"--out: {out} exists already; choose another name") from None


def write_each(run: Run, args: Namespace) -> Path:
    """Each image in its own file, 00001.png, …, with the label in the name if there is one; returns the folder."""
    images, labels = draw_samples(run, args.count, args.seed, args.label)
    folder = new_folder(args.out, PARENT)
    for i in cli.progress(range(len(images)), len(images), "writing"):
        label = f"-{labels[i]}" if labels is not None else ""
        scale = args.scale or 1
        save_png(folder / f"{i + 1:05d}{label}.png", images[i].repeat(scale, axis=0).repeat(scale, axis=1))
    return folder


def free_name() -> Path:
    """The first of samples-001.png, … that there is no file of."""
    return next(path for i in count(1) if not (path := Path(f"samples-{i:03d}.png")).exists())

"""The images that `complete` and `invert` work on: held-out ones, or the user's pictures."""

from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np

from ...data import ImageDataset, load_test_set
from ...data.pictures import BrokenPicture, in_colour, read_crop
from ...errors import BadInput
from ...explore.completion import GUESSES
from ...gan import Run
from ...ops.windows import Ints
from .. import cli

GREY = np.array([0.299, 0.587, 0.114])  # weights of red, green and blue (ITU-R BT.601), as in Pillow
COLUMNS = 8  # images per line; more would be too small on a page
WHY_NO_LABELS = "z would depend on the label; use a checkpoint trained without --conditional"


def add_search(parser: cli.Parser, count: int, iterations: int) -> None:
    """Add the arguments of a search: which images, and how many iterations."""
    parser.add_argument(
        "--picture", type=Path, action="append", default=[], metavar="FILE",
        help="your own picture instead of held-out images; can be given several times",
    )  # fmt: skip
    parser.add_argument("--count", type=cli.whole(1), help=f"number of held-out images (default: {count})")
    parser.add_argument(
        "--iterations", type=cli.whole(1, 100_000), default=iterations, help=f"steps of Adam (default: {iterations})"
    )
    starts = cli.whole(1, GUESSES)
    parser.add_argument("--restarts", type=starts, default=3, help="number of starts per image (default: 3)")
    parser.add_argument(
        "--guesses", type=cli.whole(1, 100_000), default=GUESSES,
        help=f"number of random z's; the starts are the best of them (default: {GUESSES})",
    )  # fmt: skip


def rng_of(args: Namespace) -> np.random.Generator:
    """A new random number generator with the seed of the arguments."""
    return np.random.default_rng(args.seed)


def search_settings(args: Namespace, device: str) -> dict[str, Any]:
    """The arguments of `Search` that both commands take.  Raises BadInput for more starts than guesses."""
    if args.restarts > args.guesses:
        raise BadInput(f"--restarts: expected at most as many as --guesses, {args.guesses}, got {args.restarts}")
    return {"rng": rng_of(args), "restarts": args.restarts, "guesses": args.guesses, "device": device}


def input_images(args: Namespace, run: Run, default: int) -> ImageDataset:
    """The pictures of --picture, or the first held-out images with labels or attributes.  Raises BadInput."""
    if not args.picture:
        return held_out(run, args.count or default)
    if args.count:
        raise BadInput("--count is the number of held-out images; leave it out with --picture")
    shape = (run.config.size, run.config.channels)
    return ImageDataset("pictures", np.stack([read_picture(path, *shape) for path in args.picture]))


def held_out(run: Run, count: int) -> ImageDataset:
    """The first `count` test images of the run's source.  Raises BadInput if there are not so many."""
    if run.config.data_dir is not None:
        raise BadInput(f"no held-out images of {run.config.data_dir}; pass pictures with --picture")
    try:
        data = load_test_set(run.config.source, run.config.size)
    except BadInput as error:
        raise BadInput(f"{error}; pass pictures with --picture") from error
    if count > len(data):
        raise BadInput(f"expected at most {len(data)} images, the size of the test set, got {count}")
    return data.first(count)


def read_picture(path: Path, size: Ints, channels: int) -> np.ndarray:
    """The centre of a picture, resized: bytes (*size, channels); colour becomes grey if channels is 1.

    Raises BadInput if it cannot be read.
    """
    try:
        crop = read_crop(path, size)
    except BrokenPicture as error:
        raise BadInput(f"--picture: {path}: cannot be read ({error})") from error
    if channels == 3:
        return np.array(in_colour(crop))
    return crop if crop.shape[2] == 1 else np.rint(crop @ GREY).astype(np.uint8)[..., None]


def wrap_rows(rows: dict[str, np.ndarray]) -> tuple[list[list[np.ndarray | None]], list[str]]:
    """Rows of images, all of the same length, wrapped into lines of at most 8; and the name of each line.

    The result is for `sheet`.
    """
    count = len(next(iter(rows.values())))
    lines: list[list[np.ndarray | None]] = []
    for start in range(0, count, COLUMNS):
        for images in rows.values():
            line = list(images[start : start + COLUMNS])
            lines.append(line + [None] * (min(count, COLUMNS) - len(line)))
    return lines, list(rows) * (len(lines) // len(rows))

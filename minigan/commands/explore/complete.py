"""Complete images with missing parts.

With --score, all masks are used, and the result is a table.
"""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...errors import BadInput, Progress, quiet
from ...evaluate.scores import judge_of, learned_from
from ...explore.completion import DEVIATION, Search, Step, overlay
from ...explore.completion_scores import compare, psnr
from ...explore.masks import MASKS, draw_masks, load_mask
from ...gan import Run
from ...ops.windows import Ints
from ...show import image_grid, save_gif, save_sheet, save_step_curves
from .. import cli
from .common import file_list, load, make_folder
from .completion_table import MEAN, baseline_fills, describe, generator_fills, write_table
from .input_images import WHY_NO_LABELS, add_search, held_out, input_images, rng_of, search_settings, wrap_rows

COUNT, ITERATIONS = 16, 300
BATCH = 16  # images per search with --score
FRAMES = 24  # of the GIF, approximately
UNKNOWN = 128  # the grey value of unknown pixels in pictures


def add_arguments(parser: cli.Parser) -> None:
    """Add the arguments of this experiment."""
    add_search(parser, COUNT, ITERATIONS)
    parser.add_argument(
        "--mask",
        help=f"missing pixels: {', '.join(MASKS)}, or a PNG file, black or transparent there (default: centre)",
    )
    parser.add_argument("--weight", type=cli.not_negative, default=0.1, help="weight λ of D's loss (default: 0.1)")
    parser.add_argument(
        "--deviation",
        type=cli.not_negative,
        default=DEVIATION,
        help="σ, how far the known pixels, −1 … 1, may be from G's; with a larger one z is a more usual one "
        f"(default: {DEVIATION})",
    )
    parser.add_argument("--score", type=cli.whole(1), metavar="N", help="a table of all masks for N held-out images")


def run(args: Namespace) -> int:
    """Run the experiment; returns the exit code."""
    trained = load(args, labels=WHY_NO_LABELS)
    if not args.score:
        return complete(args, trained)
    if args.picture or args.count or args.mask:
        raise BadInput("--score N uses all masks and N held-out images; leave out --picture, --count and --mask")
    return score(args, trained)


def complete(args: Namespace, trained: Run) -> int:
    """Complete the user's pictures, or held-out images, with one mask; returns the exit code."""
    data = input_images(args, trained, COUNT)
    images, judge = data.images[:], None if args.picture else judge_of(trained.config, trained.device)
    known = masks(args, len(images), trained.config.size)
    search = start(args, trained, images, known, cli.progress)
    masked = overlay(images, np.full_like(images, UNKNOWN), known)
    steps, frames = watch(args, search, images, masked, known)
    fillings = generator_fills(images, known, search.drawn())
    if judge is None:
        table = {name: (psnr(images, overlay(images, fill, known), ~known), np.nan) for name, fill in fillings.items()}
    else:
        fillings = baseline_fills(images, known, learned_from(trained.config).images[:]) | fillings
        table = compare(data, known, fillings, judge, trained.device)
    folder, name = make_folder(args), Path(args.mask or "centre").name
    rows = {"original": images, "known": masked}
    rows |= {filling: overlay(images, fill, known) for filling, fill in fillings.items() if filling != MEAN}
    save_sheet(folder / "completed.png", *wrap_rows(rows))
    save_gif(folder / "search.gif", frames, seconds=0.15)
    save_step_curves(folder / "losses.png", curves(steps), "loss, the mean over the images")
    write_table(folder, {name: table})
    whose = "your pictures" if args.picture else f"{len(images)} held-out images"
    print(describe(name, table, whose))
    files = {
        "completed_png": "original, known pixels, and completions",
        "search_gif": "the search; rows: original, known pixels, completion so far",
        "losses_png": "the terms of the loss",
        "numbers_csv": "the numbers above",
    }
    print(file_list(folder, **files))
    return 0


def score(args: Namespace, trained: Run) -> int:
    """Complete held-out images with all masks, and write only a table; returns the exit code."""
    data, judge = held_out(trained, args.score), judge_of(trained.config, trained.device)
    images, train = data.images[:], learned_from(trained.config).images[:]
    drawn = {name: draw_masks(name, len(images), trained.config.size, rng_of(args)) for name in MASKS}
    parts = [slice(i, i + BATCH) for i in range(0, len(images), BATCH)]
    fills: dict[str, list[np.ndarray]] = {name: [] for name in MASKS}

    def searching() -> Iterator[Step]:
        for name, known in drawn.items():
            for part in parts:
                search = start(args, trained, images[part], known[part])
                yield from search.steps(args.iterations)
                fills[name].append(search.drawn())

    for _ in cli.progress(searching(), len(drawn) * len(parts) * args.iterations, "searching"):
        pass
    tables = {}
    for name, known in drawn.items():
        fillings = baseline_fills(images, known, train) | generator_fills(images, known, np.concatenate(fills[name]))
        tables[name] = compare(data, known, fillings, judge, trained.device)
    folder = make_folder(args)
    write_table(folder, tables)
    print("\n".join(describe(name, table, f"{len(images)} held-out images") for name, table in tables.items()))
    print(file_list(folder, numbers_csv="the numbers above"))
    return 0


def start(args: Namespace, trained: Run, images: np.ndarray, known: np.ndarray, progress: Progress = quiet) -> Search:
    """A search for these images."""
    return Search(
        trained.sampling_generator, trained.game.discriminator, images, known,
        weight=args.weight, deviation=args.deviation, progress=progress, **search_settings(args, trained.device),
    )  # fmt: skip


def masks(args: Namespace, count: int, size: Ints) -> np.ndarray:
    """The masks of --mask, (count, H, W).  Raises BadInput for an unknown name or an unusable file."""
    mask = args.mask or "centre"
    if mask in MASKS:
        return draw_masks(mask, count, size, rng_of(args))
    if not Path(mask).suffix:
        raise BadInput(f"--mask: expected {', '.join(MASKS)}, or a PNG file, got {mask}")
    return np.stack([load_mask(Path(mask), size)] * count)


def watch(
    args: Namespace, search: Search, images: np.ndarray, masked: np.ndarray, known: np.ndarray
) -> tuple[list[Step], list[np.ndarray]]:
    """Run the search; returns all steps, and pictures after some of them, including the last."""
    every, steps, frames = max(1, args.iterations // FRAMES), [], []
    scale = max(1, min(8, 1000 // (images.shape[2] * len(images))))
    for step in cli.progress(search.steps(args.iterations), args.iterations, "searching"):
        steps.append(step)
        if step.number % every == 1 % every or step.number == args.iterations:
            so_far = overlay(images, search.drawn(), known)
            frames.append(image_grid(np.concatenate([images, masked, so_far]), columns=len(images), scale=scale))
    return steps, frames


def curves(steps: list[Step]) -> dict[str, np.ndarray]:
    """The terms of the loss by iteration, averaged over the images: each (iterations,)."""
    return {
        "contextual": np.array([step.contextual.mean() for step in steps]),
        "perceptual, weighted": np.array([step.perceptual.mean() for step in steps]),
        "prior": np.array([step.prior.mean() for step in steps]),
    }

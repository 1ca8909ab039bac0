"""Complete images of which a part is missing.

With --score the same on all masks, as a table.
"""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ... import cli
from ...data import ImageDataset
from ...data.dataset import to_bytes
from ...errors import BadInput
from ...extras import need
from ...files import write_atomically
from ...gan import Run
from ...show import image_grid, save_gif, save_sheet, save_step_curves
from ..blending import WHAT, blend
from ..completion import Search, Step, overlay
from ..completion_scores import compare, mean_image, nearest_by_known, psnr
from ..masks import MASKS, draw_masks, load_mask
from .common import judge_of, load, make_folder, wrote
from .subjects import NO_LABEL, add_search, held_out, learned_from, subjects

COUNT, ITERATIONS = 16, 300
AT_ONCE = 16  # images of a table that are searched for together
FRAMES = 24
GREY = 128  # of what is not known
MEAN, NEAREST, COMPLETED, BLENDED = "mean fill", "nearest training image", "completed", "completed, blended"


def add_arguments(parser: cli.Parser) -> None:
    add_search(parser, COUNT, ITERATIONS)
    parser.add_argument(
        "--mask", default="centre",
        help=f"what is missing: {', '.join(MASKS)}, or a PNG file, white where the image is known (default: centre)",
    )  # fmt: skip
    parser.add_argument("--weight", type=cli.fraction, default=0.1, help="of D's opinion, λ (default: 0.1)")
    parser.add_argument("--score", type=cli.whole(1), metavar="N", help="a table of all masks on N held-out images")


def run(args: Namespace) -> int:
    trained = load(args, labels=NO_LABEL)
    return score(args, trained) if args.score else complete(args, trained)


def complete(args: Namespace, trained: Run) -> int:
    """Complete pictures, or held-out images."""
    data = subjects(args, trained, COUNT)
    images = data.images[:]
    known = masks(args, len(images), trained.config.image_size)
    own = bool(args.picture)
    judge = None if own else judge_of(trained)
    search = start(args, trained, images, known)
    steps, frames = [], []
    masked = overlay(images, np.full_like(images, GREY), known)
    for step in cli.progress(search.steps(args.iterations), args.iterations, "searching"):
        steps.append(step)
        if step.number % max(1, args.iterations // FRAMES) == 1 % max(1, args.iterations // FRAMES):
            so_far = overlay(images, search.drawn(), known)
            frames.append(image_grid(np.concatenate([images, masked, so_far]), columns=len(images)))
    fillings = filled(images, known, search.drawn())
    folder = make_folder(args)
    if judge is None:
        table = {name: (psnr(images, overlay(images, fill, known), ~known), np.nan) for name, fill in fillings.items()}
    else:
        fillings = plain(images, known, learned_from(trained)) | fillings
        table = compare(data, known, fillings, judge, trained.device)
    pictures = {"original": images, "known": masked} | {
        name: overlay(images, fill, known) for name, fill in fillings.items() if name != MEAN
    }
    save_sheet(folder / "completed.png", list(pictures.values()), list(pictures))
    save_gif(folder / "search.gif", frames, seconds=0.15)
    save_step_curves(folder / "losses.png", curves(steps), "loss, the mean over the images")
    write_table(folder, {mask_name(args): table})
    print(describe(mask_name(args), table, len(images), own))
    print(
        wrote(
            folder,
            completed_png="before, what was known, and completed",
            search_gif="the search: before, what was known, completed so far",
            losses_png="the terms of the loss",
            numbers_csv="the numbers above",
        )
    )
    return 0


def score(args: Namespace, trained: Run) -> int:
    """All masks on held-out images, in numbers alone."""
    if args.picture or args.count or args.mask != "centre":
        raise BadInput(
            "--score takes every mask on its own number of held-out images; leave out --picture, --count, --mask"
        )
    data, judge = held_out(trained, args.score), judge_of(trained)
    images, train = data.images[:], learned_from(trained)
    drawn = {name: draw_masks(name, len(images), trained.config.image_size, rng_of(args)) for name in MASKS}
    parts = [slice(i, i + AT_ONCE) for i in range(0, len(images), AT_ONCE)]
    fills: dict[str, list[np.ndarray]] = {name: [] for name in MASKS}

    def searched() -> Iterator[Step]:
        for name, known in drawn.items():
            for part in parts:
                search = start(args, trained, images[part], known[part])
                yield from search.steps(args.iterations)
                fills[name].append(search.drawn())

    for _ in cli.progress(searched(), len(drawn) * len(parts) * args.iterations, "searching"):
        pass
    tables = {}
    for name, known in drawn.items():
        fillings = plain(images, known, train) | filled(images, known, np.concatenate(fills[name]))
        tables[name] = compare(data, known, fillings, judge, trained.device)
    folder = make_folder(args)
    write_table(folder, tables)
    print("\n".join(describe(name, table, len(images), False) for name, table in tables.items()))
    print(wrote(folder, numbers_csv="the numbers above"))
    return 0


def rng_of(args: Namespace) -> np.random.Generator:
    return np.random.default_rng(args.seed)


def start(args: Namespace, trained: Run, images: np.ndarray, known: np.ndarray) -> Search:
    """The search for these images, with the generator that draws."""
    return Search(
        trained.average or trained.generator, trained.game.discriminator, images, known,
        rng=rng_of(args), restarts=args.restarts, weight=args.weight, device=trained.device,
    )  # fmt: skip


def masks(args: Namespace, count: int, size: int) -> np.ndarray:
    """The masks that the arguments name, (count, size, size)."""
    if args.mask in MASKS:
        return draw_masks(args.mask, count, size, rng_of(args))
    if not Path(args.mask).suffix:
        raise BadInput(f"--mask: expected {', '.join(MASKS)}, or a PNG file, got {args.mask}")
    return np.stack([load_mask(Path(args.mask), size)] * count)


def mask_name(args: Namespace) -> str:
    return args.mask if args.mask in MASKS else Path(args.mask).name


def plain(images: np.ndarray, known: np.ndarray, train: np.ndarray) -> dict[str, np.ndarray]:
    """What the training images alone have to offer."""
    mean = np.broadcast_to(mean_image(train), images.shape)
    return {MEAN: mean, NEAREST: nearest_by_known(images, known, train, cli.progress)}


def filled(images: np.ndarray, known: np.ndarray, drawn: np.ndarray) -> dict[str, np.ndarray]:
    """G's images; and those blended in, unless SciPy is missing, which is said."""
    try:
        need("scipy", "blend", WHAT)
    except BadInput as error:
        print(f"Not blended: {error}")
        return {COMPLETED: drawn}
    blended = blend(images, drawn, known)
    return {COMPLETED: drawn, BLENDED: to_bytes(blended / 127.5 - 1.0)}


def curves(steps: list[Step]) -> dict[str, np.ndarray]:
    """The terms of the loss, each the mean over the images, iteration by iteration."""
    return {
        "contextual": np.array([step.contextual.mean() for step in steps]),
        "perceptual, weighted": np.array([step.perceptual.mean() for step in steps]),
        "prior": np.array([step.prior.mean() for step in steps]),
    }


def write_table(folder: Path, tables: dict[str, dict[str, tuple[float, float]]]) -> None:
    """numbers.csv; the share that is right is empty where the truth is not known."""
    lines = ["mask,filling,psnr,right"]
    for mask, table in tables.items():
        for filling, (decibels, share) in table.items():
            lines.append(f'{mask},"{filling}",{decibels:.4f},{"" if np.isnan(share) else f"{share:.4f}"}')
    write_atomically(folder / "numbers.csv", lambda file: file.write(("\n".join(lines) + "\n").encode()))


def describe(mask: str, table: dict[str, tuple[float, float]], count: int, own: bool) -> str:
    """The numbers in words."""
    whose = "your pictures, if they are whole" if own else f"{count} held-out images"
    lines = [f"In the hole ({mask}) of {whose}: how near to the truth (PSNR, more is better){'' if own else ', and'}"]
    if not own:
        lines[0] += " what the judge still gets right"
    for filling, (decibels, share) in table.items():
        lines.append(f"  {filling:<24}{decibels:6.2f} dB" + ("" if own else f"  {share:7.1%}"))
    return "\n".join(lines)

"""Interpolate between random z's: do the images change smoothly, or do they jump?"""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ...errors import BadInput
from ...evaluate import nearest
from ...evaluate.judges import judge_images
from ...evaluate.scores import judge_of, learned_from
from ...explore.walk import linear, path, spherical, step_sizes, unevenness
from ...gan import Run, draw_noise
from ...show import image_grid, save_gif, save_sheet
from .. import cli
from .common import file_list, load, make_folder, write_numbers

STATIONS = 9  # the paper's figure 4
COLUMNS = 9  # images per leg, from one station to the next, in the pictures, including both ends
FRAMES = 16  # images per leg in the GIF, at most
KINDS = {"linear": linear, "spherical": spherical}
JUMPS = "nearest_training_images"

Spaces = dict[str, Callable[[np.ndarray], np.ndarray]]


def add_arguments(parser: cli.Parser) -> None:
    """Add the arguments of this experiment."""
    parser.add_argument(
        "--stations", type=cli.whole(2, 50), default=STATIONS, help=f"number of random z's (default: {STATIONS})"
    )
    parser.add_argument(
        "--steps", type=cli.whole(2, 1000), default=64, help="steps from one z to the next (default: 64)"
    )
    parser.add_argument("--label", type=cli.whole(0), help="the class to draw, for conditional networks")


def run(args: Namespace) -> int:
    """Run the experiment; returns the exit code."""
    trained = load(args)
    label = chosen_label(trained, args.label)
    spaces, training = spaces_of(trained)
    rng = np.random.default_rng(args.seed)
    stations = draw_noise(rng, args.stations, trained.config.latent)
    unrelated = trained.draw(draw_noise(rng, 500, trained.config.latent), label)
    frames = {name: trained.draw(path(stations, args.steps, kind), label) for name, kind in KINDS.items()}
    if training is not None:
        found, _ = nearest(frames["linear"], training, progress=cli.progress)
        frames[JUMPS] = training[found[:, 0]]
    folder = make_folder(args)
    numbers = measure(frames, unrelated, spaces)
    write_numbers(folder, numbers)
    write_pictures(folder, frames, args.steps)
    print(describe(numbers, list(spaces), args))
    print(
        file_list(
            folder,
            strip_png="from the first z to the second, with each interpolation",
            linear_png="linear interpolation: one row from each z to the next",
            spherical_png="spherical interpolation",
            walk_gif="both as an animation: linear on the left, spherical on the right",
            numbers_csv="",
        )
    )
    return 0


def chosen_label(run: Run, label: int | None) -> int | None:
    """The label to draw.  Raises BadInput if it is missing for conditional networks, or given for others."""
    classes = run.config.classes
    if classes and (label is None or label >= classes):
        got = "none" if label is None else label
        raise BadInput(f"this checkpoint is conditional: expected --label from 0 to {classes - 1}, got {got}")
    if not classes and label is not None:
        raise BadInput(f"this checkpoint is not conditional; leave out --label {label}")
    return label


def spaces_of(run: Run) -> tuple[Spaces, np.ndarray | None]:
    """The spaces in which steps are measured, and the training images; without a judge only pixels, and None."""
    pixels: Spaces = {"pixels": lambda images: images / 255.0}
    try:
        judge = judge_of(run.config, run.device)
    except BadInput:  # such as a run on the user's own images
        return pixels, None
    features: Spaces = {"features": lambda images: judge_images(judge, images, run.device).features}
    return features | pixels, learned_from(run.config).images[:]


def measure(frames: dict[str, np.ndarray], unrelated: np.ndarray, spaces: Spaces) -> dict[str, float]:
    """For each path and space, the largest step divided by the mean step and by the mean distance of random samples."""
    numbers = {}
    for space, coordinates in spaces.items():
        distance = step_sizes(coordinates(unrelated)).mean()
        for name, images in frames.items():
            steps = step_sizes(coordinates(images))
            key = f"{name}_{space}"
            numbers[f"{key}_largest_by_mean_step"] = unevenness(steps)
            numbers[f"{key}_largest_by_unrelated"] = float(steps.max() / distance) if distance else float("nan")
    return numbers


def write_pictures(folder: Path, frames: dict[str, np.ndarray], steps: int) -> None:
    """Write the sheets and the GIF, with some images of each leg, evenly spaced."""
    shown = np.unique(np.linspace(0, steps, COLUMNS).round().astype(int))
    heads = [f"{i / steps:.0%}" for i in shown]
    sides = [name.replace("_", " ") for name in frames]
    first = [[images[i] for i in shown] for images in frames.values()]
    save_sheet(folder / "strip.png", first, sides, heads, "From one random z (0 %) to another (100 %)")
    for name in KINDS:
        legs = range((len(frames[name]) - 1) // steps)
        rows = [[frames[name][leg * steps + i] for i in shown] for leg in legs]
        sides = [f"z{leg + 1} to z{leg + 2}" for leg in legs]
        save_sheet(folder / f"{name}.png", rows, sides, heads, f"From each random z to the next, {name} interpolation")
    pairs = zip(*(frames[name][:: max(1, steps // FRAMES)] for name in KINDS))
    save_gif(folder / "walk.gif", [image_grid(np.stack(pair), columns=2, scale=4) for pair in pairs], seconds=0.08)


def describe(numbers: dict[str, float], spaces: list[str], args: Namespace) -> str:
    """The results as text."""
    where = {"features": "the judge's features", "pixels": "pixels"}
    lines = [f"{args.stations} random z's, {args.steps} steps from each to the next (seed {args.seed})."]
    for space in spaces:
        lines.append(f"Largest step divided by mean step, in {where[space]} (1: all steps are equal):")
        for name in (*KINDS, JUMPS):
            if f"{name}_{space}_largest_by_mean_step" in numbers:
                ratio, share = (numbers[f"{name}_{space}_largest_by_{what}"] for what in ("mean_step", "unrelated"))
                note = f"it is {share:.0%} of the distance between unrelated samples"
                lines.append(f"  {name.replace('_', ' '):24}{ratio:6.2f}   ({note})")
    if len(spaces) > 1:
        lines.append("A generator that had memorised its training images would draw the nearest training images.")
    return "\n".join(lines)

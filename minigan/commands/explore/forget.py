"""Make G forget an attribute: find the feature maps that draw it, and draw the same faces without them."""

from argparse import Namespace
from pathlib import Path

import numpy as np

from ...evaluate.scores import judge_of
from ...explore.forget import CONTROLS, MEASURED, ForgetResult, forget
from ...files import write_csv
from ...show import save_sheet
from .. import cli
from .common import file_list, load, make_folder

COLUMNS = 8  # faces in the picture


def add_arguments(parser: cli.Parser) -> None:
    """Add the arguments of this experiment."""
    parser.add_argument("--attribute", default="glasses", help="the attribute to forget (default: glasses)")
    parser.add_argument("--drop", type=cli.whole(1), help="maximum number of maps to drop (default: a quarter of all)")


def run(args: Namespace) -> int:
    """Run the experiment; returns the exit code."""
    trained = load(args, labels="choose a checkpoint without labels")
    judge = judge_of(trained.config, trained.device)
    result = forget(trained, judge, args.attribute, args.drop, args.seed, cli.progress)
    folder = make_folder(args)
    write_numbers(folder / "numbers.csv", judge.names, result)
    save_picture(folder / "forget.png", judge.names, args.attribute, result)
    print(describe(judge.names, args.attribute, result))
    print(file_list(folder, forget_png="the same z's with and without the maps", numbers_csv="each attribute"))
    return 0


def describe(names: list[str], attribute: str, result: ForgetResult) -> str:
    """The results as text."""
    i, dropped, total = names.index(attribute), len(result.found.maps), len(result.found.weights)
    before, after, control = result.before[i], result.after.shares[i], result.control.shares[i]
    others, by_chance = (np.delete(rates.flipped, i).mean() for rates in (result.after, result.control))
    lines = [
        f"{attribute}: {before:.1%} of {MEASURED} samples show it",
        f"  {after:.1%} without the {dropped} of {total} maps with the most positive weights",
        f"  {control:.1%} without {dropped} random maps (mean of {CONTROLS} sets)",
        f"The other attributes: {others:.1%} changed (random maps: {by_chance:.1%})",
    ]
    for k, name in enumerate(names):
        rates = [shares[k] for shares in (result.before, result.after.shares, result.control.shares)]
        lines += ["  {:<12}{:.1%}, then {:.1%} (random maps: {:.1%})".format(name, *rates)] if k != i else []
    return "\n".join(lines)


def write_numbers(path: Path, names: list[str], result: ForgetResult) -> None:
    """Write a row for each attribute."""
    header = ("attribute", "before", "after", "flipped", "after_random_maps", "flipped_random_maps")
    columns = (result.before, *result.after, *result.control)
    write_csv(path, header, [[name, *(f"{column[k]:.4f}" for column in columns)] for k, name in enumerate(names)])


def save_picture(path: Path, names: list[str], attribute: str, result: ForgetResult) -> None:
    """Write a sheet: in columns, samples that show the attribute; in rows, the same z's with and without the maps."""
    chosen = np.flatnonzero(result.shown[:, names.index(attribute)])[:COLUMNS]
    images, without, without_random = (x[chosen] for x in (result.images, result.without, result.without_random))
    changed = np.abs(images.astype(int) - without).mean(axis=3, keepdims=True)
    darker = (255 - np.minimum(255, 2 * changed)).astype(np.uint8)
    size = images.shape[1] // len(result.found.box)
    box = np.where(result.found.box, 0, 230).astype(np.uint8).repeat(size, axis=0).repeat(size, axis=1)[..., None]
    dropped = len(result.found.maps)
    save_sheet(
        path,
        [[*images, box], [*without, None], [*darker, None], [*without_random, None]],
        rows=["as drawn", f"without {dropped} maps", "what changed", f"without {dropped} random maps"],
        columns=[*[""] * len(chosen), "where"],
        title=f"The same z's, and without the maps that draw: {attribute}",
    )

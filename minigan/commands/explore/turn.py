"""Turn one thing in images, such as smile: move their z's along the difference of two averages."""

from argparse import Namespace

import numpy as np

from ...errors import BadInput
from ...evaluate.judges import Judge
from ...evaluate.scores import judge_of
from ...explore.concepts import MAX_SAMPLES, draw_pool
from ...explore.curves import save_turn_chart
from ...explore.turn import TurnResult, direction, turn, unit
from ...gan import Run, draw_noise
from ...show import save_sheet
from .. import cli
from .arithmetic import WHY_NO_LABELS
from .common import file_list, load, make_folder, write_numbers

SAMPLES, SHOWN = 200, 4  # samples that are turned, and those of them that are shown
STEPS = 9  # strengths, 0 in the middle
RANDOM = 3  # directions to compare with


def add_arguments(parser: cli.Parser) -> None:
    parser.add_argument("concept", help="what is to change: an attribute, or a digit")
    parser.add_argument("--from", dest="instead", help="the concept to turn away from (default: samples without it)")
    parser.add_argument(
        "--exemplars", type=cli.whole(1, MAX_SAMPLES // 2), default=200, help="z's averaged on each side (default: 200)"
    )
    parser.add_argument("--reach", type=cli.positive, default=4.0, help="how far z is moved at most (default: 4)")


def run(args: Namespace) -> int:
    trained = load(args, labels=WHY_NO_LABELS)
    judge = judge_of(trained.config, trained.device)
    rng = np.random.default_rng(args.seed)
    if args.instead == args.concept:
        raise BadInput(f"--from: expected another concept than {args.concept}")
    concepts = [args.concept] if args.instead is None else [args.concept, args.instead]
    pool = draw_pool(trained, judge, concepts, args.exemplars, rng, cli.progress)
    along = direction(pool, args.concept, args.exemplars, rng, args.instead)
    z = draw_noise(rng, SAMPLES, trained.config.latent)
    strengths = np.linspace(-args.reach, args.reach, STEPS)
    turned = turn(trained, judge, z, along, strengths, cli.progress)
    control = random_directions(trained, judge, z, strengths, judge.names.index(args.concept), rng)
    folder = make_folder(args)
    write_numbers(folder, rows(strengths, judge.names, turned, control))
    heads = [f"{strength:+g}" if strength else "as drawn" for strength in strengths.round(2)]
    asked = args.concept + (f", from {args.instead}" if args.instead else "")
    title = f"The turn vector of {asked}: z + strength × direction"
    save_sheet(folder / "turn.png", turned.images[:, :SHOWN].swapaxes(0, 1), columns=heads, title=title)
    save_turn_chart(folder / "curves.png", strengths, judge.names, turned.probabilities, args.concept, control)
    print(describe(turned, judge, args, control))
    print(
        file_list(
            folder,
            turn_png="random samples in the middle, moved one way and the other",
            curves_png="how probable everything that the judge knows becomes",
            numbers_csv="",
        )
    )
    return 0


def random_directions(
    run: Run, judge: Judge, z: np.ndarray, strengths: np.ndarray, concept: int, rng: np.random.Generator
) -> np.ndarray:
    """The mean probability of the concept, (strengths,), along random directions instead."""
    others = [unit(direction) for direction in draw_noise(rng, RANDOM, run.config.latent)]
    found = [turn(run, judge, z, other, strengths, cli.progress).probabilities[:, concept] for other in others]
    return np.mean(found, axis=0)


def rows(strengths: np.ndarray, names: list[str], turned: TurnResult, control: np.ndarray) -> dict[str, float]:
    """The numbers by name and strength."""
    numbers: dict[str, float] = {}
    for strength, probabilities, random in zip(strengths, turned.probabilities, control):
        numbers |= {f"{name} at {strength:+g}": float(p) for name, p in zip(names, probabilities)}
        numbers[f"random directions at {strength:+g}"] = float(random)
    return numbers


def describe(turned: TurnResult, judge: Judge, args: Namespace, control: np.ndarray) -> str:
    """The numbers in words."""
    ends = [0, STEPS // 2, STEPS - 1]
    distances = [f"{-args.reach:+g}", "0", f"{args.reach:+g}"]
    mine = judge.names.index(args.concept)

    def line(what: str, values: np.ndarray) -> str:
        return f"  {what:24}" + "".join(f"{value:8.1%}" for value in values[ends])

    lines = [
        f"{SAMPLES} random samples, turned by the difference of {args.exemplars} z's and {args.exemplars} others "
        f"(seed {args.seed}).",
        f"Mean probability of {args.concept}, says the judge, with z moved by {', '.join(distances)}:",
        line("along the difference", turned.probabilities[:, mine]),
        line("along random directions", control),
    ]
    if not judge.exclusive:
        others = np.delete(turned.probabilities[ends], mine, axis=1)
        moved = np.abs(others - others[1]).max(axis=0)
        names = [name for name in judge.names if name != args.concept]
        changes = ", ".join(f"{name} {change:.1%}" for name, change in zip(names, moved))
        lines.append(f"Of the others, these changed by: {changes}")
    return "\n".join(lines)

"""Change one concept in images, such as smile: move z along the difference of two means."""

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

SAMPLES, SHOWN = 200, 4  # samples that are turned, and those of them in the picture
STEPS = 9  # number of strengths, with 0 in the middle
RANDOM = 3  # random directions for comparison


def add_arguments(parser: cli.Parser) -> None:
    """Add the arguments of this experiment."""
    parser.add_argument("concept", help="the concept to change: an attribute, or a digit")
    parser.add_argument("--from", dest="instead", help="the concept to turn away from (default: samples without it)")
    parser.add_argument(
        "--exemplars", type=cli.whole(1, MAX_SAMPLES // 2), default=200, help="number of z's per mean (default: 200)"
    )
    parser.add_argument("--reach", type=cli.positive, default=4.0, help="maximum distance to move z (default: 4)")


def run(args: Namespace) -> int:
    """Run the experiment; returns the exit code."""
    trained = load(args, labels=WHY_NO_LABELS)
    judge = judge_of(trained.config, trained.device)
    rng = np.random.default_rng(args.seed)
    if args.instead == args.concept:
        raise BadInput(f"--from: expected a concept other than {args.concept}")
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
            turn_png="random samples in the middle, moved in both directions",
            curves_png="the judge's probabilities of all concepts",
            numbers_csv="",
        )
    )
    return 0


def random_directions(
    run: Run, judge: Judge, z: np.ndarray, strengths: np.ndarray, concept: int, rng: np.random.Generator
) -> np.ndarray:
    """The mean probability of the concept along random directions, for comparison: (strengths,)."""
    directions = [unit(noise) for noise in draw_noise(rng, RANDOM, run.config.latent)]
    turned = [turn(run, judge, z, along, strengths, cli.progress).probabilities[:, concept] for along in directions]
    return np.mean(turned, axis=0)


def rows(strengths: np.ndarray, names: list[str], turned: TurnResult, control: np.ndarray) -> dict[str, float]:
    """The probabilities by name and strength, for numbers.csv."""
    numbers: dict[str, float] = {}
    for strength, probabilities, random in zip(strengths, turned.probabilities, control):
        numbers |= {f"{name} at {strength:+g}": float(p) for name, p in zip(names, probabilities)}
        numbers[f"random directions at {strength:+g}"] = float(random)
    return numbers


def describe(turned: TurnResult, judge: Judge, args: Namespace, control: np.ndarray) -> str:
    """The results as text."""
    ends = [0, STEPS // 2, STEPS - 1]
    distances = [f"{-args.reach:+g}", "0", f"{args.reach:+g}"]
    column = judge.names.index(args.concept)

    def line(what: str, values: np.ndarray) -> str:
        return f"  {what:24}" + "".join(f"{value:8.1%}" for value in values[ends])

    lines = [
        f"{SAMPLES} random samples, moved along the difference of two means of {args.exemplars} z's "
        f"(seed {args.seed}).",
        f"The judge's mean probability of {args.concept}, with z moved by {', '.join(distances)}:",
        line("along the difference", turned.probabilities[:, column]),
        line("along random directions", control),
    ]
    if not judge.exclusive:
        others = np.delete(turned.probabilities[ends], column, axis=1)
        moved = np.abs(others - others[1]).max(axis=0)
        names = [name for name in judge.names if name != args.concept]
        changes = ", ".join(f"{name} {change:.1%}" for name, change in zip(names, moved))
        lines.append(f"The other concepts changed by: {changes}")
    return "\n".join(lines)

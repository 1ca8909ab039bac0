"""Add and subtract concepts, such as "glasses + smile - hat": do the results show them?"""

from argparse import Namespace
from pathlib import Path

import numpy as np

from ...evaluate.judges import Judge
from ...evaluate.scores import judge_of
from ...explore.arithmetic import (
    NEIGHBOURS,
    Exemplars,
    Term,
    add_means,
    add_up,
    choose_exemplars,
    neighbourhood,
    parse,
    pixel_sum,
    satisfies,
)
from ...explore.concepts import Pool, detect, draw_pool
from ...explore.looks import discriminator_logits, sharpness
from ...gan import Run
from ...gan.networks import refuse_packs
from ...show import save_sheet
from .. import cli
from .common import file_list, load, make_folder, write_numbers

WHY_NO_LABELS = "their images depend on the label more than on z; choose a checkpoint without labels"
PAPER, SHOWN = 3, 3  # exemplars per concept: in the paper, and at most in the picture
CLEAREST = 0.5  # of the samples with a concept, and of those without it, in which this is clearest
REPEATS = 9  # draws in the picture


def add_arguments(parser: cli.Parser) -> None:
    """Add the arguments of this experiment."""
    parser.add_argument(
        "expression", nargs="+", help='concepts with + or - between them, such as "glasses + smile - hat"'
    )
    parser.add_argument(
        "--exemplars", type=cli.whole(1, 1000), default=PAPER, help=f"samples per mean (default: {PAPER})"
    )
    parser.add_argument(
        "--clearest",
        type=cli.share,
        default=CLEAREST,
        help="exemplars are from this share of the samples with the concept, those that show it most clearly; 1: from "
        f"all of them (default: {CLEAREST})",
    )
    parser.add_argument(
        "--draws", type=cli.whole(1, 1000), default=200, help="number of sums, each with new exemplars (default: 200)"
    )


def run(args: Namespace) -> int:
    """Run the experiment; returns the exit code."""
    trained = load(args, labels=WHY_NO_LABELS)
    refuse_packs(trained.game.discriminator)
    judge = judge_of(trained.config, trained.device)
    terms = parse(" ".join(args.expression).strip(), judge.names)
    rng = np.random.default_rng(args.seed)
    pool = draw_pool(trained, judge, [term.concept for term in terms], args.exemplars, rng, cli.progress)
    exemplars = choose_exemplars(pool, terms, args.exemplars, args.draws, rng, args.clearest)
    sums = results(trained, pool, terms, exemplars, rng)
    folder = make_folder(args)
    numbers = measure(trained, judge, terms, sums)
    for name, z in {"sum": add_up(pool.z, terms, exemplars), "samples": pool.z}.items():
        numbers[f"{name}_length"] = float(np.linalg.norm(z, axis=1).mean())
    write_numbers(folder, numbers)
    write_pictures(folder, trained, pool, terms, exemplars, sums)
    print(describe(numbers, judge, terms, args))
    print(
        file_list(
            folder,
            exemplars_png="the samples that were averaged, in the first draw",
            result_png="the result with its neighbours, and the same sum on pixels",
            draws_png="results with other exemplars",
            numbers_csv="",
        )
    )
    return 0


def results(
    run: Run, pool: Pool, terms: list[Term], exemplars: Exemplars, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Images by kind, bytes (N, H, W, C): one per draw, eight neighbours per draw, and all samples of the pool."""
    z = add_up(pool.z, terms, exemplars)
    around = neighbourhood(z, rng).reshape(-1, run.config.latent)
    return {
        "samples": pool.images,
        "sum": run.draw(z),
        "neighbourhood": run.draw(around),
        "without_partners": run.draw(add_means(pool.z, terms, exemplars)),
        "pixels": pixel_sum(pool.images, terms, exemplars),
    }


def measure(run: Run, judge: Judge, terms: list[Term], sums: dict[str, np.ndarray]) -> dict[str, float]:
    """For each kind of image: the shares that satisfy the terms and show each concept, sharpness, and D's logit."""
    numbers, unit = {}, sharpness(sums["samples"])
    for name, images in sums.items():
        shows = detect(judge, images, run.device)
        numbers[f"{name}_obey"] = float(satisfies(shows, terms, judge.names, judge.exclusive).mean())
        numbers[f"{name}_sharpness"] = sharpness(images) / unit if unit else float("nan")
        numbers[f"{name}_d_logit"] = float(np.median(discriminator_logits(run, images)))
        numbers |= {f"{name}_{concept}": float(share) for concept, share in zip(judge.names, shows.mean(axis=0))}
    return numbers


def write_pictures(
    folder: Path, run: Run, pool: Pool, terms: list[Term], exemplars: Exemplars, sums: dict[str, np.ndarray]
) -> None:
    """Write exemplars.png, result.png and draws.png."""
    count = exemplars.positives.shape[2]
    few = min(count, SHOWN)
    rows = []
    for i in range(len(terms)):
        row: list[np.ndarray] = []
        for chosen in (exemplars.positives[0, i], exemplars.negatives[0, i]):
            average = pool.z[chosen].mean(axis=0, keepdims=True)
            row += [*pool.images[chosen[:few]], run.draw(average)[0]]
        rows.append(row)
    heads = [f"{kind} {i + 1}" for kind in ("with", "without") for i in range(few)]
    heads.insert(few, f"mean of {count}")
    title = "Each concept: exemplars with it, and partners without it that agree in all other concepts"
    save_sheet(folder / "exemplars.png", rows, list(map(str, terms)), [*heads, f"mean of {count}"], title)

    asked = " ".join(map(str, terms)).removeprefix("+ ")
    near = [*sums["neighbourhood"][:NEIGHBOURS]]
    square = [*near[:4], sums["sum"][0], *near[4:]]
    grid = [[*square[i : i + 3], None, sums["pixels"][0] if i == 3 else None] for i in (0, 3, 6)]
    heads = ["", "sum of z's (middle)", "", "", "sum of pixels"]
    save_sheet(folder / "result.png", grid, ["", "", ""], heads, asked)
    repeats = [sums[name][:REPEATS] for name in ("sum", "pixels")]
    heads = [f"draw {i + 1}" for i in range(len(repeats[0]))]
    save_sheet(folder / "draws.png", repeats, ["sum of z's", "sum of pixels"], heads, f"{asked}, with other exemplars")


def describe(numbers: dict[str, float], judge: Judge, terms: list[Term], args: Namespace) -> str:
    """The results as text."""
    added = [t.concept for t in terms if t.sign > 0]
    subtracted = [t.concept for t in terms if t.sign < 0]
    asked = [(" or " if judge.exclusive else " and ").join(added)] if added else []
    asked += ["no " + " and no ".join(subtracted)] if subtracted else []
    lines = [
        f"{args.draws} sums, with {args.exemplars} exemplars per concept and as many partners (seed {args.seed}).",
        f"The share in which the judge sees {' and '.join(asked)}, and how the images look:",
        f"  {'':24}  share  sharpness  D's logit (median)",
    ]
    for name, what in {
        "sum": "sums of z's",
        "neighbourhood": "their neighbours",
        "without_partners": "sums without partners",
        "pixels": "the same sums on pixels",
        "samples": "random samples",
    }.items():
        share, sharp, logit = (numbers[f"{name}_{key}"] for key in ("obey", "sharpness", "d_logit"))
        lines.append(f"  {what:24} {share:6.1%} {sharp:10.2f} {logit:10.1f}")
    lengths = (numbers[f"{name}_length"] for name in ("sum", "samples"))
    lines.append("Mean length of the sums of z's {:.1f}, of random z's {:.1f}.".format(*lengths))
    return "\n".join(lines)

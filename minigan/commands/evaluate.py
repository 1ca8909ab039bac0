"""Evaluate a trained generator: `python -m minigan.evaluate CHECKPOINT`."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from ..data import SOURCES, Source
from ..errors import BadInput
from ..evaluate.embeddings import OfDiscriminator, Untrained
from ..evaluate.judges import Judge, load_judge
from ..evaluate.pictures import neighbour_picture, save_shares
from ..evaluate.scores import Reference, Scores, check_unseen, judge_of, score
from ..files import write_csv
from ..gan import Run, load_builder, load_run
from ..group import launched_size
from ..show import save_png
from . import cli
from .one_nn import classify
from .out_folder import check_unused, new_folder
from .train_job import name_of

PROG = "python -m minigan.evaluate"
RANDOM = "random"  # the value of --embedding for an untrained network
NAMED = 20  # classes or attributes, at most, whose shares are printed one by one
PARENT = Path("evaluations")  # where the folder of results is created without --out


def make_parser() -> cli.Parser:
    """The command's arguments."""
    parser = cli.Parser(PROG, "Evaluate the samples of a trained generator, with scores and pictures.")
    parser.add_checkpoint()
    counts = "; ".join(
        [str(Source.samples), *(f"{name} {x.samples}" for name, x in SOURCES.items() if x.samples != Source.samples)]
    )
    parser.add_argument(
        "--count", type=cli.whole(200), help=f"number of samples (default: {counts}, or half of the real images)"
    )
    parser.add_argument("--seed", type=cli.whole(0), default=0, help="random seed of the noise (default: 0)")
    parser.add_argument("--out", type=Path, help="new or empty folder for the result (default: evaluations/001, …)")
    parser.add_argument(
        "--judge",
        type=Path,
        metavar="FILE",
        help="a judge of your own, written by minigan.train_judge, for other images",
    )
    parser.add_argument(
        "--embedding",
        metavar="random|CHECKPOINT",
        help="instead of a judge, for images without labels: the features of an untrained network, or of the "
        "discriminator of a run",
    )
    parser.add_argument(
        "--one-nn",
        action="store_true",
        help="the paper's test instead: train a nearest-neighbour classifier of real digits on conditional samples; "
        "with --count and --out FILE.npz on millions of them, for hours; the same command continues in that file",
    )
    parser.add_argument(
        "--validation",
        action="store_true",
        help="with --one-nn: test on the held-out training digits",
    )
    parser.add_argument(
        "--blur",
        type=cli.not_negative,
        default=0.0,
        metavar="PIXELS",
        help="with --one-nn: blur the digits that the classifier learns from by a Gaussian of this standard deviation "
        "(default: 0)",
    )
    parser.add_device_and_kernels()
    return parser


def parse(argv: Sequence[str] | None) -> Namespace:
    """Parse the arguments.  Raises BadInput for options that exclude each other."""
    args = make_parser().parse_args(argv)
    if args.validation and not args.one_nn:
        raise BadInput("--validation can only be used with --one-nn")
    if args.blur and (not args.one_nn or args.out):
        raise BadInput("--blur can only be used with --one-nn, and without --count")
    if args.one_nn and (args.judge or args.embedding):
        raise BadInput("--one-nn compares pixels; leave out --judge and --embedding")
    if args.one_nn and (args.count is None) != (args.out is None):
        raise BadInput(
            "--one-nn: with a --count, of samples in blocks of 50,000, name the file for what is found so far too, "
            "--out FILE.npz: the same command continues there"
        )
    if launched_size() > 1 and not args.out:
        raise BadInput("several processes are for --one-nn with --count and --out; leave out mpiexec")
    if args.judge and args.embedding:
        raise BadInput("--judge and --embedding both say by what to compare; leave out one of them")
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Evaluate a checkpoint; returns the exit code."""
    args = parse(argv)
    run = cli.load(args)
    if args.one_nn:
        classify(run, args)
        return 0
    check_unused(args.out, PARENT)
    judge = find_judge(run, args)
    check_unseen(run.config)
    reference = Reference(run.config, args.count, args.device, judge)
    scores = score(run, reference, args.seed, cli.progress)
    folder = new_folder(args.out, PARENT)
    write(folder, reference.judge, scores)
    print(describe(reference, scores))
    path = cli.readable_path(folder)
    print(f"Open these:\n  {path}/neighbours.png  (pairs of a sample, left, and its nearest training image, right)")
    if judge.names:
        print(f"  {path}/shares.png  (what samples and real images show)")
    print(f"  {path}/scores.csv")
    return 0


def find_judge(run: Run, args: Namespace) -> Judge:
    """What to compare images by: the judge that was named, the features instead of one, or the judge in the package."""
    if args.judge:
        return load_judge(args.judge, args.device)
    if not args.embedding:
        try:
            return judge_of(run.config, args.device)
        except BadInput as error:
            hint = "train one with minigan.train_judge, and name it with --judge, or compare by --embedding random"
            raise BadInput(f"{error}; {hint}") from error
    other = None if args.embedding == RANDOM else load_other(args)
    judge = Untrained(run.config.shape) if other is None else OfDiscriminator(other, name_of(args.embedding))
    judge.to(args.device)
    return judge


def load_other(args: Namespace) -> Run:
    """The run of --embedding; if its networks are the user's own, they are those of --model."""
    try:
        return load_run(args.embedding, args.device)
    except BadInput:
        if not args.model:
            raise
        return load_run(args.embedding, args.device, networks=load_builder(args.model))


def write(folder: Path, judge: Judge, scores: Scores) -> None:
    """Write scores.csv and the pictures."""
    rows = [(name, f"{value:.6g}") for name, value in scores.rows(judge).items()]
    write_csv(folder / "scores.csv", ("score", "value"), rows)
    save_png(folder / "neighbours.png", neighbour_picture(scores.samples, scores.nearest))
    expected = "For a good generator, both bars are equally long"
    if judge.names:
        save_shares(folder / "shares.png", judge.names, scores.real_shares, scores.fake_shares, expected)


def describe(reference: Reference, scores: Scores) -> str:
    """The scores as text."""
    memory, rows = scores.memory, scores.rows(reference.judge)
    lines = [
        f"{reference.count} samples compared with {reference.count} real images, by {reference.judge.what}:",
        f"  Fréchet distance   {scores.frechet:8.3f}   (between two sets of real images: {scores.floor:.3f})",
        f"  precision          {scores.fidelity.precision:8.3f}   (share of samples that look real)",
        f"  recall             {scores.fidelity.recall:8.3f}   (share of real images that are covered)",
    ]
    if scores.sure is not None:
        lines.append(
            f"  judge is sure      {scores.sure:8.3f}   (share of samples, real images: {scores.real_sure:.3f})"
        )
    if reference.judge.exclusive:
        real = rows["entropy_bits_real"]
        lines.append(f"  entropy of classes {rows['entropy_bits']:8.3f}   bits (real images: {real:.3f})")
    if scores.data_shares is not None:
        among = f"of {len(scores.data_shares)} (in as many real images: {rows['classes_real']:.0f})"
        lines.append(f"  classes drawn      {rows['classes']:8.0f}   {among}")
        lines.append(
            f"  KL divergence      {rows['kl_divergence']:8.3f}   nats, from the classes of the training images (real "
            f"images: {rows['kl_divergence_real']:.3f})"
        )
    if scores.label_accuracy is not None:
        lines.append(
            f"  label accuracy     {scores.label_accuracy:8.2%}   (samples that show the label they were drawn for)"
        )
    if 0 < len(reference.judge.names) <= NAMED:
        lines.append("  share of each, generated (real): " + ", ".join(shares(reference.judge, scores)))
    lines.append("Median distance to the nearest training image (root mean square over pixels, with values 0 … 1):")
    lines.append(f"  samples {memory.median:.4f}, test images {memory.heldout_median:.4f}")
    lines.append(f"  {memory.share_near:.1%} of the samples are as near as the nearest 1 % of the test images")
    return "\n".join(lines)


def shares(judge: Judge, scores: Scores) -> list[str]:
    """For each class or attribute: its name, its share of the generated images, and that of the real ones."""
    pairs = zip(judge.names, scores.fake_shares, scores.real_shares)
    return [f"{name} {fake:.1%} ({real:.1%})" for name, fake, real in pairs]

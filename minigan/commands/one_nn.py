"""The paper's test of conditional samples, for `python -m minigan.evaluate CHECKPOINT --one-nn`."""

from argparse import Namespace

from ..evaluate.one_nn import PAPER, PAPER_MANY, one_nn
from ..evaluate.one_nn_stream import ManySamples
from ..gan import Run
from . import cli


def classify(run: Run, args: Namespace) -> None:
    """Print the errors for 50,000 samples or, with --count, for so many."""
    draw_many(run, args) if args.out else print_one_nn(run, args)


def draw_many(run: Run, args: Namespace) -> None:
    """The second column of table 3 of the paper: the same test with millions of samples."""
    if not args.out.is_file():
        cli.new_file(args.out, ".npz")
    many = ManySamples(run, args.out.resolve(), args.seed, validation=args.validation)
    missing = max(0, -(-args.count // many.block) - len(many.errors))
    for _ in cli.progress(many.draw(args.count), missing, f"drawing blocks of {many.block:,} samples"):
        pass
    where = "held-out training digits" if args.validation else "digits of the test set"
    print(f"Error of a 1-nearest-neighbour classifier on {len(many.truth)} {where}, by the number of samples:")
    for block, error in enumerate(many.errors, start=1):
        if block & (block - 1) == 0 or block == len(many.errors):  # 1, 2, 4, 8, … blocks, and all
            print(f"  {block * many.block:>12,}  {error:.2%}")
    print(f"In the paper, on the test set, with 10,000,000 samples: {PAPER_MANY:.2%}")


def print_one_nn(run: Run, args: Namespace) -> None:
    """Table 3 of the paper: the error on real digits of a 1-nearest-neighbour classifier trained on samples only."""
    result = one_nn(run, args.seed, validation=args.validation, progress=cli.progress)
    where = "held-out training digits" if args.validation else "digits of the test set"
    print(f"Error of a 1-nearest-neighbour classifier on {result.tested} {where}, trained on {result.trained_on}")
    print(f"  samples of this checkpoint (seed {args.seed})  {result.by_samples:.2%}")
    print(f"  real digits  {result.by_real:.2%}")
    print("In the paper, on the test set: " + ", ".join(f"{name} {error:.2%}" for name, error in PAPER.items()))

"""The paper's test of conditional samples, for `python -m minigan.evaluate CHECKPOINT --one-nn`."""

from argparse import Namespace
from functools import lru_cache, partial

from ..evaluate.one_nn import PAPER, PAPER_MANY, one_nn
from ..evaluate.one_nn_stream import ManySamples
from ..gan import Run, load_builder, load_run
from . import cli
from .spread import Map, spread_calls


def classify(run: Run, args: Namespace) -> None:
    """Print the errors for 50,000 samples or, with --count, for so many."""
    if not args.out:
        print_one_nn(run, args)
        return
    with spread_calls() as mapping:
        if mapping is not None:
            draw_many(run, args, mapping)


@lru_cache(1)
def load_once(checkpoint: str, device: str, model: str | None) -> Run:
    """The run of a checkpoint, loaded once in each process that draws."""
    return load_run(checkpoint, device, networks=load_builder(model) if model else None)


def draw_many(run: Run, args: Namespace, mapping: Map) -> None:
    """The second column of table 3 of the paper: the same test with millions of samples, in all processes there are."""
    if not args.out.is_file():
        cli.new_file(args.out, ".npz")
    many = ManySamples(run, args.out.resolve(), args.seed, validation=args.validation)
    missing = max(0, -(-args.count // many.block) - len(many.errors))
    blocks = many.draw(args.count, mapping, partial(load_once, args.checkpoint, args.device, args.model))
    for _ in cli.progress(blocks, missing, f"drawing blocks of {many.block:,} samples"):
        pass
    where = "held-out training digits" if args.validation else "digits of the test set"
    print(f"Error of a 1-nearest-neighbour classifier on {len(many.truth)} {where}, by the number of samples:")
    for block, error in enumerate(many.errors, start=1):
        if block & (block - 1) == 0 or block == len(many.errors):  # 1, 2, 4, 8, … blocks, and all
            print(f"  {block * many.block:>12,}  {error:.2%}")
    print(f"In the paper, on the test set, with 10,000,000 samples: {PAPER_MANY:.2%}")


def print_one_nn(run: Run, args: Namespace) -> None:
    """Table 3 of the paper: the error on real digits of a 1-nearest-neighbour classifier trained on samples only."""
    result = one_nn(run, args.seed, validation=args.validation, blur=args.blur, progress=cli.progress)
    where = "held-out training digits" if args.validation else "digits of the test set"
    print(f"Error of a 1-nearest-neighbour classifier on {result.tested} {where}, trained on {result.trained_on}")
    print(f"  samples of this checkpoint (seed {args.seed})  {result.by_samples:.2%}")
    print(f"  real digits  {result.by_real:.2%}")
    if args.blur:
        print(
            f"Both were blurred by a Gaussian with a standard deviation of {args.blur:g} pixels; the tested digits not"
        )
    print("In the paper, on the test set: " + ", ".join(f"{name} {error:.2%}" for name, error in PAPER.items()))

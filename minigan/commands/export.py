"""Save only the networks of a run, in a small file for sampling: `python -m minigan.export runs/mnist/001`."""

from collections.abc import Sequence
from pathlib import Path

from ..gan import save_weights
from . import cli

PROG = "python -m minigan.export"


def make_parser() -> cli.Parser:
    """The command's arguments."""
    parser = cli.Parser(PROG, "Save only the networks of a run, in half precision: for sampling, not for training.")
    parser.add_checkpoint()
    parser.add_argument("--out", type=Path, required=True, help="new .npz file")
    parser.add_argument(
        "--generator-only", action="store_true", help="leave out D: a smaller file, to draw and score samples"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Export the weights of a checkpoint; returns the exit code."""
    args = make_parser().parse_args(argv)
    out = cli.new_file(args.out, ".npz")
    run = cli.load(args, to_train=True)
    note = run.story()
    if run.epoch < run.config.epochs:
        note += f"  # stopped after {run.step} steps"
    save_weights(out, run, note, args.generator_only)
    print(f"Wrote {cli.readable_path(out)}, {out.stat().st_size / 2**20:.1f} MiB, trained by\n  {note}")
    return 0

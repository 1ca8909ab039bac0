"""Experiments with a trained GAN: `python -m minigan.explore COMMAND CHECKPOINT`."""

import re
import sys
from collections.abc import Sequence
from types import ModuleType

from .. import cli
from . import arithmetic, complete, features, forget, invert, turn, walk
from .common import add_common

PROG = "python -m minigan.explore"
# Each module has a docstring, which is the help text, add_arguments(parser) and run(args).
COMMANDS: dict[str, ModuleType] = {
    "walk": walk,
    "arithmetic": arithmetic,
    "turn": turn,
    "features": features,
    "forget": forget,
    "complete": complete,
    "invert": invert,
}


def make_parser() -> cli.Parser:
    """The command's arguments."""
    parser = cli.Parser(PROG, "Experiments of the paper with a trained GAN, with measurements.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        what = (module.__doc__ or name).splitlines()[0]  # python -OO has no docstrings
        command = commands.add_parser(name, help=what, description=what)
        add_common(command, name)
        module.add_arguments(command)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run an experiment; returns the exit code."""
    args = make_parser().parse_args(spaced(sys.argv[1:] if argv is None else argv))
    return COMMANDS[args.command].run(args)


def spaced(argv: Sequence[str]) -> list[str]:
    """The arguments, with a space before those like -hat, so that argparse does not read them as an option -h."""
    return [f" {text}" if re.match(r"-(?!h$|\d+$)\w", text) else text for text in argv]

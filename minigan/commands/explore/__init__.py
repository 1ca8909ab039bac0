"""What can be done with a trained GAN: `python -m minigan.explore COMMAND CHECKPOINT`."""

import re
import sys
from collections.abc import Sequence
from types import ModuleType

from .. import cli
from . import arithmetic, complete, features, forget, invert, turn, walk
from .common import add_common

PROG = "python -m minigan.explore"
# Each has a docstring, add_arguments(parser) and run(args).
COMMANDS: dict[str, ModuleType] = {
    "walk": walk,
    "arithmetic": arithmetic,
    "turn": turn,
    "features": features,
    "forget": forget,
    "complete": complete,
    "invert": invert,
}


def main(argv: Sequence[str] | None = None) -> int:
    parser = cli.Parser(PROG, "What the paper does with a trained GAN, each experiment with a number.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        what = (module.__doc__ or name).splitlines()[0]  # python -OO has no docstrings
        command = commands.add_parser(name, help=what, description=what)
        add_common(command, name)
        module.add_arguments(command)
    args = parser.parse_args(spaced(sys.argv[1:] if argv is None else argv))
    return COMMANDS[args.command].run(args)


def spaced(argv: Sequence[str]) -> list[str]:
    """The arguments, with a space before those like -hat, a concept to subtract: it is not the option -h."""
    return [f" {text}" if re.match(r"-(?!h$|\d+$)\w", text) else text for text in argv]

"""Assignments for a course: `python -m minigan.course COMMAND`, for students and for their teachers."""

import sys
from collections.abc import Sequence
from types import ModuleType

from ...course.whole import is_emptied, run_whole
from .. import cli
from . import check, diff, export, get, grade, release, stats, train

PROG = "python -m minigan.course"
# Each module has a docstring, which is the help text, add_arguments(parser) and run(args).
COMMANDS: dict[str, ModuleType] = {
    "get": get,
    "check": check,
    "train": train,
    "release": release,
    "grade": grade,
    "stats": stats,
    "export": export,
    "diff": diff,
}


def make_parser() -> cli.Parser:
    """The arguments of all its commands."""
    parser = cli.Parser(PROG, "Assignments: get, check and train are for students, the others for teachers.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        what = (module.__doc__ or name).splitlines()[0]  # python -OO has no docstrings
        module.add_arguments(commands.add_parser(name, help=what, description=what))
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command of the course; returns the exit code."""
    argv = sys.argv[1:] if argv is None else argv
    args = make_parser().parse_args(argv)
    if is_emptied() and args.command in ("check", "train"):
        return run_whole(argv)
    return COMMANDS[args.command].run(args)

"""Compare two gradings of a class: whose points changed, and in which parts."""

from argparse import Namespace
from pathlib import Path

from ...course.differences import changes
from ...course.results import read_records
from .. import cli


def add_arguments(parser: cli.Parser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("before", type=Path, help="earlier results")
    parser.add_argument("after", type=Path, help="later results")


def run(args: Namespace) -> int:
    """Print the changes; returns the exit code."""
    found = changes(read_records(args.before), read_records(args.after))
    for change in found:
        totals = " → ".join("not graded" if total is None else str(total) for total in (change.before, change.after))
        parts = ", ".join(f"{name} {a} → {b}" for name, (a, b) in change.parts.items())
        print(f"{change.student}: {totals}   {parts}")
    print(f"{len(found)} students' grades changed.")
    return 0

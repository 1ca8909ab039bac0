"""Export grades as CSV: a plain table, or your learning platform's own file with one column filled in."""

import sys
from argparse import Namespace
from pathlib import Path

from ...course.export import like_table, plain_table
from ...course.results import read_records
from ...errors import BadInput
from .. import cli


def add_arguments(parser: cli.Parser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("results", type=Path, help="the --out of `grade`")
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--plain", action="store_true", help="student, name, total, and a column for each part")
    form.add_argument("--like", type=Path, metavar="FILE.csv", help="the table of grades that the platform exported")
    parser.add_argument("--column", help="with --like: the column to fill")
    parser.add_argument(
        "--out-of", type=cli.positive, default=100.0, help="with --like: the points that 100 become (default: 100)"
    )


def run(args: Namespace) -> int:
    """Print the table; returns the exit code."""
    if args.like and not args.column:
        raise BadInput("--like: expected --column, the name of the column to fill")
    records = read_records(args.results)
    if args.plain:
        sys.stdout.write(plain_table(records))
        return 0
    text, left = like_table(records, args.like, args.column, args.out_of)
    sys.stdout.write(text)
    if left:
        print(f"{args.like} has no row of {len(left)} students: {', '.join(left[:10])}", file=sys.stderr)
    return 0

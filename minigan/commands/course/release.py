"""Release an assignment to a class: a zip to hand out, or a source assignment of nbgrader."""

from argparse import Namespace
from pathlib import Path

from ...course.assignment import find_assignment
from ...course.nbgrader import write_source
from ...course.release import write_release
from ...errors import BadInput
from .. import cli
from .common import add_assignment, make_folder


def add_arguments(parser: cli.Parser) -> None:
    """Add the arguments of this command."""
    add_assignment(parser)
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--to", type=Path, metavar="FOLDER", help="write NAME.zip here")
    form.add_argument(
        "--nbgrader", type=Path, metavar="FOLDER", help="write NAME/NAME.ipynb here, the source folder of nbgrader"
    )
    parser.add_argument("--deadline", default="", help="with --to: any text, for the README of the zip")
    parser.add_argument(
        "--seed-file", type=Path, help="with --nbgrader: the secret that the hidden tests are drawn from"
    )


def run(args: Namespace) -> int:
    """Write the release; returns the exit code."""
    if args.nbgrader and args.deadline:
        raise BadInput("--deadline is for the README of a zip; nbgrader has no place for it")
    if args.to and args.seed_file:
        raise BadInput("--seed-file is for --nbgrader: the zip has no hidden tests, `grade` draws them")
    assignment, folder = find_assignment(args.assignment), args.to or args.nbgrader
    make_folder(folder)
    if args.to:
        print(f"{write_release(folder, assignment, args.deadline)}   hand this out")
        return 0
    if args.seed_file is None:
        raise BadInput("--nbgrader: expected --seed-file, the secret that the hidden tests are drawn from")
    from .grade import read_seed

    print(f"{write_source(folder, assignment, read_seed(args.seed_file))}   then: nbgrader generate_assignment")
    print("There, tests and submission share a process: run nbgrader's autograding in a container.")
    return 0

"""Put an assignment into a folder: the notebook, and the file to write into."""

from argparse import Namespace
from pathlib import Path

from ...course.assignment import find_assignment
from ...course.pages import page_of
from ...errors import BadInput
from .. import cli
from .common import add_assignment, make_folder, write_new_text


def add_arguments(parser: cli.Parser) -> None:
    """Add the arguments of this command."""
    add_assignment(parser)
    parser.add_argument("--to", type=Path, default=Path(), metavar="FOLDER", help="the folder (default: this one)")


def run(args: Namespace) -> int:
    """Write the files; returns the exit code."""
    assignment = find_assignment(args.assignment)
    make_folder(args.to)
    name, page = page_of(assignment)
    files = {args.to / assignment.file: assignment.stub, args.to / name: page}
    for path in files:
        if path.exists():
            raise BadInput(f"{path}: exists already, and may hold your work; choose another folder with --to")
    for path, text in files.items():
        write_new_text(path, text)
    print(f"{assignment.title}, about {assignment.minutes} minutes.")
    print(f"  {args.to / name}   read this first, in JupyterLab")
    print(f"  {args.to / assignment.file}   write here, or in the notebook")
    print(f"Check it, as often as you like: {cli.command('minigan.course', 'check', assignment.name)}")
    return 0

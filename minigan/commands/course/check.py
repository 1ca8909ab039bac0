"""Check your work: which parts are right, and of the others what is wrong, why it matters, and hints."""

from argparse import Namespace

from ...course.asking import Worker
from ...course.assignment import find_assignment
from ...course.classroom import classroom, source_folder
from ...course.grading import PartResult, grade_part
from ...errors import BadInput
from .. import cli
from .common import PUBLIC_SEED, add_assignment, add_file, assignment_here, describe, own_work


def add_arguments(parser: cli.Parser) -> None:
    """Add the arguments of this command."""
    add_assignment(parser, optional=True)
    add_file(parser)
    parser.add_argument("--part", action="append", metavar="PART", help="check this part alone; may be repeated")
    parser.add_argument("--hint", metavar="PART", help="show a hint for a part instead of checking")
    parser.add_argument(
        "--level", type=cli.whole(1, 3), help="of the hint: 1, 2 or 3, from a nudge to nearly the answer (default: 1)"
    )


def run(args: Namespace) -> int:
    """Check and print, part by part; returns 1 if a part is wrong, else 0."""
    args.assignment = args.assignment or assignment_here()
    if args.hint:
        return show_hint(args)
    if args.level:
        raise BadInput("--level is of a hint: expected --hint PART with it")
    assignment, path, source = own_work(args.assignment, args.file)
    parts = [assignment.part(name) for name in args.part or []] or assignment.parts
    results: list[PartResult] = []
    print(f"{path}: {assignment.title}")
    with classroom(assignment, isolated=False) as start_in, source_folder(assignment, source) as folder:
        worker = Worker(start_in(folder))
        try:
            for part in parts:
                results.append(grade_part(assignment, part, worker, PUBLIC_SEED))
                print(describe(results[-1], assignment), flush=True)
        finally:
            worker.close()
    earned, points = sum(r.earned for r in results), sum(r.points for r in results)
    print(f"{earned} of {points} points")
    if earned < points:
        return 1
    if not args.part and assignment.trains:
        print(f"Now train with it: {cli.command('minigan.course', 'train', assignment.name)}")
    return 0


def show_hint(args: Namespace) -> int:
    """Print a hint; returns the exit code."""
    assignment = find_assignment(args.assignment)
    part, level = assignment.part(args.hint), args.level or 1
    if level > len(part.hints):
        raise BadInput(f"--level: part {part.name} has {len(part.hints)} hints")
    print(part.hints[level - 1])
    if level < len(part.hints):
        stronger = ["check", assignment.name, "--hint", part.name, "--level", level + 1]
        print(f"A stronger one: {cli.command('minigan.course', *stronger)}")
    return 0

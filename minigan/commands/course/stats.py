"""Statistics of a graded class: which parts fail how often, and submissions that are alike."""

from argparse import Namespace
from pathlib import Path

from ...course.assignment import find_assignment
from ...course.likeness import alike, structure
from ...course.results import read_records
from .. import cli


def add_arguments(parser: cli.Parser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("results", type=Path, help="the --out of `grade`")
    parser.add_argument(
        "--alike", type=cli.fraction, default=0.8, metavar="SHARE",
        help="show pairs whose syntax trees have at least this share in common (default: 0.8)",
    )  # fmt: skip


def run(args: Namespace) -> int:
    """Print the statistics; returns the exit code."""
    records = read_records(args.results)
    assignment = find_assignment(records[0].assignment)
    totals = sorted(record.total for record in records)
    print(f"{assignment.name}, {assignment.title}: {len(records)} submissions")
    print(f"total: median {totals[len(totals) // 2]}, from {totals[0]} to {totals[-1]} of 100")
    print("part              points   right   what it is for")
    for i, part in enumerate(assignment.parts):
        right = sum(record.parts[i].right for record in records) / len(records)
        print(f"  {part.name:16} {part.points:5}   {right:5.0%}   {part.why}")
    for record in records:
        if record.problem:
            print(f"not graded: {record.student} {record.name}: {record.problem}")
    pairs = alike({r.student: r.structure for r in records}, structure(assignment.stub), args.alike)
    names = {record.student: record.name for record in records}
    print(f"{len(pairs)} pairs have {args.alike:.0%} or more of their syntax trees in common.")
    for share, a, b in pairs:
        print(f"  {share:4.0%}  {a} {names[a]} and {b} {names[b]}")
    if pairs:
        print("Short functions can be alike by chance: read both before you say anything.")
    return 0

"""Train the DCGAN with your functions in the place of the engine's, and draw the digits it makes."""

from argparse import Namespace
from pathlib import Path
from types import ModuleType

from ...course.assignment import NAMES, find_assignment
from ...course.classroom import ask_source, classroom
from ...course.training import STEPS, Outcome, clash, load_module, train_with
from ...errors import BadInput, Diverged
from ...show import save_sheet
from .. import cli
from ..out_folder import check_unused, new_folder
from .common import PUBLIC_SEED, add_assignment, add_file, assignment_here, own_work

ROW = 8  # digits in a row of the picture


def add_arguments(parser: cli.Parser) -> None:
    """Add the arguments of this command."""
    add_assignment(parser, optional=True)
    add_file(parser)
    parser.add_argument(
        "--with", nargs="+", default=[], metavar="NAME", dest="others",
        help="your work for these assignments, too, as far as it passes `check`",
    )  # fmt: skip
    parser.add_argument(
        "--steps", type=cli.whole(1, 937), help=f"training steps (default: {STEPS}, or what the assignment needs)"
    )
    parser.add_argument("--out", type=Path, help="the folder for the picture, a new one (default: mine/NAME/001, …)")


def run(args: Namespace) -> int:
    """Train, write the picture and print what was counted; returns the exit code."""
    args.assignment = args.assignment or assignment_here()
    parent = Path("mine") / args.assignment
    check_unused(args.out, parent)
    students, problems = load_passing(args)
    for problem in problems:
        print(f"left out: {problem}")
    try:
        outcome = train_with(students, args.steps, cli.progress)
    except (ArithmeticError, ValueError, TypeError, RuntimeError, IndexError, NotImplementedError) as error:
        if isinstance(error, BadInput | Diverged):
            raise
        raise BadInput(f"your code raised {type(error).__name__} in training: {error}") from error
    folder = new_folder(args.out, parent)
    rows = [outcome.images[i : i + ROW] for i in range(0, len(outcome.images), ROW)]
    are = "is" if len(students) == 1 else "are"
    mine = f"{len(students)} of the {len(NAMES) - 1} assignments in this DCGAN {are} mine"
    save_sheet(folder / "samples.png", rows, title=mine)
    print(describe(outcome, folder / "samples.png"))
    return 0


def load_passing(args: Namespace) -> tuple[dict[str, ModuleType], list[str]]:
    """The modules of the assignments that pass, and why others of --with are left out.

    Raises BadInput if the assignment itself does not pass.
    """
    students, problems = {}, []
    for name in args.others:
        find_assignment(name)  # a name that does not exist is no work that does not pass
    for name in dict.fromkeys([args.assignment, *args.others]):
        try:
            if not find_assignment(name).trains:
                raise BadInput(f"{name}: the training of a DCGAN does not use it; choose another")
            assignment, path, source = own_work(name, args.file if name == args.assignment else None)
            with classroom(assignment, isolated=False) as start_in:
                wrong = [r.name for r in ask_source(assignment, source, start_in, PUBLIC_SEED) if not r.right]
            if wrong:
                check = cli.command("minigan.course", "check", name)
                raise BadInput(f"{path}: not right yet: {', '.join(wrong)}; see {check}")
            students[name] = load_module(assignment, source)
            if both := clash(students):
                del students[name]
                raise BadInput(f"{both[1]}: takes the same place in the training as {both[0]}")
        except BadInput as error:
            if name == args.assignment:
                raise
            problems.append(str(error))
    return students, problems


def describe(outcome: Outcome, picture: Path) -> str:
    """What was counted, as text."""
    lines = [f"{outcome.yours[what]:,} of {n:,} {what} were yours." for what, n in outcome.all_calls.items()]
    if outcome.distance is not None:
        lines.append(f"Your gradients of step 1 and the engine's: {outcome.distance:.0e} apart.")
    return "\n".join([*lines, f"{picture}   drawn after {outcome.seconds:.0f} s of training"])

"""Grade a class: the zip of Moodle or Canvas, or a folder with ID/a05.py in it; an interrupted grading goes on."""

import shutil
from argparse import Namespace
from pathlib import Path

from ...course.assignment import find_assignment
from ...course.classroom import classroom, grade_all
from ...course.results import expected_key, file_of, read_record, write_record
from ...course.submissions import Submission, collect, unrecognised
from ...errors import BadInput, printable
from ...files import remove_unfinished, try_writing
from .. import cli
from .common import add_assignment


def add_arguments(parser: cli.Parser) -> None:
    """Add the arguments of this command."""
    add_assignment(parser)
    parser.add_argument("submissions", type=Path, help="a zip of Moodle or Canvas, or a folder")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the results are written")
    parser.add_argument(
        "--seed-file", type=Path, required=True,
        help="a file with any secret text: the tests are drawn from it, and are the same for everybody",
    )  # fmt: skip
    parser.add_argument("--jobs", type=cli.whole(1, 64), default=2, help="submissions at a time (default: 2)")
    parser.add_argument(
        "--again", action="store_true", help="grade everything anew; earlier results move to FOLDER.before"
    )
    parser.add_argument(
        "--i-trust-them", action="store_true", help="run submissions without protection, as programs of your own"
    )


def run(args: Namespace) -> int:
    """Grade what has not been graded; returns the exit code."""
    assignment, seed = find_assignment(args.assignment), read_seed(args.seed_file)
    works = collect(args.submissions, assignment)
    if strangers := unrecognised(args.submissions):
        print(f"{len(strangers)} files belong to no student: {', '.join(map(printable, strangers[:5]))}")
    prepare(args)
    todo = [work for work in works if not is_graded(args.out, work, expected_key(work, assignment, seed))]
    print(f"{len(works)} submissions, {len(works) - len(todo)} of them graded already.", flush=True)
    wrong = 0
    with classroom(assignment, not args.i_trust_them) as start_in:
        records = grade_all(assignment, todo, start_in, seed, args.jobs)
        for record in cli.progress(records, len(todo), "grading"):
            write_record(args.out, record)
            wrong += bool(record.problem)
    if wrong:
        print(f"{wrong} could not be graded and have 0 points; their results say why.")
    print(f"Results: {args.out}   Next: {cli.command('minigan.course', 'stats', args.out)}")
    return 0


def read_seed(path: Path) -> str:
    """The text of the seed file, without space around it.  Raises BadInput if there is none."""
    try:
        seed = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"--seed-file: {path}: cannot be read ({getattr(error, 'strerror', error)})") from error
    if not seed:
        raise BadInput(f"--seed-file: {path}: empty; write a secret into it")
    return seed


def prepare(args: Namespace) -> None:
    """The folder of results, ready to be written into; with --again, earlier results are moved away."""
    before = args.out.with_name(args.out.name + ".before")
    if args.submissions.is_dir() and args.out.resolve().is_relative_to(args.submissions.resolve()):
        raise BadInput(f"--out: {args.out}: lies in the folder of submissions; choose another")
    for path in args.out.glob("*.json"):
        if (name := assignment_of(path)) not in ("", args.assignment):
            raise BadInput(f"--out: {args.out}: holds results of {name}; choose another for {args.assignment}")
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        try_writing(args.out)
        remove_unfinished(args.out)
        if args.again and any(args.out.glob("*.json")):
            if before.exists():
                raise BadInput(
                    f"{before}: exists already, from an earlier --again; if that was interrupted, go on without "
                    "--again, else rename it"
                )
            shutil.copytree(args.out, before)
            for path in args.out.glob("*.json"):
                path.unlink()
    except OSError as error:
        raise BadInput(f"--out: {args.out}: cannot be written ({error.strerror})") from error


def assignment_of(path: Path) -> str:
    """The assignment of a result; empty if it is damaged, and will be made anew."""
    try:
        return read_record(path).assignment
    except BadInput:
        return ""


def is_graded(folder: Path, work: Submission, key: tuple[str, int, str, str]) -> bool:
    """Whether there is a result of this work, seed and version of the probes."""
    path = file_of(folder, work.student)
    if not path.exists():
        return False
    try:
        return read_record(path).key() == key
    except BadInput:
        return False  # damaged: it is graded again

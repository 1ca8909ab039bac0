"""Grading a whole class: every submission in a sandbox of its own, several at a time."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from ..errors import BadInput
from . import sandbox
from .assignment import Assignment
from .grading import PartResult, grade_parts
from .hollow import write_hollow
from .likeness import structure
from .results import Record, expected_key
from .sources import read_source
from .submissions import Submission

StartIn = Callable[[Path], Callable]  # the folder of a submission → what starts its process


@contextmanager
def classroom(assignment: Assignment, isolated: bool = True) -> Iterator[StartIn]:
    """The package emptied for an assignment, in a folder that is removed in the end; yields what starts processes.

    Raises BadInput if processes are to be `isolated` and cannot be.
    """
    if isolated:
        sandbox.check_isolation()
    start = sandbox.start if isolated else sandbox.start_unprotected
    with tempfile.TemporaryDirectory(prefix="minigan-course-") as name:
        package = readable(Path(name))
        write_hollow(package, assignment.removed, assignment.emptied_for)
        yield lambda folder: partial(start, package, folder, [assignment.name, assignment.file])


def readable(folder: Path) -> Path:
    """The folder, which others may read: if we are root, the sandbox is not."""
    folder.chmod(0o755)
    return folder


def ask_source(assignment: Assignment, source: str, start_in: StartIn, seed: str) -> list[PartResult]:
    """How the parts of a file with this source are graded."""
    with source_folder(assignment, source) as folder:
        return grade_parts(assignment, start_in(folder), seed)


@contextmanager
def source_folder(assignment: Assignment, source: str) -> Iterator[Path]:
    """A folder with the assignment's file, of this source; it is removed in the end."""
    with tempfile.TemporaryDirectory(prefix="minigan-course-") as name:
        folder = readable(Path(name))
        (folder / assignment.file).write_text(source, "utf-8")
        yield folder


def grade_submission(assignment: Assignment, submission: Submission, start_in: StartIn, seed: str) -> Record:
    """The record of one student."""
    problem, source = submission.problem, ""
    if not problem:
        try:
            source = read_source(submission.file, submission.data, assignment.functions)
        except BadInput as error:
            problem = str(error)
    if problem:
        parts = [PartResult(part.name, part.points, 0, problem) for part in assignment.parts]
    else:
        parts = ask_source(assignment, source, start_in, seed)
    name, version, seed_digest, work = expected_key(submission, assignment, seed)
    return Record(
        submission.student, submission.name, name, version, seed_digest, work, problem, parts, structure(source)
    )


def grade_all(
    assignment: Assignment, submissions: Sequence[Submission], start_in: StartIn, seed: str, jobs: int = 1
) -> Iterator[Record]:
    """The records of all submissions, each as soon as it is there; so many are graded at a time."""
    pool = ThreadPoolExecutor(jobs)  # each thread waits for the process of one submission
    try:
        futures = [pool.submit(grade_submission, assignment, work, start_in, seed) for work in submissions]
        for future in futures:
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)

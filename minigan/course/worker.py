"""The process that runs a submission: it is asked to call the student's functions, and sends back what they gave.

It knows no expected value and no seed.  A request names a call of the assignment, in `calls/`, and brings arrays; the
answer is arrays, or the text of an exception.  What the student's code prints goes nowhere.
"""

import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from types import ModuleType

from .calls import find_calls
from .wire import Message, receive, send

MOST_TEXT = 1_500  # characters of an error message
OURS = Path(__file__).parent  # where calls/a05.py has the name of a student's file


def main(folder: str, assignment: str, file: str) -> None:
    """Answer requests from stdin on stdout until there are no more, about the file in the folder."""
    requests, answers = os.dup(0), os.dup(1)
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    calls = find_calls(assignment)
    try:
        student = load(Path(folder, file))
        send(answers, Message({"ready": True}, {}))
    except BaseException as error:
        send(answers, Message({"error": describe(error, file)}, {}))
        return
    while (request := receive(requests)) is not None:
        try:
            given = {name: x.copy() for name, x in request.arrays.items()}  # what was received cannot be written to
            arrays = calls[request.text["call"]](student, request.text, **given)
            answer = Message({}, arrays)
        except BaseException as error:  # also SystemExit: a student's exit() is a mistake like any other
            answer = Message({"error": describe(error, file)}, {})
        try:
            send(answers, answer)
        except ValueError as error:
            send(answers, Message({"error": f"the result cannot be sent: {error}"[:MOST_TEXT]}, {}))


def load(path: Path) -> ModuleType:
    """The student's file as a module, under the file's name."""
    sys.path.insert(0, str(path.parent))  # further files that were handed in
    sys.dont_write_bytecode = True
    return import_module(path.stem)


def describe(error: BaseException, file: str) -> str:
    """The exception, and the line of the student's file in which it arose."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f.lineno for f in frames if Path(f.filename).name == file and OURS not in Path(f.filename).parents]
    if isinstance(error, SyntaxError) and Path(error.filename or "").name == file:
        lines = [error.lineno]
    place = f"line {lines[-1]}: " if lines else ""
    try:
        text = f"{type(error).__name__}: {error}"
    except BaseException:  # of an exception that cannot be printed
        text = type(error).__name__
    return (place + text)[:MOST_TEXT]

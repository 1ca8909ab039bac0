"""Putting a student's functions in the place of the engine's: everything that trains then runs through them.

Each assignment has a file here with `changes(student)`: what is replaced by what. One that trains otherwise than the
others has SETTINGS, the fields of the configuration that differ, and STEPS.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

from ...graph import recording


class Change(NamedTuple):
    """`owner.name` becomes `new`, and its calls are counted as `what` ("convolutions"); without `what` they are not.

    Those in a backward pass do not count: how many there are depends on how it is written.
    """

    owner: Any
    name: str
    new: Any
    what: str = ""


def changes_of(assignment: str, student: Any) -> Sequence[Change]:
    """The changes of an assignment, by a student's module."""
    return _seam(assignment).changes(student)


def settings_of(assignment: str) -> dict[str, Any]:
    """The fields of the configuration that an assignment sets."""
    return getattr(_seam(assignment), "SETTINGS", {})


def steps_of(assignment: str, usual: int) -> int:
    """The steps that a training takes with an assignment."""
    return getattr(_seam(assignment), "STEPS", usual)


def _seam(assignment: str) -> ModuleType:
    return import_module(f"{__name__}.{assignment}")


@contextmanager
def plugged(changes: Sequence[Change]) -> Iterator[Counter]:
    """Within this context the changes are in force; yields how often each was called, by `what`."""
    calls, before = Counter({change.what: 0 for change in changes if change.what}), []
    try:
        for owner, name, new, what in changes:
            before.append((owner, name, getattr(owner, name)))
            setattr(owner, name, _counted(new, what, calls) if what else new)
        yield calls
    finally:
        for owner, name, old in reversed(before):
            setattr(owner, name, old)


def _counted(function: Callable[..., Any], what: str, calls: Counter) -> Callable[..., Any]:
    def counted(*arguments: Any, **settings: Any) -> Any:
        calls[what] += recording()
        return function(*arguments, **settings)

    return counted

"""What a submission is asked, a file for each assignment: it runs beside the student's code, and knows no answer."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

Call = Callable[..., dict[str, Any]]  # (the student's module, the text of the request, **arrays) → arrays


def find_calls(assignment: str) -> dict[str, Call]:
    """The calls of an assignment by name."""
    calls: dict[str, Call] = import_module(f"{__name__}.{assignment}").CALLS
    return calls

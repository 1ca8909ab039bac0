"""The threads that share the work of the kernels, and when it is worth it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from ..workers import Workers

WORTH_A_THREAD = 1 << 14  # numbers in a loop; for fewer, handing them to another thread takes longer than the loop
workers = Workers(1)


def run(loop: Callable, items: int, numbers: int, *arguments: Any) -> None:
    """Compute the items of a loop, which handles so many numbers, in as many threads as are worth it."""
    workers.share(partial(loop, *arguments), items, numbers // WORTH_A_THREAD)

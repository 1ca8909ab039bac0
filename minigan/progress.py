"""How library code tells how far it is, without printing: it passes its loops through a function of the caller's."""

from collections.abc import Callable, Iterable

# (items, how many, what is being done) → the same items; `minigan.cli.progress` draws a bar on the way.
Progress = Callable[[Iterable, int, str], Iterable]


def quiet(items: Iterable, total: int, what: str) -> Iterable:
    """The `Progress` that tells nothing."""
    return items

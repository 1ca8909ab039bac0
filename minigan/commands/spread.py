"""Work in independent pieces, spread over the processes that mpiexec has started, by mpi4py.futures."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .together import join_group

Map = Callable[..., Any]  # like `map`


@contextmanager
def spread_calls() -> Iterator[Map | None]:
    """Gives a `map` that computes in all processes but this one, or simply `map` if there are no others.

    It gives results in order, as soon as they are there.  In the processes other than 0 it gives None, when there is
    nothing more to do: what follows is for process 0 alone.  Functions and arguments must be those that `pickle` takes.
    """
    group = join_group()
    if group is None:
        yield map
        return
    from mpi4py.futures import MPICommExecutor

    with MPICommExecutor(group.communicator, root=0) as executor:
        yield getattr(executor, "map", None)  # process 0 gets an executor, the others None

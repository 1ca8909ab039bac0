"""Processes that train one run together: `mpiexec -n 4 python -m minigan.train …`.

Each has the whole run and a share of every batch.  What is computed from a whole batch, gradients and the statistics of
batch norm, is exchanged by MPI (mpi4py, the extra `mpi`), so that they compute what one process would.
"""

import os
import select
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import numpy as np

from .arrays.backend import Array, namespace, to_device, to_host
from .errors import BadInput, import_optional
from .startup import number_in_environment

# What launchers tell their processes: Hydra (MPICH, Intel MPI), Open MPI, Slurm's srun with either.
RANKS = ("PMI_RANK", "OMPI_COMM_WORLD_RANK", "PMIX_RANK")
SIZES = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE")


WAIT = 120  # seconds, until all processes must have come up


class Group:
    """The processes of an MPI communicator: this one's number `rank`, from 0, and how many there are, `size`.

    `local_rank` and `local_size` are the same among those on this machine.  All processes must call the same methods in
    the same order: each waits for the others.
    """

    def __init__(self, communicator: Any):
        self.communicator = communicator
        self.rank, self.size = communicator.Get_rank(), communicator.Get_size()
        local = communicator.Split_type(sys.modules["mpi4py.MPI"].COMM_TYPE_SHARED)
        self.local_rank, self.local_size = local.Get_rank(), local.Get_size()
        kinds = communicator.Get_info().Get("mpi_memory_alloc_kinds") or ""  # MPI 4.1, §11.4.3
        self.takes_device_memory = "cuda" in kinds
        self.sent = self.messages = 0  # bytes that this process has given to exchanges, and their number

    def share(self, count: int) -> slice:
        """This process' part of `count` rows, a multiple of `size`."""
        part = count // self.size
        return slice(self.rank * part, (self.rank + 1) * part)

    def gather(self, x: Array) -> Array:
        """The arrays of all processes, of the same shape, in the order of their ranks: (size, *shape)."""
        here = self._sendable(x)
        result = namespace(here).empty((self.size, *x.shape), x.dtype)
        self._count(here)
        self.communicator.Allgather(here, result)
        return self._back(result, x)

    def mean(self, x: Array) -> Array:
        """The mean of an array over all processes: the same numbers in each."""
        here = self._sendable(x)
        result = namespace(here).empty_like(here)
        self._count(here)
        self.communicator.Allreduce(here, result)
        result *= 1 / self.size
        return self._back(result, x)

    def mean_of_each(self, arrays: Sequence[Array]) -> list[Array]:
        """The mean of each array over all processes, in one exchange of one flat array."""
        flat = self.mean(namespace(arrays[0]).concatenate([x.reshape(-1) for x in arrays]))
        ends = np.cumsum([x.size for x in arrays])
        return [flat[end - x.size : end].reshape(x.shape) for x, end in zip(arrays, ends)]

    def largest(self, number: int) -> int:
        """The largest of a whole number over all processes."""
        return self.communicator.allreduce(number, sys.modules["mpi4py.MPI"].MAX)

    def broadcast(self, thing: Any = None) -> Any:
        """What process 0 has, in all of them."""
        return self.communicator.bcast(thing)

    def gather_things(self, thing: Any) -> list[Any]:
        """What each process has, in all of them."""
        return self.communicator.allgather(thing)

    def abort(self, code: int) -> NoReturn:
        """End all processes at once, with this exit code; SystemExit where MPI returns."""
        sys.stderr.flush()
        self.communicator.Abort(code)
        raise SystemExit(code)

    def _sendable(self, x: Array) -> Array:
        """An array that MPI can read: C order, and on the host unless this MPI takes the memory of a GPU."""
        if not isinstance(x, np.ndarray):
            if not self.takes_device_memory:
                return np.ascontiguousarray(to_host(x))
            namespace(x).cuda.get_current_stream().synchronize()  # MPI does not wait for what is being computed
        return namespace(x).ascontiguousarray(x)

    def _back(self, result: Array, like: Array) -> Array:
        return result if isinstance(result, type(like)) else to_device(result, str(like.device))

    def _count(self, x: Array) -> None:
        self.sent, self.messages = self.sent + x.nbytes, self.messages + 1


class SharedDraws:
    """Draws random numbers for a whole batch, as one process would, and gives this process its share of the rows."""

    def __init__(self, rng: np.random.Generator, group: Group):
        self.rng, self.group = rng, group

    def standard_normal(self, size: Sequence[int], dtype: Any = np.float64) -> np.ndarray:
        """Numbers from N(0, 1), of this shape: rows of (rows · processes, …)."""
        return self._mine(self.rng.standard_normal(self._whole(size), dtype))

    def uniform(self, low: float = 0.0, high: float = 1.0, size: Sequence[int] = ()) -> np.ndarray:
        """Numbers from `low` to `high`, likewise."""
        return self._mine(self.rng.uniform(low, high, self._whole(size)))

    def integers(self, low: int, high: int, size: Sequence[int]) -> np.ndarray:
        """Whole numbers from `low` to below `high`, likewise."""
        return self._mine(self.rng.integers(low, high, self._whole(size)))

    def _whole(self, size: Sequence[int]) -> tuple[int, ...]:
        return (size[0] * self.group.size, *size[1:])

    def _mine(self, rows: np.ndarray) -> np.ndarray:
        return rows[self.group.share(len(rows))]


def launched_rank() -> int:
    """This process' number, as its launcher says; 0 without one."""
    return number_in_environment(RANKS, 0)


def launched_size() -> int:
    """How many processes there are, as the launcher says; 1 without one."""
    # PMIx itself names no number: under srun --mpi=pmix it is Slurm that does.
    by_slurm = ("SLURM_STEP_NUM_TASKS",) if "PMIX_RANK" in os.environ else ()
    return number_in_environment((*SIZES, *by_slurm), 1)


def environment_alone() -> dict[str, str]:
    """This process' environment for a child, without what would tell it that it is this process of the group."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PMI", "MPI_", "OMPI_"))}


@contextmanager
def _waiting_for(count: int) -> Iterator[None]:
    """Within this context MPI waits in C, where no handler of Python's runs: a child process watches the clock."""
    if launched_rank() or not hasattr(os, "fork"):
        yield
        return
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writing)
        if not select.select([reading], [], [], WAIT)[0]:  # the end of the pipe, which comes when all are there
            os.write(2, f"error: after {WAIT} s not all of the {count} processes have come up\n".encode())
            os.kill(os.getppid(), signal.SIGKILL)
        os._exit(0)
    os.close(reading)
    try:
        yield
    finally:
        os.close(writing)
        os.waitpid(child, 0)


def find_group() -> Group | None:
    """The processes that were started together; None if this one is alone.

    Raises BadInput if mpi4py is missing, or belongs to another MPI than the launcher.
    """
    count = launched_size()
    if count == 1:
        return None
    import_optional("mpi4py", "mpi", f"a run in {count} processes")
    with _waiting_for(count):
        from mpi4py import MPI  # initialises MPI: waits until all processes are there

    world = MPI.COMM_WORLD
    if world.Get_size() != count:
        library = MPI.Get_library_version().split("\n")[0].strip("\0 ")
        raise BadInput(
            f"the launcher has started {count} processes, but mpi4py sees {world.Get_size()}: it uses {library}; "
            "start them with the mpiexec of that MPI"
        )
    return Group(world)

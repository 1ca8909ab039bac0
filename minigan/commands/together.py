"""A training in several processes: process 0 reads and writes as one alone would, the others compute beside it.

They get the run from process 0, as a checkpoint, so they need neither its folder nor the same file system for it; the
images each process reads for itself.
"""

import os
import sys
import tempfile
import traceback
from argparse import Namespace
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from .. import __version__
from ..arrays.cpu import arithmetic
from ..data import Batches, ImageDataset
from ..errors import BadInput
from ..gan import Run, load_builder, load_run, save_run, train
from ..group import Group, find_group
from .interrupt import Interrupt
from .train_job import Job, load, make_batches


class Part(NamedTuple):
    """What a process other than 0 has: the run and the images."""

    run: Run
    dataset: ImageDataset


def join_group() -> Group | None:
    """The processes that were started with this one, None if it is alone.  Raises BadInput as `find_group` does."""
    if group := find_group():
        sys.excepthook = partial(_end_all, group)
    return group


def _end_all(group: Group, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """In place of Python's own for errors that nothing catches: the other processes would wait forever."""
    text = "".join(traceback.format_exception(kind, error, trace))
    os.write(2, f"process {group.rank}:\n{text}".encode())
    group.abort(1)


def own_device(args: Namespace, group: Group) -> None:
    """With --device cuda, each process on a machine takes a GPU of its own, as far as there are some."""
    if args.device == "cuda":
        from ..arrays.cuda import count_gpus  # imported here, because work on the host does not need it

        args.device = f"cuda:{group.local_rank % max(1, count_gpus())}"


def begin_together(group: Group, args: Namespace, make: Callable[[Namespace, ExitStack], Job], end: ExitStack) -> Job:
    """In process 0: make the job, and give its run to the others.  What it raises, ends the others too."""
    try:
        job = make(args, end)
        with tempfile.TemporaryDirectory() as folder:
            save_run(path := Path(folder) / "run.npz", job.run)
            state = path.read_bytes()
    except BaseException:
        group.broadcast(None)
        raise
    group.broadcast(state)
    join(group, job.run, job.run.fingerprint)
    return job


def follow(group: Group, args: Namespace) -> Part | None:
    """In the other processes: get the run from process 0, None if there is none, and read the images."""
    if (state := group.broadcast()) is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        (path := Path(folder) / "run.npz").write_bytes(state)
        run = load_run(path, args.device, networks=load_builder(args.model) if args.model else None)
    found, dataset = "", None
    try:
        dataset = load(run.config)
        found = run.config.fingerprint(dataset)
    except BadInput as error:
        found = str(error)
    join(group, run, found)
    assert dataset is not None  # or else `join` has raised
    return Part(run, dataset)


def join(group: Group, run: Run, fingerprint: str) -> None:
    """Join the group; BadInput, in all processes, if some have other versions, or other images, than process 0."""
    own = {
        "minigan": __version__,
        "arithmetic": arithmetic(run.generator.parameters()[0].data),
        "images": fingerprint,
    }
    everyone = group.gather_things(own)
    for rank, other in enumerate(everyone):
        for name, mine in everyone[0].items():
            if other[name] != mine:
                raise BadInput(f"process {rank} has {name} {other[name]!r}, and process 0 {mine!r}: all must be alike")
    run.join(group)


def train_beside(part: Part, batches: Batches) -> int:
    """Train without writing anything, until process 0 has ended; returns the number of the signal, or 0."""
    group = part.run.group
    assert group is not None
    with Interrupt() as interrupt:
        for _ in train(part.run, batches):
            if stop := group.largest(interrupt.received):
                return stop
    return 0


def other_process(group: Group, args: Namespace) -> int:
    """The command in the processes other than 0; returns the exit code."""
    part = follow(group, args)
    if part is None:
        return 2
    try:
        signal = train_beside(part, make_batches(part.run, part.dataset))
    except (MemoryError, OSError) as error:
        text = f"process {group.rank}: {type(error).__name__}: {error}; all processes end, the checkpoint is kept\n"
        os.write(2, f"python -m minigan.train: error: {text}".encode())
        group.abort(1)
    return 128 + signal if signal else 0

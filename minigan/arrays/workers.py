"""Threads that share a loop: each takes a part of its items.

NumPy's functions and compiled kernels run side by side in threads, because they release Python's lock while they
compute.  Handing out the parts and waiting for them takes about 20 µs, so short loops are not worth sharing.
"""

import os
import threading
from collections.abc import Callable
from itertools import pairwise
from queue import SimpleQueue

Task = Callable[[int, int], object]  # computes items `start` to `stop`


class Workers:
    """`count` threads, the calling one included; the others are started when they are first needed."""

    def __init__(self, count: int):
        self.count = count
        self._free = threading.Lock()  # held while a loop is being shared
        self._forget_threads()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget_threads)  # a forked process has none of them

    def _forget_threads(self) -> None:
        self._jobs: list[SimpleQueue] = []
        self._free = threading.Lock()

    def share(self, task: Task, items: int, most: int) -> None:
        """Call `task(start, stop)` with equal parts of range(items), one in each thread, but in no more than `most`.

        Raises what a task raised, after all have ended.  If the threads are in use, all items are computed here.
        """
        count = min(self.count, items, most)
        if count < 2 or not self._free.acquire(blocking=False):
            task(0, items)
            return
        try:
            self._share(task, [items * i // count for i in range(count + 1)])
        finally:
            self._free.release()

    def _share(self, task: Task, bounds: list[int]) -> None:
        done: SimpleQueue = SimpleQueue()  # one for each loop: an interrupted one leaves nothing behind
        others = list(pairwise(bounds))[1:]
        while len(self._jobs) < len(others):
            self._jobs.append(SimpleQueue())
            threading.Thread(target=_work, args=(self._jobs[-1],), daemon=True, name="minigan worker").start()
        for jobs, (start, stop) in zip(self._jobs, others):
            jobs.put((task, start, stop, done))
        try:
            task(bounds[0], bounds[1])
        finally:
            errors = [done.get() for _ in others]
        for error in errors:
            if error is not None:
                raise error


def _work(jobs: SimpleQueue) -> None:
    while True:
        task, start, stop, done = jobs.get()
        error = None
        try:
            task(start, stop)
        except BaseException as raised:  # given to the thread that waits
            error = raised
        del task  # and the arrays that it holds
        done.put(error)

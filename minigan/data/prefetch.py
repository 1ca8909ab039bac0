"""Prefetching: computing results in background threads before they are needed."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def prefetch(function: Callable[[Item], Result], items: Iterable[Item], workers: int, depth: int) -> Iterator[Result]:
    """`map(function, items)`, in order, computed by `workers` threads up to `depth` items in advance.

    At most `depth` finished results are in memory.  Threads help because Pillow's decoders and NumPy's copies release
    the GIL.  An exception in `function` is raised when its result is requested.
    """
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > depth:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:  # also if the caller stops early
            pool.shutdown(cancel_futures=True)

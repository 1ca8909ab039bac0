"""What limits a training step on this machine: `python -m minigan.bench.limits`.

The time of a step is divided among its matrix products, its other kernels, and the rest (Python, and what is left to
NumPy's functions).  What products reach is compared with one large product, what the other kernels reach with a copy
of a large array, both measured in the same rounds, by the same threads.
"""

import sys
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import numpy as np
from tqdm import tqdm

from ..arrays import backend
from ..arrays.allocator import keep_freed_memory
from ..arrays.cpu import use_compiled_kernels
from ..commands import cli
from ..ops.algorithms import product
from .machine import describe
from .nets import NETS, products
from .race import make_ours

PROG = "python -m minigan.bench.limits"
SIDE = 2048  # of the matrices of the large product
MIB = 64  # of the array that is copied


class Times:
    """A table of kernels that notes the seconds and the bytes of each call, read and written at least."""

    def __init__(self, kernels: backend.Kernels):
        self.seconds: dict[str, float] = {}
        self.moved: dict[str, int] = {}
        self.kernels = {name: self.timed(name, kernel) for name, kernel in kernels.items()}

    def timed(self, name: str, kernel: Callable) -> Callable:
        def run(*arguments: Any) -> Any:
            start = time.perf_counter()
            result = kernel(*arguments)
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
            self.moved[name] = self.moved.get(name, 0) + size_of(arguments) + size_of(result)
            return result

        return run


def size_of(x: Any) -> int:
    """The bytes of an array, or of all arrays in a tuple or list."""
    return sum(map(size_of, x)) if isinstance(x, (tuple, list)) else getattr(x, "nbytes", 0)


def multiplications(a: Any, b: Any) -> int:
    """How many a product takes: of matrices, or of each pair of lists, or of stacks, where one may be used for all."""
    if isinstance(a, list):
        return sum(map(multiplications, a, b))
    return max(len(a), len(b) if b.ndim == 3 else 0) * a[0].size * b.shape[-1]


def seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measure(net: str, rounds: int, tick: Callable[[], object]) -> dict[str, float]:
    """Medians over the rounds: seconds and shares of a step, and what products and kernels reach of the machine's."""
    from ..arrays.compiled.sharing import workers  # which needs Numba

    config, host = NETS[net], backend.open_device("cpu")
    times = Times(host.kernels)
    step, work = make_ours(config, "cpu").step, products(config)
    flops = 2 * sum(multiplications(a, b) * count for a, b, count in work)
    del work
    square, large = np.ones((SIDE, SIDE), np.float32), np.ones(MIB * 2**18, np.float32)
    copy = np.empty_like(large)

    def copy_part(start: int, stop: int) -> None:
        np.copyto(copy[start:stop], large[start:stop])

    backend.register("cpu", host._replace(kernels=times.kernels))
    found: dict[str, list[float]] = {}
    try:
        for _ in range(2):  # warm up
            step()
        for _ in range(rounds):
            times.seconds.clear()
            times.moved.clear()
            whole = seconds(step)
            in_products = times.seconds.pop("product")
            del times.moved["product"]
            others = sum(times.seconds.values())
            best_flops = 2 * SIDE**3 / seconds(lambda: product(square, square))
            bandwidth = 2 * large.nbytes / seconds(lambda: workers.share(copy_part, len(large), workers.count))
            for name, value in {
                "ms": 1e3 * whole,
                "products": in_products / whole,
                "other kernels": others / whole,
                "the rest": 1 - (in_products + others) / whole,
                "GFLOP/s": flops / in_products / 1e9,
                "of a large product": flops / in_products / best_flops,
                "GB/s": sum(times.moved.values()) / others / 1e9,
                "of a copy": sum(times.moved.values()) / others / bandwidth,
            }.items():
                found.setdefault(name, []).append(value)
            tick()
    finally:
        backend.register("cpu", host)
    return {name: median(values) for name, values in found.items()}


def main(argv: Sequence[str] | None = None) -> int:
    parser = cli.Parser(PROG, "Compare the parts of a training step with what this machine can do.")
    parser.add_argument("--rounds", type=cli.whole(1), default=7, help="steps that are measured (default: 7)")
    args: Namespace = parser.parse_args(argv)
    keep_freed_memory()
    use_compiled_kernels()
    for name, text in describe().items():
        print(f"{name + ':':20}{text}")
    for net in NETS:
        with tqdm(total=args.rounds, desc=net, leave=False, disable=not sys.stderr.isatty()) as bar:
            found = measure(net, args.rounds, bar.update)
        rows = {
            "products": f"{found['GFLOP/s']:6.0f} GFLOP/s, {found['of a large product']:.0%} of a large product",
            "other kernels": f"{found['GB/s']:6.1f} GB/s, {found['of a copy']:.0%} of a copy",
            "the rest": "",
        }
        print(f"\n{net}: {found['ms']:.0f} ms a step")
        for name, text in rows.items():
            print(f"  {name:16}{found[name]:5.0%}  {text}".rstrip())
    return 0


if __name__ == "__main__":
    cli.run_command(PROG, main)

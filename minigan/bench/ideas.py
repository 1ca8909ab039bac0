"""How much faster does each optimisation make its part of the step?  `python -m minigan.bench.ideas`

Each is timed in turns with the plain implementation, in one process.  The printed ratio is plain ÷ optimised time.
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from .. import ops
from ..arrays.allocator import keep_freed_memory
from ..arrays.layout import images_first
from ..commands import cli
from ..errors import BadInput
from ..nn import Parameter
from ..ops.algorithms import Algorithm, Im2col, TapPlanes
from ..ops.nine_products import NineProducts
from ..ops.normalization import BatchNorm
from ..optim import Adam
from ..tensor import Tensor
from .machine import describe
from .pictures import draw_faults, draw_layout
from .race import race

PROG = "python -m minigan.bench.ideas"
BATCH = 64


class Idea(NamedTuple):
    """A plain and an optimised implementation of the same work."""

    name: str
    where: str
    plain: Callable[[], object]
    optimised: Callable[[], object]


def layer_work(algorithm: type[Algorithm], size: int, channels: int, features: int) -> Callable[[], object]:
    """The work of a 4×4 convolution in a training step: forward, and the gradients of image and kernel."""
    rng = np.random.default_rng(0)
    shape = (BATCH, size, size, channels), (4, 4, channels, features), (2, 2), (1, 1)
    x = images_first(rng.standard_normal((size, size, BATCH, channels), np.float32))
    g = images_first(rng.standard_normal((size // 2, size // 2, BATCH, features), np.float32))
    w = rng.standard_normal((4, 4, channels, features), np.float32)

    def work() -> None:
        a = algorithm(*shape)
        image, kernel = a.image(x), a.kernel(w)
        a.conv(image, kernel)
        response = a.response(g)
        a.conv_transpose(response, kernel)
        a.kernel_gradient(image, response)

    return work


def shifted_sums(order: str) -> Callable[[], object]:
    """The additions of `NineProducts` on one feature map, with `order` "NHWC" or "HWNC" in memory."""
    shape = {"NHWC": (BATCH, 16, 16, 256), "HWNC": (16, 16, BATCH, 256)}[order]
    a = np.random.default_rng(0).standard_normal(shape, np.float32)
    rows, columns = (1, 2) if order == "NHWC" else (0, 1)

    def every_second(x: np.ndarray, axis: int, start: int) -> np.ndarray:
        return x[(slice(None),) * axis + (slice(start, None, 2),)]

    def work() -> None:
        for axis in (rows, columns):
            even, odd = every_second(a, axis, 0), every_second(a, axis, 1)
            np.subtract(even, odd)
            np.add(even, odd)

    return work


def norm_work(norm: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Callable[[], object]:
    """Forward and backward pass of an implementation of batch norm, `norm(x, scale, shift)`."""
    rng = np.random.default_rng(0)
    x = Parameter(images_first(rng.standard_normal((16, 16, BATCH, 128), np.float32)))
    scale, shift = Parameter(np.ones(128, np.float32)), Parameter(np.zeros(128, np.float32))
    g = Tensor(images_first(rng.standard_normal((16, 16, BATCH, 128), np.float32)))

    def work() -> None:
        norm(x, scale, shift).backward(g)
        x.grad = scale.grad = shift.grad = None

    return work


def norm_with_activation(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Batch norm and LeakyReLU in one op."""
    return ops.batch_norm(x, scale, shift, slope=0.2)


def norm_then_activation(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Batch norm and LeakyReLU in two ops."""
    return ops.leaky_relu(ops.batch_norm(x, scale, shift), 0.2)


def adam(blocks: bool) -> Callable[[], object]:
    """Adam on four million parameters, in blocks that stay in the cache or array by array."""
    p = Parameter(np.zeros(1 << 22, np.float32))
    g = Tensor(np.random.default_rng(0).standard_normal(1 << 22, np.float32))
    optimizer, m, v = Adam([p]), np.zeros_like(p.data), np.zeros_like(p.data)

    def in_blocks() -> None:
        p.grad = g
        optimizer.step()

    def whole() -> None:
        nonlocal m, v
        m = 0.9 * m + 0.1 * g.data
        v = 0.999 * v + 0.001 * g.data**2
        p.data -= 1e-3 * (m / 0.5) / (np.sqrt(v / 0.5) + 1e-8)

    return in_blocks if blocks else whole


def ideas() -> list[Idea]:
    """Everything that is timed in this process."""

    def layer(name: str, where: str, plain: type[Algorithm], optimised: type[Algorithm], *sizes: int) -> Idea:
        return Idea(name, where, layer_work(plain, *sizes), layer_work(optimised, *sizes))

    by_hand = norm_work(norm_with_activation)
    nine, taps = "nine products, not sixteen", "tap planes"
    return [
        layer(nine, "paper, 32×32×128 → 16×16×256", Im2col, NineProducts, 32, 128, 256),
        layer(nine, "paper, 16×16×256 → 8×8×512", Im2col, NineProducts, 16, 256, 512),
        layer(nine, "width 32, 32×32×32 → 16×16×64", Im2col, NineProducts, 32, 32, 64),
        layer(nine, "MNIST, 14×14×64 → 7×7×128", Im2col, NineProducts, 14, 64, 128),
        layer(taps, "64×64×3 → 32×32×64", Im2col, TapPlanes, 64, 3, 64),
        layer(taps, "MNIST, 28×28×1 → 14×14×64", Im2col, TapPlanes, 28, 1, 64),
        Idea("pixels first in memory", "additions on 16×16×256", shifted_sums("NHWC"), shifted_sums("HWNC")),
        Idea("batch norm by hand", "16×16×128", norm_work(BatchNorm(1e-5).definition), by_hand),
        Idea(
            "… with its activation inside",
            "16×16×128",
            norm_work(norm_then_activation),
            norm_work(norm_with_activation),
        ),
        Idea("Adam in cache-sized blocks", "4 million parameters", adam(False), adam(True)),
    ]


def compare(idea: Idea, rounds: int) -> tuple[float, float]:
    """The median seconds of the plain implementation, and the median over rounds of plain ÷ optimised."""
    plain, ratios = [], []
    for i in range(rounds + 1):
        times = []
        for work in (idea.plain, idea.optimised):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
        if i:  # the first round is a warm-up
            plain.append(times[0])
            ratios.append(times[0] / times[1])
    return median(plain), median(ratios)


def main(argv: Sequence[str] | None = None) -> int:
    parser = cli.Parser(PROG, "Time each optimisation of the training step by itself.")
    parser.add_argument("--rounds", type=cli.whole(1), default=15, help="turns of each (default: 15)")
    parser.add_argument("--pictures", type=Path, help="existing folder for the pictures of docs/speed.md")
    args = parser.parse_args(argv)
    if args.pictures and not args.pictures.is_dir():
        raise BadInput(f"--pictures: no folder {args.pictures}")
    keep_freed_memory()
    for name, text in describe().items():
        print(f"{name + ':':20}{text}")
    print(f"\n{'idea':30}{'where':32}{'plain, ms':>10}{'plain ÷ idea':>14}")
    layout_gain = 1.0
    for idea in tqdm(ideas(), leave=False, disable=not sys.stderr.isatty()):
        seconds, ratio = compare(idea, args.rounds)
        layout_gain = ratio if idea.name.startswith("pixels first") else layout_gain
        print(f"{idea.name:30}{idea.where:32}{1e3 * seconds:10.1f}{ratio:14.2f}")

    faults = {}
    for net in ("MNIST 28×28", "64×64, width 64"):
        results = race(net, ["ours, plain malloc", "ours"], args.rounds // 2 + 1, 0.5, lambda: None)
        before, after = results["ours, plain malloc"], results["ours"]
        ratio = median(a / b for a, b in zip(before.seconds, after.seconds))
        faults[net] = before.faults, after.faults, ratio
        print(f"{'keeping freed memory':30}{net:32}{1e3 * median(before.seconds):10.1f}{ratio:14.2f}")
        print(f"{'':30}page faults per step: {before.faults:.0f} → {after.faults:.0f}")
    if args.pictures:
        draw_layout(args.pictures / "layout.png", layout_gain)
        draw_faults(args.pictures / "page-faults.png", faults)
    return 0


if __name__ == "__main__":
    cli.run_command(PROG, main)

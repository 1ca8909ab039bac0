"""How much faster a training step is in several processes: `mpiexec -n 2 python -m minigan.bench.scaling`.

Measured in turns: one process with one thread, one process with a thread for each core, and the processes together,
with the same whole batch, and with as many images in each as one process had. And a model, with the latency and the
bandwidth measured here, of other networks of computers.
"""

import math
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median
from subprocess import Popen
from typing import NamedTuple

import numpy as np

from ..commands import cli
from ..commands.together import join_group
from ..errors import BadInput
from ..gan import Config, Run, draw_noise
from ..group import Group, environment_alone
from ..startup import THREADS
from ..tensor import Tensor
from .machine import describe
from .nets import BATCH, NETS
from .race import CPU, ask, start, use_compiled_kernels_if_installed

PROG = "mpiexec -n 2 python -m minigan.bench.scaling"
SMALL, LARGE = 8, 2**22  # numbers in an exchange that shows the latency, and in one that shows the bandwidth
MOST = BATCH // 2  # processes: batch norm needs two images in each


class Link(NamedTuple):
    """What connects processes: seconds that a short message takes, and bytes per second."""

    latency: float
    bandwidth: float


LINKS = {  # usual values, from a process to its neighbour
    "10 GbE": Link(30e-6, 1.25e9),
    "100 GbE": Link(5e-6, 12.5e9),
    "NVLink": Link(5e-6, 300e9),
}


class Cost(NamedTuple):
    """What a step exchanges: messages, and bytes that each process gives to them."""

    messages: float
    bytes: float


def seconds_of_exchange(cost: Cost, link: Link, processes: int) -> float:
    """What a step spends on exchanges: n · ⌈log₂ P⌉ · latency + 2 (P − 1)/P · bytes / bandwidth.

    An all-reduce of P processes takes at least log₂ P rounds, and moves 2 (P − 1)/P times its bytes in and out of each
    (Thakur, Rabenseifner & Gropp 2005, §4).
    """
    rounds = math.ceil(math.log2(processes))
    return cost.messages * rounds * link.latency + 2 * (processes - 1) / processes * cost.bytes / link.bandwidth


class Step(NamedTuple):
    """Seconds that a step takes alone: `fixed`, whatever the batch (Adam, preparing kernels), and for each image."""

    fixed: float
    per_image: float

    def seconds(self, images: float) -> float:
        """A step with so many images."""
        return self.fixed + self.per_image * images


def efficiency(step: Step, cost: Cost, link: Link, processes: int, each: float) -> float:
    """By what part of P the P processes are faster than one with BATCH images, if each has so many: by images/s."""
    alone = step.seconds(BATCH) / BATCH
    return alone * each / (step.seconds(each) + seconds_of_exchange(cost, link, processes))


def largest_group(step: Step, cost: Cost, link: Link, least: float, shared: bool) -> int:
    """How many processes, a power of two, have at least this efficiency: if they share a batch, or have one each."""
    counts = [2**k for k in range(11) if not shared or 2**k <= MOST]
    sizes = ((p, BATCH / p if shared else BATCH) for p in counts)
    return max(p for p, each in sizes if p == 1 or efficiency(step, cost, link, p, each) >= least)


def make_parser() -> cli.Parser:
    """The command's arguments."""
    parser = cli.Parser(PROG, "Time a training step in one process and in several, and model other networks.")
    parser.add_argument("--rounds", type=cli.whole(1), default=5, help="turns of each (default: 5)")
    parser.add_argument("--nets", nargs="+", choices=list(NETS), metavar="NET", help=f"of {', '.join(map(repr, NETS))}")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    group = join_group()
    args = make_parser().parse_args(argv)
    if group is None:
        raise BadInput(f"there is one process only; start it as {PROG}")
    use_compiled_kernels_if_installed()
    if group.rank == 0:
        for name, text in describe().items():
            print(f"{name + ':':20}{text}")
    link = measure_link(group)
    print(f"{'between processes:':20}{1e6 * link.latency:.0f} µs, {link.bandwidth / 1e9:.1f} GB/s (measured)")
    print_tables(group, link, args)
    return 0


def print_tables(group: Group, link: Link, args: Namespace) -> None:
    """Two tables: what was measured, and how far it would scale."""
    p, found = group.size, {}
    print(
        f"\n| ms per step | 1 process, 1 thread | 1 process, all cores | {p} processes, {BATCH // p} images each "
        f"| efficiency | by the model | {BATCH} images each | efficiency | by the model |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for net in args.nets or NETS:
        result = measure(net, group, args.rounds)
        if group.rank:
            continue
        alone, part, threads, together, larger, cost = result
        per_image = (alone - part) / (BATCH - BATCH // p)
        step = Step(alone - BATCH * per_image, per_image)
        found[net] = step, cost
        cells = f"{1000 * alone:.0f} | {1000 * threads:.0f} | {1000 * together:.0f} | {alone / p / together:.2f}"
        cells += f" | {efficiency(step, cost, link, p, BATCH / p):.2f} | {1000 * larger:.0f} | {alone / larger:.2f}"
        print(f"| {net} | {cells} | {efficiency(step, cost, link, p, BATCH):.2f} |", flush=True)
    links = {"here": link, **LINKS}
    print(f"\n| | messages per step | MB | {' | '.join(f'processes, {name}' for name in links)} |")
    print("|---|--:|--:|" + "--:|" * len(links))
    for net, (step, cost) in found.items():
        counts = [
            f"{largest_group(step, cost, link, 0.8, shared=True)}, {largest_group(step, cost, link, 0.8, shared=False)}"
            for link in links.values()
        ]
        print(f"| {net} | {cost.messages:.0f} | {cost.bytes / 1e6:.1f} | {' | '.join(counts)} |")
    print(
        f"\nProcesses with an efficiency of 0.8 or more: that share a batch of {BATCH}; that have {BATCH} images each."
    )


def measure(net: str, group: Group, rounds: int) -> tuple[float, float, float, float, float, Cost]:
    """Seconds per step, in process 0: alone with one thread, the same with a share of the batch, alone with all
    threads, together with a share of the batch, and together with a batch that is larger; and what is exchanged.
    """
    together = make_step(NETS[net], group)
    larger = make_step(replace(NETS[net], batch_size=BATCH * group.size), group)
    alone = make_step(NETS[net], None) if group.rank == 0 else None
    part = make_step(replace(NETS[net], batch_size=BATCH // group.size), None) if group.rank == 0 else None
    child = start_child(net) if group.rank == 0 else None
    together()
    sent, messages = group.sent, group.messages
    first = timed(together)
    cost = Cost(group.messages - messages, group.sent - sent)
    steps = group.broadcast(max(1, round(1.0 / first)))
    times: list[list[float]] = [[], [], [], [], []]
    for number in range(rounds + 1):
        if alone and part and child:
            one, some = (median(timed(step) for _ in range(steps)) for step in (alone, part))
            threads = ask(child, steps)["seconds"]
        wait_for_first(group)
        several, many = (median(timed(step) for _ in range(steps)) for step in (together, larger))
        if alone and number:  # the first round warms up
            for values, seconds in zip(times, (one, some, threads, several, many)):
                values.append(seconds)
    if child:
        child.kill()
        child.wait()
    one, some, threads, several, many = (median(values) if values else 0.0 for values in times)
    return one, some, threads, several, many, cost


def start_child(net: str) -> Popen:
    """A process that takes steps with all cores, outside the group."""
    environment = {name: value for name, value in environment_alone().items() if name not in THREADS}
    return start(net, "ours", CPU, environment)


def make_step(config: Config, group: Group | None) -> Callable[[], object]:
    """A step as in `train()`, with this process' share of the batch."""
    run = Run(config)
    if group:
        run.join(group)
    share = group.share(config.batch_size) if group else slice(None)
    size = config.image_size
    real = np.random.default_rng(0).uniform(-1, 1, (config.batch_size, size, size, config.channels))
    images = Tensor(real[share].astype(np.float32))

    def step() -> object:
        z = draw_noise(run.rng, config.batch_size, config.latent)[share]
        return run.means([x.data for x in run.game.step(images, Tensor(z)).values()])

    return step


def timed(step: Callable[[], object]) -> float:
    begin = time.perf_counter()
    step()
    return time.perf_counter() - begin


def wait_for_first(group: Group) -> None:
    """Wait until process 0 comes here, without keeping a core busy, as waiting in MPI does."""
    if group.rank == 0:
        for other in range(1, group.size):
            group.communicator.send(None, other)
        return
    while not group.communicator.iprobe(0):
        time.sleep(0.001)
    group.communicator.recv(source=0)


def measure_link(group: Group) -> Link:
    """Latency and bandwidth of an all-reduce of a few numbers, and of many."""
    small, large = (np.zeros(count, np.float32) for count in (SMALL, LARGE))
    latency = median(timed(lambda: group.mean(small)) for _ in range(200))
    seconds = median(timed(lambda: group.mean(large)) for _ in range(10))
    moved = 2 * (group.size - 1) / group.size * large.nbytes
    latency /= math.ceil(math.log2(group.size))
    return Link(latency, moved / max(seconds - latency, 1e-9))


if __name__ == "__main__":
    cli.run_command(PROG, main, together=True)

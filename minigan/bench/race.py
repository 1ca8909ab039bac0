"""Contestants in processes of their own, taking turns, so that whatever slows the machine slows them all."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ..allocator import keep_freed_memory
from ..gan import Config, Run, draw_noise
from ..tensor import Tensor
from .nets import NETS, products


class Result(NamedTuple):
    """Seconds per step, one for each round; peak memory of the process in MiB; page faults per step, in the last."""

    seconds: list[float]
    peak: float
    faults: float


def race(
    net: str, contestants: Sequence[str], rounds: int, seconds: float, tick: Callable[[], None]
) -> dict[str, Result]:
    """Time the contestants' steps in turns; each turn lasts about `seconds`.  `tick` is called after every turn."""
    children = {name: _start(net, name) for name in contestants}
    try:
        steps = {}
        for name, child in children.items():
            _ask(child, 2)  # warm up
            steps[name] = max(1, round(seconds / _ask(child, 1)["seconds"]))
            tick()
        times: dict[str, list[float]] = {name: [] for name in contestants}
        last = {}
        for _ in range(rounds):
            for name, child in children.items():
                time.sleep(0.1)  # the threads of the one before are still spinning
                answer = _ask(child, steps[name])
                times[name].append(answer["seconds"])
                last[name] = answer
                tick()
    finally:
        for child in children.values():
            child.kill()
            child.wait()
    return {name: Result(times[name], last[name]["peak"], last[name]["faults"]) for name in contestants}


def _start(net: str, contestant: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "minigan.bench.race", net, contestant]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _ask(child: subprocess.Popen, steps: int) -> dict[str, float]:
    """Let a child take some steps; returns its seconds per step and its peak memory."""
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(f"{steps}\n")
        child.stdin.flush()
        return json.loads(child.stdout.readline())
    except (BrokenPipeError, json.JSONDecodeError) as error:
        raise RuntimeError(f"a contestant of the race ended: {child.args!r}") from error


def make_step(config: Config, contestant: str) -> Callable[[], object]:
    """The step of a contestant, in this process."""
    if contestant.startswith("torch"):
        from .torch_step import make_step as make_torch_step

        return make_torch_step(config, channels_last=contestant.endswith("channels_last"))
    if contestant.startswith("textbook"):
        from .textbook import make_step as make_textbook_step

        return make_textbook_step(config, np.float64 if contestant.endswith("float64") else np.float32)
    if contestant != "ours, plain malloc":
        keep_freed_memory()
    return make_products(config) if contestant == "GEMMs alone" else make_ours(config)


def make_ours(config: Config) -> Callable[[], object]:
    """A step as `train()` takes it, noise included."""
    run = Run(config)
    size = config.image_size
    real = run.rng.uniform(-1, 1, (config.batch_size, size, size, config.channels)).astype(np.float32)
    return lambda: run.game.step(Tensor(real), Tensor(draw_noise(run.rng, config.batch_size, config.latent)))


def make_products(config: Config) -> Callable[[], object]:
    """The matrix products of our step, and nothing else."""
    work = products(config)

    def step():
        for a, b, times in work:
            for _ in range(times):
                a @ b

    return step


def child() -> None:
    """Take as many steps as each line of the input says, and answer with the time."""
    net, contestant = sys.argv[1:]
    step = make_step(NETS[net], contestant)
    for line in sys.stdin:
        count = int(line)
        (_, faults), start = memory(), time.perf_counter()
        for _ in range(count):
            step()
        seconds = (time.perf_counter() - start) / count
        peak, faults_after = memory()
        print(json.dumps({"seconds": seconds, "peak": peak, "faults": (faults_after - faults) / count}), flush=True)


def memory() -> tuple[float, float]:
    """The most memory that this process has had, in MiB, and its page faults; nan where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan"), float("nan")
    usage = resource.getrusage(resource.RUSAGE_SELF)
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * unit / 2**20, usage.ru_minflt


if __name__ == "__main__":
    child()

"""Contestants in processes of their own, taking turns, so that whatever slows the machine slows them all."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ..arrays.allocator import keep_freed_memory
from ..arrays.backend import open_device, to_device
from ..gan import Config, Run, draw_noise
from ..tensor import Tensor
from .nets import NETS, products


class Place(NamedTuple):
    """Where a race is run: the device, and whether products of float32 may round their factors to TF32 there."""

    device: str = "cpu"
    tf32: bool = False


class Contestant(NamedTuple):
    """A training step; how to wait until the device has done it; and how many MiB the device has given, if it has."""

    step: Callable[[], object]
    wait: Callable[[], object] = lambda: None
    peak: Callable[[], float] | None = None


class Result(NamedTuple):
    """Seconds per step, one for each round; peak memory in MiB, of the GPU or, without one, of the process; page faults
    per step, in the last round.
    """

    seconds: list[float]
    peak: float
    faults: float


HOST = Place()


def race(
    net: str, contestants: Sequence[str], rounds: int, seconds: float, tick: Callable[[], None], place: Place = HOST
) -> dict[str, Result]:
    """Time the contestants' steps in turns; each turn lasts about `seconds`.  `tick` is called after every turn."""
    children = {name: _start(net, name, place) for name in contestants}
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


def _start(net: str, contestant: str, place: Place) -> subprocess.Popen:
    command = [sys.executable, "-m", "minigan.bench.race", net, contestant, place.device, str(int(place.tf32))]
    environment = {**os.environ, "CUPY_TF32": str(int(place.tf32))}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


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


def make_contestant(config: Config, name: str, place: Place = HOST) -> Contestant:
    """A contestant by its name, in this process."""
    if name.startswith("torch"):
        return make_torch(config, name.endswith("channels_last"), place)
    if name.startswith("textbook"):
        from .textbook import make_step

        return Contestant(make_step(config, np.float64 if name.endswith("float64") else np.float32))
    if name != "ours, plain malloc":
        keep_freed_memory()
    return Contestant(make_products(config)) if name == "GEMMs alone" else make_ours(config, place.device)


def make_torch(config: Config, channels_last: bool, place: Place) -> Contestant:
    import torch

    from .torch_step import make_step

    step = make_step(config, channels_last, *place)
    if place.device == "cpu":
        return Contestant(step)
    return Contestant(step, torch.cuda.synchronize, lambda: torch.cuda.max_memory_reserved() / 2**20)


def make_ours(config: Config, device: str) -> Contestant:
    """A step as `train()` takes it, noise included."""
    run, backend, size = Run(config, device), open_device(device), config.image_size
    real = run.rng.uniform(-1, 1, (config.batch_size, size, size, config.channels)).astype(np.float32)
    real = to_device(real, device)

    def step():
        return run.game.step(
            Tensor(real), Tensor(to_device(draw_noise(run.rng, config.batch_size, config.latent), device))
        )

    return Contestant(step, backend.wait, None if device == "cpu" else lambda: backend.memory() / 2**20)


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
    net, name, device, tf32 = sys.argv[1:]
    step, wait, peak = make_contestant(NETS[net], name, Place(device, tf32 == "1"))
    for line in sys.stdin:
        count = int(line)
        (_, faults), start = memory(), time.perf_counter()
        for _ in range(count):
            step()
        wait()
        seconds = (time.perf_counter() - start) / count
        most, faults_after = memory()
        most = most if peak is None else peak()
        print(json.dumps({"seconds": seconds, "peak": most, "faults": (faults_after - faults) / count}), flush=True)


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

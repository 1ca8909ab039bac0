"""Time several implementations, each in its own process, in turns: what slows the machine down affects all of them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..arrays.allocator import keep_freed_memory
from ..arrays.backend import open_device, to_device
from ..arrays.cpu import blas_threads, use_compiled_kernels_if_installed
from ..gan import Config, Run, draw_noise
from ..ops.algorithms import product
from ..tensor import Tensor
from .nets import NETS, products


class DeviceSettings(NamedTuple):
    """The device, and whether matrix products of float32 may round their factors to TF32 there."""

    device: str = "cpu"
    tf32: bool = False


class Contestant(NamedTuple):
    """A training step, a function that waits for the device and, on a GPU, one that returns the peak memory in MiB."""

    step: Callable[[], object]
    wait: Callable[[], object] = lambda: None
    peak: Callable[[], float] | None = None


class Result(NamedTuple):
    """Seconds per step in each round; peak memory in MiB, of the GPU or else of the process; and page faults per step
    in the last round.
    """

    seconds: list[float]
    peak: float
    faults: float


CPU = DeviceSettings()


def race(
    net: str,
    contestants: Sequence[str],
    rounds: int,
    seconds: float,
    tick: Callable[[], object],
    settings: DeviceSettings = CPU,
) -> dict[str, Result]:
    """Time the steps of the contestants in turns of about `seconds` each.  `tick` is called after every turn."""
    children = {name: start(net, name, settings) for name in contestants}
    try:
        steps = {}
        for name, child in children.items():
            ask(child, 2)  # warm up
            steps[name] = max(1, round(seconds / ask(child, 1)["seconds"]))
            tick()
        times: dict[str, list[float]] = {name: [] for name in contestants}
        last = {}
        for _ in range(rounds):
            for name, child in children.items():
                time.sleep(0.1)  # the threads of the previous process are still spinning
                answer = ask(child, steps[name])
                times[name].append(answer["seconds"])
                last[name] = answer
                tick()
    finally:
        for child in children.values():
            child.kill()
            child.wait()
    return {name: Result(times[name], last[name]["peak"], last[name]["faults"]) for name in contestants}


def start(
    net: str, contestant: str, settings: DeviceSettings, environment: Mapping[str, str] = os.environ
) -> subprocess.Popen:
    """A child process that takes steps when it is asked to."""
    command = [sys.executable, "-m", "minigan.bench.race", net, contestant, settings.device, str(int(settings.tf32))]
    environment = {**environment, "CUPY_TF32": str(int(settings.tf32))}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def ask(child: subprocess.Popen, steps: int) -> dict[str, float]:
    """Let a child process take some steps; returns its seconds per step, peak memory and page faults per step."""
    _send(child, steps)
    return _receive(child)


def _send(child: subprocess.Popen, steps: int) -> None:
    assert child.stdin is not None
    try:
        child.stdin.write(f"{steps}\n")
        child.stdin.flush()
    except BrokenPipeError as error:
        raise RuntimeError(f"a process of the benchmark ended: {child.args!r}") from error


def _receive(child: subprocess.Popen) -> dict[str, float]:
    assert child.stdout is not None
    try:
        return json.loads(child.stdout.readline())
    except json.JSONDecodeError as error:
        raise RuntimeError(f"a process of the benchmark ended: {child.args!r}") from error


def make_contestant(config: Config, name: str, settings: DeviceSettings = CPU) -> Contestant:
    """The contestant of this name, in this process."""
    if name.startswith("torch"):
        return make_torch(config, name.endswith("channels_last"), settings)
    if name.startswith("textbook"):
        from .textbook import make_step

        return Contestant(make_step(config, np.float64 if name.endswith("float64") else np.float32))
    if name != "ours, plain malloc":
        keep_freed_memory()
    if name.startswith("ours, NumPy"):
        return Contestant(make_split(config)) if name.endswith("split") else make_ours(config, settings.device)
    if settings.device == "cpu":
        use_compiled_kernels_if_installed()
    return Contestant(make_products(config)) if name == "GEMMs alone" else make_ours(config, settings.device)


def make_torch(config: Config, channels_last: bool, settings: DeviceSettings) -> Contestant:
    import torch

    from .torch_step import make_step

    step = make_step(config, channels_last, *settings)
    if settings.device == "cpu":
        return Contestant(step)
    return Contestant(step, torch.cuda.synchronize, lambda: torch.cuda.max_memory_reserved() / 2**20)


def make_ours(config: Config, device: str) -> Contestant:
    """A step as in `train()`, including the noise."""
    run, backend, size = Run(config, device), open_device(device), config.image_size
    real = run.rng.uniform(-1, 1, (config.batch_size, size, size, config.channels)).astype(np.float32)
    real = to_device(real, device)

    def step() -> dict[str, Tensor]:
        noise = to_device(draw_noise(run.rng, config.batch_size, config.latent), device)
        return run.game.step(Tensor(real), Tensor(noise))

    return Contestant(step, backend.wait, None if device == "cpu" else lambda: backend.memory() / 2**20)


def make_split(config: Config) -> Callable[[], object]:
    """The step in NumPy, of a process for each thread of BLAS: each with its share of the batch, and no exchange.

    It shows what several processes could gain; their gradients are not added.
    """
    count = min(blas_threads(), config.batch_size // 2)  # batch norm needs two images
    share = replace(config, batch_size=config.batch_size // count)
    code = "from minigan.bench.race import *; serve(*make_contestant(Config(**%r), 'ours, NumPy'))"
    single = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code % (share.to_dict(),)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **single},
        )
        for _ in range(count)
    ]  # fmt: skip

    def step() -> None:
        for child in children:
            _send(child, 1)
        for child in children:
            _receive(child)

    return step


def make_products(config: Config) -> Callable[[], object]:
    """Only the matrix products of our step."""
    work = products(config)

    def step() -> None:
        for a, b, times in work:
            for _ in range(times):
                product(a, b)

    return step


def child() -> None:
    """The child process: reads numbers of steps to take, one per line, and answers with time and memory as JSON."""
    net, name, device, tf32 = sys.argv[1:]
    serve(*make_contestant(NETS[net], name, DeviceSettings(device, tf32 == "1")))


def serve(step: Callable[[], object], wait: Callable[[], object], peak: Callable[[], float] | None) -> None:
    """Answer as `child` does, with these steps."""
    for line in sys.stdin:
        count = int(line)
        (_, faults), start = memory(), time.perf_counter()
        for _ in range(count):
            step()
        wait()
        seconds = (time.perf_counter() - start) / count
        host_peak, faults_after = memory()
        most = host_peak if peak is None else peak()
        print(json.dumps({"seconds": seconds, "peak": most, "faults": (faults_after - faults) / count}), flush=True)


def memory() -> tuple[float, float]:
    """The peak memory of this process in MiB, and its page faults; nan if the system does not report them."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan"), float("nan")
    usage = resource.getrusage(resource.RUSAGE_SELF)
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * unit / 2**20, usage.ru_minflt


if __name__ == "__main__":
    child()

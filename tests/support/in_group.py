"""Run by mpiexec, or alone: some float64 training steps of a configuration; process 0 writes the state.

python -m tests.support.in_group OUT STEPS '{"width": 4, …}'
"""

import json
import os
import sys

import numpy as np

from minigan.arrays.cpu import use_compiled_kernels
from minigan.data import Batches, ImageDataset
from minigan.gan import METRICS, Config, Run, train
from minigan.group import find_group

KINDS = 4


def digits(config: Config, count: int = 96) -> ImageDataset:
    """Random images with labels."""
    rng = np.random.default_rng(5)
    images = rng.integers(0, 256, (count, config.image_size, config.image_size, config.channels), dtype=np.uint8)
    return ImageDataset("random", images, labels=rng.integers(0, KINDS, count))


def state_after(config: Config, steps: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """All tensors of both networks and of the EMA after so many steps, and the metrics of each step."""
    group, run = find_group(), Run(config)
    networks = {"g": run.generator, "d": run.game.discriminator, **({"ema": run.ema} if run.ema else {})}
    for network in networks.values():
        for _, tensor in network.named_tensors():
            tensor.data = tensor.data.astype(np.float64)
    for adam in (run.game.generator_adam, run.game.discriminator_adam):
        adam.__init__(adam.parameters, adam.lr, adam.betas)  # moments in float64
    if group:
        run.join(group)
    share = group.share(config.batch_size) if group else slice(None)
    batches = Batches(digits(config), config.batch_size, config.seed, flip=True, share=share)
    metrics = []
    for report in train(run, batches):
        metrics.append([float(value) for value in report.values])
        if report.step == steps:
            break
    state = {f"{name}.{key}": tensor.numpy() for name, n in networks.items() for key, tensor in n.named_tensors()}
    if group:
        for other in group.gather_things(state):
            assert all((other[key] == state[key]).all() for key in state), "processes differ"
        if group.rank:
            sys.exit()
    return state, np.array(metrics)


def main() -> None:
    out, steps, settings = sys.argv[1:]
    if os.environ.get("MINIGAN_KERNELS") == "compiled":
        use_compiled_kernels()
    state, metrics = state_after(Config(**json.loads(settings)), int(steps))
    np.savez(out, metrics=metrics, names=METRICS, **state)


if __name__ == "__main__":
    main()

"""Is a DCGAN trained by minigan as good as one trained by PyTorch?  `python -m tests.against_torch`, by hand.

The same networks, data, batches, epochs, learning rate, running average and seeds; noise and first weights are each
library's own.  Both are scored by the same judge.  What was trained is kept in --runs and not trained again; minigan's
runs are those of the table of ablations.
"""

import copy
import sys
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from docs.tables.series import SMALL
from docs.tables.trials import over_seeds, spread
from minigan.bench.torch_step import networks
from minigan.commands import cli
from minigan.data import Batches, load_dataset, scale_images
from minigan.data.dataset import to_bytes
from minigan.evaluate.scores import Reference
from minigan.gan import Config, load_run


def main() -> None:
    parser = ArgumentParser(description="Fréchet distances of the same DCGAN, trained by minigan and by PyTorch.")
    parser.add_argument("--runs", type=Path, default=Path("runs/tables"), help="where trainings are kept")
    args = parser.parse_args()
    trials = over_seeds(SMALL, args.runs)
    for trial in trials:
        trial.run_missing()
    configs = [load_run(trial.run.checkpoint).config for trial in trials]
    reference = Reference(configs[0])
    ours = [trial.scores()["frechet"] for trial in trials]
    theirs = [reference.distance(kept_samples(config, args.runs, reference.count)) for config in configs]
    print(f"{configs[0].command()}, {len(configs)} seeds, {reference.count} samples each: mean (lowest–highest)")
    print(f"  Fréchet distance, minigan  {spread(ours, '.2f')}\n  Fréchet distance, PyTorch  {spread(theirs, '.2f')}")


def kept_samples(config: Config, root: Path, count: int) -> np.ndarray:
    """Samples, bytes (count, S, S, C), of a generator trained by PyTorch: from disk, if they were drawn before."""
    path = root / f"torch-{config.seed}.npz"
    if not path.exists():
        root.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, samples=samples(train(config), config, count))
    with np.load(path) as archive:
        return archive["samples"]


def train(config: Config) -> nn.Module:
    """The generator, or the running average of its weights, after a training as `config` describes it."""
    torch.manual_seed(config.seed)
    generator, discriminator = networks(config)
    for module in [*generator.modules(), *discriminator.modules()]:
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
    average = copy.deepcopy(generator)
    betas = (config.beta1, config.beta2)
    g_adam, d_adam = (torch.optim.Adam(net.parameters(), config.lr, betas) for net in (generator, discriminator))
    batches = Batches(load_dataset(config.source), config.batch_size, config.seed)
    steps = [images for epoch in range(config.epochs) for images, _, _ in batches.epoch(epoch)]
    for step, images in enumerate(cli.progress(steps, len(steps), f"PyTorch, seed {config.seed}"), start=1):
        real = torch.from_numpy(scale_images(images)).permute(0, 3, 1, 2)
        fake = generator(torch.randn(len(images), config.latent, 1, 1))
        d_adam.zero_grad()
        (F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(fake.detach())).mean()).backward()
        d_adam.step()
        g_adam.zero_grad()
        F.softplus(-discriminator(fake)).mean().backward()
        g_adam.step()
        follow(average, generator, 1.0 - min(config.average, (1 + step) / (10 + step)))
    return average if config.average else generator


@torch.no_grad()
def follow(average: nn.Module, generator: nn.Module, share: float) -> None:
    """As `minigan.gan.training.Run.follow`: weights and running statistics move by a share of the difference."""
    theirs = generator.state_dict()
    for name, value in average.state_dict().items():
        if value.is_floating_point():
            value += share * (theirs[name] - value)


@torch.no_grad()
def samples(generator: nn.Module, config: Config, count: int) -> np.ndarray:
    """Bytes (count, S, S, C), drawn in evaluation mode."""
    generator.eval()
    torch.manual_seed(config.seed + 1_000)
    pieces = [
        generator(torch.randn(500, config.latent, 1, 1)).permute(0, 2, 3, 1).numpy() for _ in range(-(-count // 500))
    ]
    return to_bytes(np.concatenate(pieces)[:count])


if __name__ == "__main__":
    sys.exit(main())

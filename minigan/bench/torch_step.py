"""The same training step in PyTorch: the same networks, losses and optimisers; D is frozen in G's step."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from ..gan import Config
from ..gan.networks import stages


def networks(config: Config) -> tuple[nn.Module, nn.Module]:
    """Generator and discriminator, layer by layer as in `minigan.gan.networks`."""
    sizes = stages(config.image_size, config.width)
    (start, features), *rest = sizes
    up: list[nn.Module] = [nn.ConvTranspose2d(config.latent, features, start, bias=False)]
    for _, fewer in rest:
        up += [nn.BatchNorm2d(features), nn.ReLU(inplace=True)]
        up += [nn.ConvTranspose2d(features, fewer, 4, 2, 1, bias=False)]
        features = fewer
    up += [nn.BatchNorm2d(features), nn.ReLU(inplace=True)]
    up += [nn.ConvTranspose2d(features, config.channels, 4, 2, 1), nn.Tanh()]

    down: list[nn.Module] = []
    channels = config.channels
    for depth, (_, features) in enumerate(sizes[::-1]):
        down.append(nn.Conv2d(channels, features, 4, 2, 1, bias=depth == 0))
        down += [nn.BatchNorm2d(features)] if depth else []
        down.append(nn.LeakyReLU(0.2, inplace=True))
        channels = features
    down.append(nn.Conv2d(channels, 1, start))
    generator, discriminator = nn.Sequential(*up), nn.Sequential(*down)
    for module in [*up, *down]:
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(module.weight, 0.0, 0.02)
    return generator, discriminator


def make_step(config: Config, channels_last: bool, device: str = "cpu", tf32: bool = False) -> Callable[[], None]:
    """A function that takes one training step.

    On a GPU, cuDNN benchmarks its algorithms first; with `tf32`, products may round their factors to TF32.
    """
    torch.manual_seed(0)
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    memory = torch.channels_last if channels_last else torch.contiguous_format
    generator, discriminator = (net.to(device, memory_format=memory) for net in networks(config))
    size = config.image_size
    real = torch.rand(config.batch_size, config.channels, size, size) * 2 - 1
    real = real.to(device).contiguous(memory_format=memory)
    betas = (config.beta1, config.beta2)
    g_adam, d_adam = (torch.optim.Adam(net.parameters(), config.lr, betas) for net in (generator, discriminator))

    def step() -> None:
        fake = generator(torch.randn(config.batch_size, config.latent, 1, 1, device=device))
        d_adam.zero_grad()
        d_loss = F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(fake.detach())).mean()
        d_loss.backward()
        d_adam.step()
        discriminator.requires_grad_(False)
        g_adam.zero_grad()
        g_loss = F.softplus(-discriminator(fake)).mean()
        g_loss.backward()
        g_adam.step()
        discriminator.requires_grad_(True)

    return step

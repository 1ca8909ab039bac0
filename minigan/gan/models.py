"""Which networks a run trains: the paper's, the paper's without one of its rules, or the classic GAN's."""

import numpy as np

from .ablations import RULES, connected
from .config import Config
from .mlp import MLPDiscriminator, MLPGenerator
from .networks import Discriminator, Generator


def build_networks(config: Config, rng: np.random.Generator) -> tuple[Generator, Discriminator]:
    """Generator and discriminator as `config` asks for them, their weights drawn from `rng`, G's first.

    With classes both have a hidden fully connected layer, as in the authors' conditional networks for MNIST: there what
    is drawn is decided by two things, and one layer alone cannot mix them.
    """
    size, channels, latent, classes = config.image_size, config.channels, config.latent, config.classes
    if config.model == "mlp":
        generator = MLPGenerator(size, channels, latent, classes, rng=rng)
        return generator, MLPDiscriminator(size, channels, classes, rng=rng)
    networks = (
        Generator(size, channels, config.width, latent, classes, rng=rng),
        Discriminator(size, channels, config.width, classes, rng=rng),
    )
    if classes and config.ablate != "connected":
        connected(*networks, rng)
    if config.ablate:
        RULES[config.ablate](*networks, rng)
    return networks

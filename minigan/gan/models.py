"""The models of the package, by name: functions (config, rng) → (generator, discriminator)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ops.windows import Ints
from .ablations import RULES
from .labels import CONCATENATION, LABELS
from .mlp import MLPDiscriminator, MLPGenerator
from .networks import Discriminator, Generator, add_attribute_head, add_hidden_layers, stages
from .normalisers import NORMALISERS
from .pixel_art import PixelDiscriminator, PixelGenerator, squares

if TYPE_CHECKING:
    from .config import Config

Network = Any  # a Module with attributes `classes`, and `latent` (a generator) or `image` (a discriminator)
Build = Callable[["Config", np.random.Generator], tuple[Network, Network]]


def dcgan(config: Config, rng: np.random.Generator) -> tuple[Generator, Discriminator]:
    """DCGAN, see networks.py; with another normaliser in D, or without one of the design rules, as `config` says.

    Raises BadInput for a size that `stages` refuses.
    """
    check_size(config.size, config.model)
    size, channels, classes = config.size, config.channels, config.classes
    at_input = config.labels == CONCATENATION
    generator, discriminator = (
        Generator(size, channels, config.width, config.latent, classes, rng=rng),
        Discriminator(size, channels, config.width, classes if at_input else 0, config.pack, rng=rng),
    )
    if config.has_hidden_layers:
        add_hidden_layers(generator, discriminator, rng, config.hidden_units, config.units_in_d)
    if config.ablate:
        RULES[config.ablate](generator, discriminator, rng)
    if classes:
        discriminator = LABELS[config.labels](discriminator, classes, rng)
    if config.attribute_count:
        add_attribute_head(discriminator, config.attribute_count, rng)
    NORMALISERS[config.normaliser](discriminator, rng)
    return generator, discriminator


def mlp(config: Config, rng: np.random.Generator) -> tuple[Generator, Discriminator]:
    """The original GAN, two multilayer perceptrons, see mlp.py.  Raises BadInput for a size that `stages` refuses."""
    check_size(config.size, config.model)
    size, channels, classes = config.size, config.channels, config.classes
    generator = MLPGenerator(size, channels, config.latent, classes, rng=rng)
    return generator, MLPDiscriminator(size, channels, classes, rng=rng)


def pixel_art(config: Config, rng: np.random.Generator) -> tuple[Generator, Discriminator]:
    """DCGAN for pixel art, see pixel_art.py.  Raises BadInput for a size that `squares` refuses."""
    settings = config.size, config.channels, config.width
    generator = PixelGenerator(*settings, config.latent, config.classes, rng=rng)
    discriminator = PixelDiscriminator(*settings, config.classes, config.units_in_d if config.hidden else 0, rng=rng)
    if config.attribute_count:
        add_attribute_head(discriminator, config.attribute_count, rng)
    return generator, discriminator


def check_size(image_size: Ints, model: str) -> None:
    """Raise BadInput unless the size, in pixels, is one that this model of the package supports."""
    if model == "pixel-art":
        squares(image_size)
    else:
        stages(image_size, width=1)


MODELS: dict[str, Build] = {"dcgan": dcgan, "mlp": mlp, "pixel-art": pixel_art}
LEARN_ATTRIBUTES = ("dcgan", "pixel-art")  # models whose D can also learn the attributes of real images
# Defaults of a model, for all sources.
SETTINGS: dict[str, dict[str, Any]] = {"pixel-art": {"width": 96, "lr": 4e-4}}

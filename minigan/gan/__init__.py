"""GANs: networks, losses, the training step, training runs and checkpoints."""

from .ablations import RULES
from .builder import Builder, build_networks, load_builder
from .checkpoint import PRETRAINED, load_run, pretrained_names, save_run, save_weights
from .config import CHANGEABLE, NETWORKS, Config
from .game import Game, Move, draw_noise
from .labels import LABELS
from .losses import LOSSES, Loss, PairedLoss
from .metrics import MetricsLog, read_metrics
from .mlp import MLPDiscriminator, MLPGenerator
from .models import MODELS
from .networks import SIZES, Discriminator, Generator, one_hot
from .normalisers import NORMALISERS
from .penalties import PENALTIES, Penalty
from .pixel_art import PixelDiscriminator, PixelGenerator, Residual
from .training import METRICS, Report, Run, draw_samples, generate, train
from .views import AUGMENTATIONS, View

__all__ = [
    "AUGMENTATIONS", "CHANGEABLE", "LABELS", "LOSSES", "METRICS", "MODELS", "NETWORKS", "NORMALISERS", "PENALTIES",
    "PRETRAINED", "RULES", "SIZES", "Builder", "Config", "Discriminator", "Game", "Generator", "Loss",
    "MLPDiscriminator", "MLPGenerator", "MetricsLog", "Move", "PairedLoss", "Penalty", "PixelDiscriminator",
    "PixelGenerator", "Report", "Residual", "Run", "View",
    "build_networks", "draw_noise", "draw_samples", "generate", "load_builder", "load_run", "one_hot",
    "pretrained_names", "read_metrics", "save_run", "save_weights", "train",
]  # fmt: skip

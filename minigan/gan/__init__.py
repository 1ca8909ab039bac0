"""The paper: the networks, the game they play, training, checkpoints."""

from .ablations import RULES
from .checkpoint import PRETRAINED, load_run, pretrained_names, save_run, save_weights
from .config import DEFAULTS, MODELS, Config
from .game import Game, Move, draw_noise
from .metrics import MetricsLog, read_metrics
from .mlp import MLPDiscriminator, MLPGenerator
from .models import build_networks
from .networks import SIZES, Discriminator, Generator, one_hot
from .training import METRICS, Report, Run, draw_samples, generate, train

__all__ = [
    "DEFAULTS", "METRICS", "MODELS", "PRETRAINED", "RULES", "SIZES", "Config", "Discriminator", "Game", "Generator",
    "MLPDiscriminator", "MLPGenerator", "MetricsLog", "Move", "Report", "Run", "build_networks", "draw_noise",
    "draw_samples", "generate", "load_run", "one_hot", "pretrained_names", "read_metrics", "save_run",
    "save_weights", "train",
]  # fmt: skip

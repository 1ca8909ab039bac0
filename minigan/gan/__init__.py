"""The paper: the networks, the game they play, training, checkpoints."""

from .checkpoint import load_run, save_run
from .config import DEFAULTS, Config
from .game import Game, Move, draw_noise
from .metrics import MetricsLog, read_metrics
from .networks import SIZES, Discriminator, Generator
from .training import METRICS, Report, Run, generate, train

__all__ = [
    "DEFAULTS",
    "METRICS", "SIZES", "Config", "Discriminator", "Game", "Generator", "MetricsLog", "Move", "Report", "Run",
    "draw_noise", "generate", "load_run", "read_metrics", "save_run", "train",
]  # fmt: skip

"""The paper: the networks, the game they play, training, checkpoints."""

from .checkpoint import load_run, save_run
from .config import Config
from .game import Game, Move, draw_noise
from .metrics import Diverged, MetricsLog, read_metrics
from .networks import Discriminator, Generator
from .training import METRICS, Report, Run, generate, train

__all__ = [
    "METRICS", "Config", "Discriminator", "Diverged", "Game", "Generator", "MetricsLog", "Move", "Report", "Run",
    "draw_noise", "generate", "load_run", "read_metrics", "save_run", "train",
]  # fmt: skip

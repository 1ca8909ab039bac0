"""The table of what the curves say of trainings that go well, and of others that do not."""

from pathlib import Path

import numpy as np

from minigan.gan import load_run, read_metrics
from minigan.gan.health import LAST, loss_of_guessing

from .trials import Trial

TRAININGS = (
    ("mnist", "--epochs", "1"),
    ("mnist", "--epochs", "1", "--no-hidden", "--lr", "0.0002"),
    ("pixel-faces", "--epochs", "4"),
    ("pixel-faces", "--epochs", "4", "--loss", "minimax"),
    ("mnist", "--epochs", "1", "--lr", "0.01"),
    ("pixel-faces", "--epochs", "4", "--hidden"),
)


def health(root: Path, docs: Path) -> str:
    """What is measured in the last fifth of the steps, and the verdict."""
    lines = ["| `python -m minigan.train` | D's loss, of guessing | variety | Fréchet distance | verdict |"]
    lines.append("|---|--:|--:|--:|---|")
    for arguments in TRAININGS:
        trial = Trial(arguments, root)
        trial.run_missing()
        run, metrics = load_run(trial.run.checkpoint), read_metrics(trial.run.metrics)
        last = slice(-round(LAST * len(metrics["step"])), None)
        found, losses = (float(np.mean(metrics[name][last])) for name in ("variety", "d_loss"))
        left = loss_of_guessing(losses, run.game.loss)
        cells = [
            f"`{' '.join(arguments)}`",
            "" if left is None else f"{left:.1%}",
            f"{found:.2f}",
            f"{trial.scores()['frechet']:.0f}",
            trial.run.health(run).verdict,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", "One training each, seed 0."])

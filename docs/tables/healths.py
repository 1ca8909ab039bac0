"""The table of what the curves say of trainings that go well, and of others that do not."""

from pathlib import Path

from minigan.gan import load_run

from .trials import Trial, run_all

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
    trials = [Trial(arguments, root) for arguments in TRAININGS]
    run_all(trials)
    for trial in trials:
        found = trial.run.health(load_run(trial.run.checkpoint))
        cells = [
            f"`{' '.join(trial.arguments)}`",
            "" if found.of_guessing is None else f"{found.of_guessing:.1%}",
            "" if found.variety is None else f"{found.variety:.2f}",
            f"{trial.scores()['frechet']:.0f}",
            found.verdict,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", "One training each, seed 0."])

"""Train a judge, a classifier of real images: `python -m minigan.train_judge mnist`."""

from .commands.cli import run_command
from .commands.train_judge import PROG, main

if __name__ == "__main__":
    run_command(PROG, main)

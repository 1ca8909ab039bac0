"""Draw images from a checkpoint: `python -m minigan.sample runs/mnist/001`."""

from .commands.cli import run_command
from .commands.sample import PROG, main

if __name__ == "__main__":
    run_command(PROG, main)

"""Train a GAN: `python -m minigan.train mnist`."""

from .commands.cli import run_command
from .commands.train import PROG, main

if __name__ == "__main__":
    run_command(PROG, main, together=True)

"""Experiment with a trained GAN: `python -m minigan.explore COMMAND CHECKPOINT`."""

from ..commands.cli import run_command
from ..commands.explore import PROG, main

if __name__ == "__main__":
    run_command(PROG, main)

"""Score a trained generator: `python -m minigan.evaluate CHECKPOINT`."""

from ..commands.cli import run_command
from ..commands.evaluate import PROG, main

if __name__ == "__main__":
    run_command(PROG, main, together=True)

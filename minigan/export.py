"""Keep the networks of a run alone, in a small file: `python -m minigan.export runs/mnist/001 --out FILE`."""

from .commands.cli import run_command
from .commands.export import PROG, main

if __name__ == "__main__":
    run_command(PROG, main)

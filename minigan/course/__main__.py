"""Assignments for a course: `python -m minigan.course COMMAND`."""

from ..commands.cli import run_command
from ..commands.course import PROG, main

if __name__ == "__main__":
    run_command(PROG, main)

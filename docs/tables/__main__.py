"""`python -m docs.tables [NAME …]`, from a checkout: see make.py."""

from minigan.commands.cli import run_command

from .make import PROG, main

if __name__ == "__main__":
    run_command(PROG, main, together=True)

"""All commands: `python -m minigan` lists them, `minigan train` does what `python -m minigan.train` does."""

import sys
from importlib import import_module

from . import __version__
from .commands import COMMANDS
from .commands.cli import run_command

TOGETHER = ("train", "evaluate")  # those that several processes can share


def overview() -> str:
    """The commands, a line each."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {what}" for name, (_, what) in COMMANDS.items()]
    usage = "usage: minigan COMMAND …   (or: python -m minigan COMMAND …; minigan COMMAND --help shows its options)"
    return "\n".join([f"minigan {__version__}", usage, "", *lines])


def main() -> None:
    """Run the command that the first argument names, with the others; without one, list them."""
    name, *arguments = sys.argv[1:] or ["--help"]
    if name in ("-h", "--help"):
        print(overview())
    elif name == "--version":
        print(__version__)
    elif name.replace("_", "-") in COMMANDS:
        module = import_module(COMMANDS[name.replace("_", "-")][0])
        run_command(module.PROG, lambda: module.main(arguments), together=name in TOGETHER)
    else:
        print(f"minigan: error: unknown command {name!r}; expected one of: {', '.join(COMMANDS)}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()

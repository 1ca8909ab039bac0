"""Running commands: settings for a small network, and commands that must fail with bad input."""

import pytest

from minigan.commands import cli

SMALL = ["--width", "4", "--batch-size", "50", "--latent", "8"]


def refused(capsys, command, *argv):
    """Run a command that must exit with code 2 and one line on stderr; returns that line."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as exit:
        cli.run_command(command.PROG, lambda: command.main([str(a) for a in argv]))
    assert exit.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    return error

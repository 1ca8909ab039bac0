"""Where commands run: interrupted at once, without a terminal, a home, docstrings, room or a modern encoding."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import minigan
from minigan import startup
from minigan.commands import streams
from tests.support.commands import refused
from tests.support.idx_files import write_idx_folder

SAMPLE = ["-m", "minigan.sample", "pretrained:mnist", "--count", "1"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return str(write_idx_folder(tmp_path_factory.mktemp("data") / "squares", count=80))


def shell(command: str, **environment: str) -> subprocess.CompletedProcess:
    """A line of a shell, in which PYTHON is this one; `code` in it is that of the part before a pipe."""
    env = {**os.environ, "PYTHON": sys.executable, **environment}
    return subprocess.run(["bash", "-c", command], capture_output=True, env=env, timeout=120)


# -- Ctrl-C -----------------------------------------------------------------------------------------------------------


COMMANDS = [["-m", "minigan.train", "mnist"], ["-m", "minigan", "explore", "walk", "pretrained:mnist"]]


@pytest.mark.parametrize(
    ("argv", "wait"), [(COMMANDS[0], 0.05), (COMMANDS[1], 0.2), (COMMANDS[0], 0.4), (COMMANDS[1], 0.8)]
)
def test_ctrl_c_in_the_first_second(here, argv, wait):
    """While Python itself starts it may show where it was; from the first line of the package on it does not."""
    process = subprocess.Popen([sys.executable, *argv], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(wait)
    process.send_signal(signal.SIGINT)
    errors = process.communicate(timeout=120)[1]
    assert str(Path(minigan.__file__).parent) not in errors
    assert process.returncode in (0, 130, -signal.SIGINT) or "KeyboardInterrupt" in errors


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["python", "-m", "minigan.train", "mnist"], True), (["python", "-X", "dev", "-m", "minigan"], True),
        (["/usr/bin/python", "/usr/bin/minigan", "train"], True), (["python", "-m", "pytest"], False),
        (["python", "script.py", "minigan"], False), (["python"], False), (["python", "-m"], False),
    ],
)  # fmt: skip
def test_only_commands_of_the_package_are_made_quiet(monkeypatch, argv, expected):
    monkeypatch.setattr(sys, "orig_argv", argv)
    assert startup.is_command() == expected


def test_an_old_numpy_is_named(monkeypatch):
    startup.check_numpy(np.__version__)
    monkeypatch.setattr(startup, "is_command", lambda: False)
    with pytest.raises(ImportError, match=r"needs NumPy 2\.0 or newer, found 1\.26\.4: pip install 'numpy>=2'"):
        startup.check_numpy("1.26.4")


# -- streams ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "encoding"),
    [
        ("train", "ascii"),
        ("train", "cp1252"),
        ("explore complete", "cp437"),
        ("evaluate", "latin-1"),
        ("bench", "utf-8"),
    ],
)
def test_help_in_any_encoding(command, encoding):
    done = shell(f"$PYTHON -m minigan {command} --help", PYTHONIOENCODING=encoding, COLUMNS="80")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.decode(encoding)) > 300
    assert done.stderr == b""


def test_letters_that_an_encoding_lacks_are_spelt_otherwise():
    assert "β₁ … × 日".encode("ascii", "plain") == rb"beta1 ... x \u65e5"
    assert "β₁ … × 日".encode("cp1252", "plain").decode("cp1252") == r"beta1 … × \u65e5"


def test_a_result_with_a_name_that_the_terminal_lacks(here):
    done = shell('$PYTHON -m minigan.sample pretrained:mnist --count 1 --out "日本.png"', PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(rb"Wrote \u65e5\u672c.png")
    assert (here / "日本.png").exists()


PLACES = ["> /dev/full 2>&1", "2>&-", "<&- >&- 2>&-", "2>&1 | head -1", "| true"]


@pytest.mark.parametrize("place", PLACES)
def test_wherever_the_output_goes_the_work_is_done(here, data, place):
    """To a full disk, to nowhere, to a reader that has gone: trained to the end, exit code 0."""
    options = f"--data-dir {data} --epochs 1 --width 4 --batch-size 20 --latent 4"
    done = shell(f"set -o pipefail; $PYTHON -m minigan.train mnist {options} --out run {place}")
    assert done.returncode in ((0, 141) if "|" in place else (0,)), done.stderr
    assert (here / "run" / "samples.gif").exists()
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    for path in (here / "run").rglob("*.csv"):  # no file got the number of a closed stream
        assert b"Writing to" not in path.read_bytes()


def test_streams_are_prepared_once():
    before = sys.stdout, sys.stderr
    try:
        streams.prepare_streams()
        first = sys.stdout
        streams.prepare_streams()
        assert sys.stdout is first
    finally:
        sys.stdout, sys.stderr = before


# -- the rest ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", ["explore --help", "explore walk pretrained:mnist --stations 2 --steps 2", "train mnist --dry-run"]
)
def test_without_docstrings(here, command):
    done = shell(f"$PYTHON -OO -m minigan {command}")
    assert done.returncode == 0, done.stderr


def test_without_a_home(here, monkeypatch, capsys):
    """As in a container, for a user that the system does not know: only decoded pictures need a place."""
    from minigan.commands import train

    def unknown():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", unknown)
    (here / "p").mkdir()
    (here / "p" / "x.png").write_bytes(b"")
    assert "set HOME or XDG_CACHE_HOME" in refused(capsys, train, "folder", "--data-dir", "p")


@pytest.mark.parametrize("module", ["sample", "export", "train"])
def test_a_name_that_is_too_long(here, capsys, module, data):
    from importlib import import_module

    command = import_module(f"minigan.commands.{module}")
    name = "x" * 300 + {"sample": ".png", "export": ".npz", "train": ""}[module]
    argv = {"sample": ["pretrained:mnist"], "export": ["pretrained:mnist"], "train": ["mnist", "--data-dir", data]}[
        module
    ]
    assert "File name too long" in refused(capsys, command, *argv, "--out", name)


def test_a_full_disk_is_named(here, data):
    """A file may have 200 blocks here: the checkpoint has no room, and the run says which file it was."""
    options = f"--data-dir {data} --epochs 1 --batch-size 20 --out run"
    done = shell(f"ulimit -f 200; trap '' XFSZ; $PYTHON -m minigan.train mnist {options}")
    assert done.returncode == 1
    assert b"run/checkpoint.npz: File too large" in done.stderr
    assert b"Traceback" not in done.stderr

"""What all commands share: argument types, the state of a long run as text, files not to be overwritten."""

import argparse
import shlex
import sys
from pathlib import Path

import pytest

from minigan.arrays.allocator import has_glibc
from minigan.arrays.backend import DeviceError
from minigan.commands import cli
from minigan.data.dataset import Skipped
from minigan.errors import BadInput, Diverged


@pytest.mark.parametrize(
    ("parse", "good", "bad"),
    [
        (cli.whole(1), {"1": 1, "007": 7, str(2**31 - 1): 2**31 - 1}, ["0", "-1", "1.5", "two", "", str(2**31)]),
        (cli.whole(0, 9), {"0": 0, "9": 9}, ["-1", "10"]),
        (cli.positive, {"0.5": 0.5, "2e-4": 2e-4}, ["0", "-1", "inf", "nan", "fast"]),
        (cli.not_negative, {"0": 0.0, "0.5": 0.5}, ["-0.1", "inf", "nan", "much"]),
        (cli.fraction, {"0": 0.0, "0.999": 0.999}, ["-0.1", "1", "nan", "half"]),
    ],
    ids=["whole", "digit", "positive", "not negative", "fraction"],
)
def test_numbers_are_read_or_refused(parse, good, bad):
    assert {text: parse(text) for text in good} == good
    for text in bad:
        with pytest.raises(argparse.ArgumentTypeError, match=r"^expected a .*number .*, got "):
            parse(text)


def test_a_number_that_is_too_large_is_told_the_limit():
    with pytest.raises(argparse.ArgumentTypeError, match="whole number of at most 9, got '10'"):
        cli.whole(0, 9)("10")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (BadInput("this is wrong"), 2, "prog: error: this is wrong\n"),
        (DeviceError("no such device"), 2, "prog: error: no such device\n"),
        (KeyboardInterrupt(), 130, "prog: interrupted\n"),
        (MemoryError(), 2, "prog: error: not enough memory for networks or batches of this size\n"),
        (Diverged("loss_d not finite"), 1, "prog: error: loss_d not finite; try a lower --lr\n"),
        (OSError("disk full"), 1, "prog: error: disk full\n"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_an_error_is_one_line_and_a_code(capsys, error, code, line):
    def fail():
        raise error

    with pytest.raises(SystemExit) as exit:
        cli.run_command("prog", fail)
    assert exit.value.code == code
    assert capsys.readouterr() == ("", line)


def test_every_command_keeps_the_memory_that_it_frees(monkeypatch):
    """For the speed of training; where malloc is glibc's, the setting is accepted."""
    called = []
    monkeypatch.setattr(cli, "keep_freed_memory", lambda: called.append("kept"))
    with pytest.raises(SystemExit) as exit:
        cli.run_command("prog", lambda: called.append("ran") or 0)
    assert (called, exit.value.code) == (["kept", "ran"], 0)
    monkeypatch.undo()
    assert cli.keep_freed_memory() == has_glibc()


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still unless the test moves it: a list of the seconds."""
    seconds = [1000.0]
    monkeypatch.setattr(cli.time, "monotonic", lambda: seconds[0])
    return seconds


def test_speed_and_time_left_are_those_of_the_last_300_steps(clock):
    """100 slow steps, then 300 of 0.1 s with 64 images each: 640 images/s, and 60 s for the 600 that are left."""
    progress = cli.Progress(total=1100, done=100, images=64)
    for seconds in [50.0] * 100 + [0.1] * 300:
        clock[0] += seconds
        progress.advance()
    progress.metrics, progress.epoch = "loss 1", "epoch 2/5"
    assert progress.text() == "loss 1, 01:00 left, 640 images/s, epoch 2/5"


def test_in_a_log_a_line_every_ten_seconds_and_the_last_step(clock, capsys):
    progress = cli.Progress(total=40, done=0, images=1)
    for step in range(1, 31):
        clock[0] += 1.0
        progress.advance()
        progress.show(f"step {step}", "epoch 1/1")
    progress.close()
    progress.close()  # the last step was shown already
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[:2] for line in lines] == [
        ["step 1/40 (2%)", " step 1"],
        ["step 12/40 (30%)", " step 12"],
        ["step 23/40 (57%)", " step 23"],
        ["step 30/40 (75%)", " step 30"],
    ]


def test_pictures_left_out_are_named_up_to_ten(capsys):
    skipped = Skipped(5000)
    cli.print_skipped(skipped)
    assert capsys.readouterr().err == ""
    for i in range(10):
        skipped[f"{i}.png"] = "truncated"
    cli.print_skipped(skipped)
    ten = capsys.readouterr().err.splitlines()
    assert ten[0] == "Skipped 10 of 5000 pictures, which cannot be read:"
    assert ten[1:] == [f"  {i}.png: truncated" for i in range(10)]
    skipped["10.png"] = "empty"
    skipped["11.png"] = "empty"
    cli.print_skipped(skipped)
    assert capsys.readouterr().err.splitlines()[1:] == [*ten[1:], "  and 2 more"]


def test_a_new_file_overwrites_nothing(here):
    assert cli.new_file(Path("new.npz"), ".npz") == Path("new.npz")
    assert cli.new_file(Path("NEW.NPZ"), ".npz") == Path("NEW.NPZ")
    assert list(here.iterdir()) == []
    Path("old.npz").touch()
    Path("folder.npz").mkdir()
    for path, message in {
        "new.png": "ending in .npz, got new.png",
        "folder.npz": "folder.npz is a folder",
        "old.npz": "old.npz exists already",
        "nowhere/new.npz": "cannot write in the folder nowhere",
    }.items():
        with pytest.raises(BadInput, match=f"^--out: .*{message}"):
            cli.new_file(Path(path), ".npz")


def test_a_command_line_that_is_shown_runs_this_python(here, monkeypatch):
    """As the shell finds it, or below the current folder, or by its whole path; arguments are quoted where need be."""
    monkeypatch.setattr(cli.shutil, "which", lambda name: sys.executable)
    assert shlex.split(cli.command("minigan.train", "mnist", "--out", Path("a run"))) == [
        "python", "-m", "minigan.train", "mnist", "--out", "a run",
    ]  # fmt: skip
    monkeypatch.setattr(cli.shutil, "which", lambda name: None)
    assert cli.command("minigan.train").split()[0] == sys.executable
    monkeypatch.setattr(cli.sys, "executable", str(here / "venv" / "bin" / "python"))
    assert cli.command("minigan.train") == "venv/bin/python -m minigan.train"


def test_a_path_is_shown_from_the_current_folder(here):
    assert cli.readable_path(here / "runs" / "001") == "runs/001"
    assert cli.readable_path(Path("runs/../runs/001")) == "runs/001"
    assert cli.readable_path(here.parent) == str(here.parent)

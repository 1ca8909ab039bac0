"""A run's folder after faults: killed at any moment, damaged, or used by two: it goes on, or says in a line why not."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from PIL import Image

from minigan.commands import run_folder, train
from minigan.commands.folder_lock import FolderLock
from minigan.errors import BadInput
from minigan.files import UNFINISHED, write_atomically, write_text
from tests.support.commands import refused
from tests.support.folders import content
from tests.support.idx_files import write_idx_folder

SMALL = ["--width", "4", "--batch-size", "20", "--latent", "4"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return str(write_idx_folder(tmp_path_factory.mktemp("data") / "squares", count=80))


def new(data, *more, epochs=1, out="run"):
    return train.main(["mnist", "--data-dir", data, "--out", out, "--epochs", str(epochs), *SMALL, *more])


def resume(*more):
    return train.main(["mnist", "--resume", "run", *map(str, more)])


def frames(path) -> int:
    with Image.open(path) as image:
        return image.n_frames


# -- pictures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["save_gif", "save_training_curves", "write_text"])
def test_killed_while_the_last_pictures_are_written(here, data, capsys, monkeypatch, name):
    """Of a new run and of one that was trained on: resumed, it has the pictures of an undisturbed one."""
    new(data, epochs=2, out="whole")
    new(data)

    def killed(path, *_):
        if name != "write_text" or path.name == "pictures.json":
            raise SystemExit(9)
        write_text(path, *_)

    with monkeypatch.context() as patch:
        patch.setattr(run_folder, name, killed)
        with pytest.raises(SystemExit):
            resume("--epochs", 2)
    assert resume() == 0
    expected, found = content(here / "whole"), content(here / "run")
    assert {k: v for k, v in found.items() if k != "header"} == {k: v for k, v in expected.items() if k != "header"}
    assert "has finished epoch 2, its last" in refused(capsys, train, "mnist", "--resume", "run")


@pytest.mark.parametrize("name", ["samples.gif", "curves.png", "pictures.json"])
@pytest.mark.parametrize(
    "damage", [lambda data: b"", lambda data: data[: len(data) // 2], None], ids=["empty", "cut", "gone"]
)
def test_last_pictures_that_are_damaged_are_drawn_again(here, data, name, damage):
    new(data)
    path = here / "run" / name
    right = path.read_bytes()
    path.write_bytes(damage(right)) if damage else path.unlink()
    assert resume() == 0
    assert path.read_bytes() == right


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(started) print showpage\n"
DAMAGE = {
    "empty": lambda path: path.write_bytes(b""),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:300]),
    "missing": lambda path: path.unlink(),
    "of another size": lambda path: Image.new("RGB", (30, 20)).save(path),
    "a program": lambda path: path.write_bytes(POSTSCRIPT),
    "a JPEG": lambda path: Image.new("RGB", (474, 474)).save(path, format="JPEG"),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_sample_grids(here, data, capsys, damage):
    """An earlier one is left out, and named; the last one is drawn again from the checkpoint."""
    new(data, epochs=2)
    samples = here / "run" / "samples"
    last = (samples / "epoch_002.png").read_bytes()
    DAMAGE[damage](samples / "epoch_001.png")
    (here / "run" / "samples.gif").unlink()
    if damage != "a folder":
        DAMAGE[damage](samples / "epoch_002.png")
    capsys.readouterr()
    assert resume() == 0
    said = capsys.readouterr().err
    assert "epoch_001.png: " in said
    assert "left out of samples.gif" in said
    assert "epoch_002.png: " not in said
    assert (samples / "epoch_002.png").read_bytes() == last
    assert frames(here / "run" / "samples.gif") == 2


def test_a_long_run_has_a_short_gif():
    """First, last, and evenly spread ones between."""
    epochs = run_folder.thinned(list(range(1001)), 60)
    assert (len(epochs), epochs[0], epochs[-1]) == (60, 0, 1000)
    assert set(np.diff(epochs)) <= {16, 17}
    assert run_folder.thinned([1, 2], 60) == [1, 2]
    assert run_folder.thinned([1], 60) == [1]


# -- metrics and scores -----------------------------------------------------------------------------------------------

METRICS_DAMAGE = {
    "gone": (None, 4),
    "empty": (lambda text: b"", 4),
    "cut off": (lambda text: text[:-30], 1),
    "another step": (lambda text: text.replace(b"\n2,", b"\n7,"), 3),
    "not a number": (lambda text: text.replace(b"\n3,1,", b"\n3,1,nan,"), 1),
    "too many": (lambda text: text.replace(b"\n3,1,", b"\n3,1,0,"), 1),
    "no text": (lambda text: text.replace(b"\n3,1,", b"\n\xff\xfe3,"), 1),
    "twice": (lambda text: text + text.splitlines()[-1] + b"\n", 0),
    "blank line": (lambda text: text.replace(b"\n3,", b"\n\n3,"), 0),
}


@pytest.mark.parametrize("damage", METRICS_DAMAGE)
def test_a_run_whose_metrics_are_damaged_goes_on(here, data, capsys, damage):
    """With the rows that are sound; what was dropped is said."""
    new(data)
    change, dropped = METRICS_DAMAGE[damage]
    path = here / "run" / "metrics.csv"
    whole = path.read_bytes()
    path.write_bytes(change(whole)) if change else path.unlink()
    capsys.readouterr()
    assert resume("--epochs", 2) == 0
    said = capsys.readouterr().err
    assert (f"metrics.csv: {dropped} of the 4 rows were missing or damaged, and are left out" in said) == (dropped > 0)
    rows = [line.split(",")[0] for line in path.read_text().splitlines()[1:]]
    assert len(rows) == 8 - dropped
    assert rows[-4:] == ["5", "6", "7", "8"]
    assert (here / "run" / "curves.png").exists()


def test_changed_numbers_are_noticed(here, data, capsys):
    """Not mended, as nobody knows what they were; but said."""
    new(data)
    path = here / "run" / "metrics.csv"
    text = path.read_text()
    at = text.index("\n2,1,") + 5
    path.write_text(text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :])
    capsys.readouterr()
    assert resume("--epochs", 2) == 0
    assert "metrics.csv: numbers were changed since they were written" in capsys.readouterr().err
    assert resume("--epochs", 3) == 0
    assert "were changed" not in capsys.readouterr().err


@pytest.mark.parametrize("change", [lambda path: path.unlink(), lambda path: path.write_bytes(b"step\n")])
def test_metrics_that_somebody_removes_meanwhile_are_written_again(here, data, monkeypatch, change):
    new(data, epochs=2, out="whole")
    save = run_folder.RunFolder.save

    def saved(self, run, log, best=False):
        save(self, run, log)
        if run.step == 4:
            change(self.metrics)

    monkeypatch.setattr(run_folder.RunFolder, "save", saved)
    assert new(data, epochs=2) == 0
    assert (here / "run" / "metrics.csv").read_bytes() == (here / "whole" / "metrics.csv").read_bytes()


@pytest.mark.parametrize("text", [b"", b"epoch,frechet\n\n1,20\nx,y\n2,nan\n3\n", b"\xff\xfe\n1,20\n"])
def test_scores_that_are_damaged(here, text):
    folder = run_folder.RunFolder(here)
    folder.scores.write_bytes(text)
    assert folder.read_scores() == ([(1, 20.0)] if text else [])


# -- before the first checkpoint --------------------------------------------------------------------------------------


def test_killed_before_its_first_checkpoint_it_can_be_resumed(here, data, monkeypatch):
    new(data, epochs=1, out="whole")
    with monkeypatch.context() as patch:
        patch.setattr(run_folder.RunFolder, "save", lambda *_: sys.exit(9))
        with pytest.raises(SystemExit):
            new(data)
    assert not (here / "run" / "checkpoint.npz").exists()
    assert resume() == 0
    assert content(here / "run") == content(here / "whole")


def test_killed_before_its_configuration_the_folder_can_be_used_again(here, data, capsys):
    folder = here / "run"
    (folder / "samples").mkdir(parents=True)
    (folder / "lock").write_text("99\n")
    (folder / (UNFINISHED + "abc")).write_bytes(b"half")
    assert "checkpoint.npz: no such file" in refused(capsys, train, "mnist", "--resume", "run")
    assert new(data) == 0
    assert not list(folder.glob(UNFINISHED + "*"))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"source": "mnist", "speed": 9}', '{"width": "wide"}'])
def test_a_configuration_that_is_damaged_is_refused(here, capsys, text):
    (here / "run").mkdir()
    (here / "run" / "config.json").write_text(text)
    assert "config.json: " in refused(capsys, train, "mnist", "--resume", "run")


# -- signals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_saves(here, data, number):
    """And the run ends, resumed, as one that was not stopped."""
    rarely = ["--save-every", "999", "--sample-every", "20"]
    new(data, *rarely, epochs=60, out="whole")
    argv = ["mnist", "--data-dir", data, "--out", "run", "--epochs", "60", *SMALL, *rarely]
    process = subprocess.Popen([sys.executable, "-m", "minigan.train", *argv], stdout=subprocess.PIPE, text=True)
    metrics = here / "run" / "metrics.csv"
    until = time.monotonic() + 60
    while time.monotonic() < until and not (metrics.exists() and len(metrics.read_text().splitlines()) > 3):
        time.sleep(0.01)
    process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Interrupted and saved after step" in said
    assert resume() == 0
    assert content(here / "run") == content(here / "whole")


def test_training_in_a_thread(here, data):
    """As a web server or a notebook's widget does; signals stay as they were."""
    codes, before = [], signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=lambda: codes.append(new(data)))
    thread.start()
    thread.join()
    assert codes == [0]
    assert signal.getsignal(signal.SIGINT) is before


# -- two processes ----------------------------------------------------------------------------------------------------


def together(count: int, *argv: str) -> list[tuple[int, str]]:
    """Exit code and errors of so many processes of one command, started at once."""
    command = [sys.executable, "-m", "minigan.train", *argv]
    running = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for _ in range(count)
    ]
    return [(process.wait(), process.stderr.read()) for process in running]


def test_of_several_processes_one_wins(here, data):
    """Four new runs with one --out, then four that resume it: one trains, the others say why not."""
    options = ["--epochs", "20", *SMALL]
    for argv in (["--data-dir", data, "--out", "run", *options], ["--resume", "run", "--epochs", "40"]):
        ended = together(4, "mnist", *argv)
        assert sorted(code for code, _ in ended) == [0, 2, 2, 2], ended
        for code, errors in ended:
            if code:
                assert "another process" in errors or "not empty" in errors
                assert len(errors.splitlines()) == 1
    assert len((here / "run" / "metrics.csv").read_text().splitlines()) == 1 + 40 * 4


def test_the_lock_goes_with_its_process(here):
    lock = FolderLock(here)
    with pytest.raises(BadInput, match=rf"another process \({os.getpid()}\) is writing there"):
        FolderLock(here)
    lock.release()
    lock.release()
    FolderLock(here).release()


def test_without_locks_it_is_said(here, data, capsys, monkeypatch):
    """On a network file system that has none."""

    def none(_):
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr("minigan.commands.folder_lock._take", none)
    assert new(data) == 0
    assert "run: cannot be locked here; let only one process train in it" in capsys.readouterr().err


# -- writing ----------------------------------------------------------------------------------------------------------


def test_what_lies_beside_is_not_touched(here):
    """Neither the user's own file.part, nor what a symbolic link of that name points to."""
    (here / "own").write_text("mine")
    (here / "x.txt.part").symlink_to(here / "own")
    (here / "y.txt.part").write_text("mine too")
    for name in ("x.txt", "y.txt"):
        write_text(here / name, "new")
    assert (here / "own").read_text() == "mine"
    assert (here / "y.txt.part").read_text() == "mine too"
    assert sorted(path.name for path in here.iterdir()) == ["own", "x.txt", "x.txt.part", "y.txt", "y.txt.part"]


def test_files_are_readable_as_the_user_wants(here):
    before = os.umask(0o027)
    try:
        write_text(here / "x", "text")
    finally:
        os.umask(before)
    assert (here / "x").stat().st_mode & 0o777 == 0o640


def test_an_error_names_the_file(here, monkeypatch):
    """A full disk, found out at the last moment; the old file is still there, and nothing unfinished."""
    write_text(here / "x", "old")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device.*/x'"):
        write_atomically(here / "x", lambda file: file.write(b"new"))
    assert {path.name: path.read_text() for path in here.iterdir()} == {"x": "old"}


def test_the_state_of_the_pictures_is_written_last(here, data):
    new(data)
    kept = json.loads((here / "run" / "pictures.json").read_text())
    assert kept["step"] == 4
    assert set(kept["sha256"]) == {"samples.gif", "curves.png"}

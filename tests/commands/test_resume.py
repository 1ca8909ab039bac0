"""A run that is interrupted and resumed ends bit-identical to an uninterrupted run: checkpoint, metrics, pictures."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from minigan import gan
from minigan.commands import train
from tests.support.idx_files import write_idx_folder

SETTINGS = ["--epochs", "3", "--width", "8", "--batch-size", "20", "--latent", "8", "--save-every", "0.05"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_idx_folder(tmp_path_factory.mktemp("data") / "squares", count=600)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory, data):
    """The folder of an uninterrupted run."""
    folder = tmp_path_factory.mktemp("uninterrupted") / "run"
    assert train.main(["mnist", "--data-dir", str(data), "--out", str(folder), *SETTINGS]) == 0
    return folder


def start(data, folder) -> subprocess.Popen:
    argv = ["mnist", "--data-dir", str(data), "--out", str(folder), *SETTINGS]
    return subprocess.Popen([sys.executable, "-m", "minigan.train", *argv], stdout=subprocess.PIPE, text=True)


def wait_for_step(process, checkpoint: Path, step: int) -> None:
    """Wait until the checkpoint of a running process has reached a step."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if checkpoint.exists() and gan.load_run(checkpoint).step >= step:
            return
        assert process.poll() is None, "the run ended before it could be interrupted"
        time.sleep(0.01)
    raise AssertionError(f"the run did not reach step {step}")


def assert_identical(a: Path, b: Path) -> None:
    with np.load(a / "checkpoint.npz") as left, np.load(b / "checkpoint.npz") as right:
        assert left.files == right.files
        assert len(left.files) > 40
        for name in left.files:
            assert left[name].tobytes() == right[name].tobytes(), name
    for name in ("metrics.csv", "config.json", "samples/epoch_003.png", "samples.gif"):
        assert (a / name).read_bytes() == (b / name).read_bytes(), name


def test_killed_and_resumed(tmp_path, data, uninterrupted):
    folder = tmp_path / "run"
    for step in (5, 40):  # in the first epoch, then in the second
        process = start(data, folder) if step == 5 else resume(folder)
        wait_for_step(process, folder / "checkpoint.npz", step)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert gan.load_run(folder / "checkpoint.npz").step < 90
    assert resume(folder).wait() == 0
    assert_identical(folder, uninterrupted)


def resume(folder) -> subprocess.Popen:
    argv = ["mnist", "--resume", str(folder), "--save-every", "0.05"]
    return subprocess.Popen([sys.executable, "-m", "minigan.train", *argv], stdout=subprocess.PIPE, text=True)


def test_ctrl_c_saves_and_prints_the_command_to_resume(tmp_path, data, uninterrupted):
    folder = tmp_path / "run"
    process = start(data, folder)
    wait_for_step(process, folder / "checkpoint.npz", 3)
    os.kill(process.pid, signal.SIGINT)
    output = process.communicate(timeout=60)[0]
    assert process.returncode == 130
    assert f"--resume {folder}" in output
    saved = gan.load_run(folder / "checkpoint.npz").step
    assert f"after step {saved}" in output
    assert gan.read_metrics(folder / "metrics.csv")["step"].tolist() == list(range(1, saved + 1))
    assert resume(folder).wait() == 0
    assert_identical(folder, uninterrupted)


def test_truncated_metrics(tmp_path, data, uninterrupted):
    """kill -9 can leave rows after the checkpoint, and an incomplete row."""
    run = gan.load_run(uninterrupted / "checkpoint.npz")
    path = tmp_path / "metrics.csv"
    text = (uninterrupted / "metrics.csv").read_text()
    path.write_text(text + "91,3,0.1,0.2,0.3,0.4\n92,3,0.5,0.")
    gan.MetricsLog(path, keep_until=run.step)
    assert path.read_text() == text

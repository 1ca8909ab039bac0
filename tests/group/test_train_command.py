"""`mpiexec -n N python -m minigan.train …`: one folder; another number of processes goes on; clean ends."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.support import ROOT
from tests.support.mpi import MPIEXEC, needs_mpi

pytestmark = needs_mpi
FEW = ["mnist", "--hold-out", "59880", "--width", "2", "--batch-size", "12", "--latent", "4", "--no-hidden"]  # 10 steps
PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
QUIET = {**os.environ, "PYTHONPATH": str(ROOT), "MINIGAN_KERNELS": "numpy", "OPENBLAS_NUM_THREADS": "1"}


def command(processes: int, *words: object) -> list[str]:
    start = [MPIEXEC, "-n", str(processes)] if processes > 1 else []
    return [*start, sys.executable, "-m", "minigan.train", *map(str, words)]


def train(processes, *words, cwd, code=0):
    """Run the command; returns what it printed on stderr and stdout."""
    result = subprocess.run(
        command(processes, *words),
        cwd=cwd, env=QUIET, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert result.returncode == code, result.stderr
    return result.stderr + result.stdout


def losses(folder: Path) -> np.ndarray:
    """Step and both losses, from metrics.csv."""
    with open(folder / "metrics.csv", encoding="utf-8", newline="") as file:
        return np.array([[float(row[name]) for name in ("step", "d_loss", "g_loss")] for row in csv.DictReader(file)])


@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 1), (2, 3)])
def test_a_run_goes_on_with_another_number_of_processes(tmp_path, first, second):
    train(1, *FEW, "--epochs", 4, "--out", "alone", cwd=tmp_path)
    printed = train(first, *FEW, "--epochs", 2, "--out", "run", cwd=tmp_path)
    assert printed.count("Done. Open these:") == printed.count("Writing to run") == 1
    train(second, "mnist", "--resume", "run", "--epochs", 4, cwd=tmp_path)
    found, expected = losses(tmp_path / "run"), losses(tmp_path / "alone")
    assert found.shape == (40, 3)
    np.testing.assert_allclose(found[:20], expected[:20], rtol=1e-3, atol=1e-4)  # float32
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        path.name for path in (tmp_path / "alone").iterdir()
    }


def start_long(cwd: Path) -> subprocess.Popen:
    """A training of two processes that does not end soon, once it has saved a checkpoint."""
    words = (*FEW, "--epochs", "2000", "--save-every", "0.2", "--sample-every", "2000", "--out", "run")
    process = subprocess.Popen(command(2, *words), cwd=cwd, env=QUIET, **PIPES)
    for _ in range(1200):
        if (cwd / "run" / "metrics.csv").exists() and len((cwd / "run" / "metrics.csv").read_bytes()) > 1_000:
            return process
        assert process.poll() is None
        time.sleep(0.1)
    raise TimeoutError


def pids_of_ranks(process: subprocess.Popen) -> list[int]:
    """The processes of the group, below mpiexec and its proxy."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = status.read_text()
        except OSError:
            continue
        children.setdefault(int(text.rpartition(")")[2].split()[1]), []).append(int(text.split()[0]))
    return [rank for proxy in children.get(process.pid, []) for rank in children.get(proxy, [])]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
@pytest.mark.parametrize("victim", [0, 1])
def test_kill_one_and_all_end_and_the_run_goes_on(tmp_path, victim):
    process = start_long(tmp_path)
    os.kill(pids_of_ranks(process)[victim], signal.SIGKILL)
    printed, _ = process.communicate(timeout=90)
    assert process.returncode != 0
    assert b"EXIT CODE: 9" in printed  # by mpiexec
    steps = len(losses(tmp_path / "run"))
    printed = train(2, "mnist", "--resume", "run", "--epochs", 1 + steps // 10 + 1, cwd=tmp_path)
    assert "Done. Open these:" in printed
    steps = losses(tmp_path / "run")[:, 0]
    np.testing.assert_array_equal(steps, np.arange(1, len(steps) + 1))


def test_ctrl_c_saves_and_prints_how_to_go_on(tmp_path):
    process = start_long(tmp_path)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=120)
    assert b"Interrupted and saved after step" in printed
    assert b"-m minigan.train mnist --resume run" in printed
    with np.load(tmp_path / "run" / "checkpoint.npz") as archive:
        assert len(archive.files) > 10
    assert len(losses(tmp_path / "run")) > 10


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([*FEW, "--batch-size", "13"], "a batch size that 2 processes can share, a multiple of 2, got 13; try --batch"),
        ([*FEW, "--pack", "4"], "2 processes with packs of 4 can share, a multiple of 8, got 12; try --batch-size 16"),
        (["mnist", "--dry-run"], "--dry-run is for one process"),
        (["mnist", "--loss", "none"], "expected"),
        (["mnist", "--wdith", "3"], "unrecognized arguments: --wdith 3"),
        (["mnist", "--resume", "nowhere"], "nowhere"),
    ],
)
def test_bad_use_is_one_line(tmp_path, words, message):
    printed = train(2, *words, cwd=tmp_path, code=2)
    assert message in printed
    assert printed.count("error:") == 1
    assert not list(tmp_path.rglob("checkpoint.npz"))


DIFFERENT = """
from minigan.commands.cli import run_command
from minigan.commands.together import join, join_group
from minigan.gan import Config, Run



def main():
    group = join_group()
    join(group, Run(Config(width=2)), f"images {group.rank}")


run_command("program", main, together=True)
"""


def test_different_images_are_refused(tmp_path):
    words = [MPIEXEC, "-n", "2", sys.executable, "-c", DIFFERENT]
    result = subprocess.run(words, env=QUIET, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert result.returncode == 2
    assert result.stderr.splitlines() == [
        "program: error: process 1 has images 'images 1', and process 0 'images 0': all must be alike"
    ]


@pytest.mark.parametrize(
    "words",
    [["minigan.sample", "pretrained:mnist"], ["minigan", "sample", "x"], ["minigan.evaluate", "pretrained:mnist"]],
)
def test_other_commands_are_for_one_process(tmp_path, words):
    words = [MPIEXEC, "-n", "2", sys.executable, "-m", *words]
    result = subprocess.run(words, cwd=tmp_path, env=QUIET, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert "leave out mpiexec" in line
    assert not list(tmp_path.iterdir())


def test_a_process_that_never_comes_up(tmp_path):
    code = "import minigan.group; minigan.group.WAIT = 3; minigan.group.find_group()"
    words = [MPIEXEC, "-n", "1", sys.executable, "-c", code, ":", "-n", "1", "sleep", "100"]
    start = time.monotonic()
    result = subprocess.run(words, env=QUIET, capture_output=True, text=True, timeout=90, stdin=subprocess.DEVNULL)
    assert time.monotonic() - start < 85
    assert result.returncode != 0
    assert result.stderr.splitlines()[0] == "error: after 3 s not all of the 2 processes have come up"


def test_without_mpi4py_it_says_what_to_install(tmp_path):
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "mpi4py.py").write_text("raise ImportError('blocked')")
    result = subprocess.run(
        command(2, *FEW),
        cwd=tmp_path, env=QUIET | {"PYTHONPATH": f"{blocked}{os.pathsep}{ROOT}"},
        capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert "minigan[mpi]" in line

"""Independent work in several processes gives the same files as in one."""

import os
import subprocess
import sys

import numpy as np
import pytest

from minigan.gan import Config, Run, save_run
from tests.support import ROOT
from tests.support.mpi import MPIEXEC, needs_mpi

pytestmark = needs_mpi
# The command, with small blocks and few test images, in every process.
COMMAND = """
import sys
from minigan.commands import evaluate
from minigan.commands.cli import run_command
from minigan.evaluate import one_nn_stream as stream

stream.COUNT, all_digits = 300, stream.test_digits
stream.test_digits = lambda *arguments: tuple(x[:100] for x in all_digits(*arguments))
run_command("program", lambda: evaluate.main(sys.argv[1:]), together=True)
"""


def draw(processes, count, out, cwd):
    start = [MPIEXEC, "-n", str(processes)] if processes > 1 else []
    options = ["run.npz", "--one-nn", "--validation", "--kernels", "numpy", "--count", str(count), "--out", out]
    words = [*start, sys.executable, "-c", COMMAND, *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(
        words, cwd=cwd, env=environment, capture_output=True, text=True, check=True, timeout=300,
        stdin=subprocess.DEVNULL,
    ).stdout  # fmt: skip


@pytest.mark.parametrize("processes", [2, 3])
def test_blocks_of_samples_in_several_processes(tmp_path, processes):
    """Also when they go on with what one process has begun."""
    config = Config(source="mnist", conditional=True, classes=10, width=2, latent=3, hold_out=10_000)
    save_run(tmp_path / "run.npz", Run(config))
    printed = draw(1, 1500, "one.npz", tmp_path)
    draw(1, 300, "several.npz", tmp_path)
    assert draw(processes, 1500, "several.npz", tmp_path) == printed
    with np.load(tmp_path / "one.npz") as one, np.load(tmp_path / "several.npz") as several:
        for name in ("distances", "labels", "errors"):
            np.testing.assert_array_equal(one[name], several[name])
        assert len(one["errors"]) == 5

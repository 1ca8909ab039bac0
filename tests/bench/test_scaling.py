"""The model of scaling, and the command that measures it."""

import os
import subprocess
import sys

import pytest

from minigan.bench.scaling import LINKS, Cost, Link, Step, efficiency, largest_group, main, seconds_of_exchange
from minigan.errors import BadInput
from tests.support import ROOT
from tests.support.mpi import MPIEXEC, needs_mpi

FAST, SLOW = Link(0.0, 1e15), Link(1e-3, 1e6)


def test_what_an_exchange_takes():
    """Two processes: one round for each message, and every byte once in and out."""
    assert seconds_of_exchange(Cost(10, 0), Link(1e-3, 1.0), 2) == pytest.approx(0.010)
    assert seconds_of_exchange(Cost(0, 4e6), Link(0.0, 1e6), 2) == pytest.approx(4.0)
    assert seconds_of_exchange(Cost(10, 0), Link(1e-3, 1.0), 8) == pytest.approx(0.030)
    assert seconds_of_exchange(Cost(0, 4e6), Link(0.0, 1e6), 8) == pytest.approx(7.0)


def test_efficiency_is_the_share_of_computing_images():
    """What is the same whatever the batch is lost if the batch is shared, not if each process has as many images."""
    free, costly = Step(0.0, 1 / 64), Step(1.0, 1 / 64)  # seconds
    assert efficiency(free, Cost(10, 1e6), FAST, 4, 16) == pytest.approx(1.0)
    assert efficiency(costly, Cost(10, 1e6), FAST, 4, 16) == pytest.approx(2 / 4 / 1.25)
    assert efficiency(costly, Cost(10, 1e6), FAST, 4, 64) == pytest.approx(1.0)
    assert efficiency(free, Cost(1000, 0), SLOW, 2, 64) == pytest.approx(0.5)


@pytest.mark.parametrize(("shared", "most"), [(True, 32), (False, 1024)])
def test_faster_links_carry_further(shared, most):
    step, cost = Step(0.0, 0.1 / 64), Cost(30, 1e7)
    counts = [largest_group(step, cost, link, 0.8, shared) for link in (SLOW, *LINKS.values(), FAST)]
    assert counts[0] == 1
    assert counts == sorted(counts)
    assert counts[-1] == most


def test_one_process_is_told_how_to_start():
    with pytest.raises(BadInput, match="start it as mpiexec -n 2"):
        main([])


@needs_mpi
def test_the_command_measures():
    words = [
        MPIEXEC,
        "-n",
        "2",
        sys.executable,
        "-m",
        "minigan.bench.scaling",
        "--rounds",
        "1",
        "--nets",
        "MNIST 28×28",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    printed = subprocess.run(
        words, env=environment, capture_output=True, text=True, check=True, timeout=300, stdin=subprocess.DEVNULL
    ).stdout
    measured, scaled = (line for line in printed.splitlines() if line.startswith("| MNIST 28×28 |"))
    assert all(float(cell) > 0 for cell in measured.split("|")[2:-1])
    assert len(scaled.split("|")) == 9
    assert "BLAS:" in printed

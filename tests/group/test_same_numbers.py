"""Processes that share batches compute what one process does, to rounding; the same bits each time."""

import json
import subprocess
import sys

import numpy as np
import pytest

from minigan.gan import METRICS
from minigan.group import launched_size
from tests.support import ROOT
from tests.support.mpi import MPIEXEC, needs_mpi

pytestmark = needs_mpi
SMALL = {"width": 4, "latent": 5, "batch_size": 12, "epochs": 2, "lr": 1e-3, "image_size": 16}
CONFIGURATIONS = {
    "plain": {},
    "hidden and averaged": {"hidden": True, "average": 0.9},
    "conditional": {"conditional": True, "classes": 4, "average": 0.9},
    "classifier": {"conditional": True, "classes": 4, "labels": "classifier"},
    "relativistic, r1 and r2": {"loss": "relativistic", "penalty": "r1+r2"},
    "WGAN-GP": {"loss": "wasserstein", "penalty": "gradient", "normaliser": "layer", "d_steps": 2},
    "augmented": {"augment": "colour,translation,cutout", "noise": 0.1},
    "packs": {"pack": 2},
    "spectral": {"loss": "hinge", "normaliser": "spectral"},
    "mlp": {"model": "mlp"},
    "pixel art": {"model": "pixel-art"},
}


def state(tmp_path, processes, settings, name="state", steps=5):
    """The state that some processes computed."""
    out = tmp_path / f"{name}-{processes}.npz"
    start = [MPIEXEC, "-n", str(processes)] if processes > 1 else []
    command = [*start, sys.executable, "-m", "tests.support.in_group", str(out), str(steps), json.dumps(settings)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=300, stdin=subprocess.DEVNULL)
    with np.load(out) as archive:
        return dict(archive)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_five_steps_as_in_one_process(tmp_path, name):
    one, *others = (state(tmp_path, count, SMALL | CONFIGURATIONS[name]) for count in (1, 2, 3))
    kept = [i for i, metric in enumerate(METRICS) if metric != "variety"]  # that is measured within each share
    for several in others:
        assert one.keys() == several.keys()
        for key in one.keys() - {"metrics", "names"}:
            np.testing.assert_allclose(several[key], one[key], rtol=1e-9, atol=1e-9, err_msg=key)
        np.testing.assert_allclose(several["metrics"][:, kept], one["metrics"][:, kept], rtol=1e-7, atol=1e-9)


def test_compiled_kernels_too(tmp_path, monkeypatch):
    """Several processes with them compute what one does in NumPy."""
    pytest.importorskip("numba", reason="needs the fast extra: pip install '.[fast]'")
    one = state(tmp_path, 1, SMALL)
    monkeypatch.setenv("MINIGAN_KERNELS", "compiled")
    several = state(tmp_path, 2, SMALL)
    for key in one.keys() - {"metrics", "names"}:
        np.testing.assert_allclose(several[key], one[key], rtol=1e-9, atol=1e-9, err_msg=key)


@pytest.mark.parametrize(
    ("variables", "size"),
    [
        ({}, 1),
        ({"PMI_SIZE": "3"}, 3),
        ({"OMPI_COMM_WORLD_SIZE": "2", "PMIX_RANK": "1"}, 2),
        ({"PMIX_RANK": "1", "SLURM_STEP_NUM_TASKS": "4"}, 4),
        ({"SLURM_STEP_NUM_TASKS": "4"}, 1),  # a job's script that is no process of MPI
    ],
)
def test_how_many_were_started(monkeypatch, variables, size):
    for name in ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "SLURM_STEP_NUM_TASKS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert launched_size() == size


def test_the_same_bits_each_time(tmp_path):
    first, second = (state(tmp_path, 3, SMALL, name) for name in ("first", "second"))
    for key in first:
        np.testing.assert_array_equal(first[key], second[key])

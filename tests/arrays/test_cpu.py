"""Switching between NumPy's functions and compiled kernels, the threads of both, and where compiled loops are kept."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from minigan.arrays import cpu
from minigan.arrays.workers import Workers
from minigan.commands import cli, sample, train
from minigan.errors import BadInput
from minigan.gan import Config, Run
from tests.support import ROOT
from tests.support.commands import SMALL, refused

numba_here = pytest.mark.skipif(not cpu.compiled_kernels_installed(), reason="Numba is not installed")


def python(code: str, **environment: str) -> subprocess.CompletedProcess:
    """Run code in a fresh Python."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}
    )


# -- the threads that share a loop ------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("items", [0, 1, 4, 17])
def test_every_item_is_computed_once(count, items):
    counts, workers = np.zeros(items, int), Workers(count)

    def add(start, stop):
        counts[start:stop] += 1

    for most in (0, 1, 3, 100):
        workers.share(add, items, most)
    assert (counts == 4).all()


def test_they_compute_side_by_side():
    """Each waits for the others: alone, the first would wait forever."""
    barrier = threading.Barrier(3, timeout=10)
    Workers(3).share(lambda start, stop: barrier.wait(), 3, 3)


def test_an_error_comes_out_and_leaves_nothing_behind():
    """From whichever thread; the next loop is complete."""
    workers, here = Workers(3), threading.current_thread()

    def fail(start, stop):
        if threading.current_thread() is not here:
            raise ZeroDivisionError("in a worker")

    for _ in range(3):
        with pytest.raises(ZeroDivisionError, match="in a worker"):
            workers.share(fail, 3, 3)

    def interrupted(start, stop):
        if threading.current_thread() is here:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        workers.share(interrupted, 3, 3)
    done = []
    workers.share(lambda start, stop: done.append((start, stop)), 7, 7)
    assert sorted(done) == [(0, 2), (2, 4), (4, 7)]


def test_a_loop_within_a_loop_is_computed_where_it_is():
    workers, inner = Workers(2), []
    workers.share(lambda start, stop: workers.share(lambda a, b: inner.append((a, b)), 5, 5), 2, 2)
    assert inner == [(0, 5), (0, 5)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_after_a_fork():
    """The child has none of the threads, and starts its own."""
    code = (
        "import os, warnings; warnings.simplefilter('ignore'); from minigan.arrays.workers import Workers\n"
        "w, done = Workers(2), []\n"
        "w.share(lambda i, j: done.append(i), 2, 2)\n"
        "child = os.fork()\n"
        "w.share(lambda i, j: done.append(i), 2, 2)\n"
        "if not child: os._exit(7 if sorted(done) == [0, 0, 1, 1] else 1)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    )
    assert python(code).stdout.strip() == "7"


# -- switching --------------------------------------------------------------------------------------------------------


@numba_here
def test_blas_has_one_thread_meanwhile():
    """And as many as before afterwards; the kernels have those that BLAS had."""
    code = (
        "from minigan.arrays import cpu; import numpy as np\n"
        "x = np.zeros(1)\n"
        "print(cpu.blas_threads(), cpu.arithmetic(x))\n"
        "cpu.use_compiled_kernels(); print(cpu.blas_threads(), cpu.arithmetic(x))\n"
        "cpu.use_compiled_kernels(3); print(cpu.arithmetic(x))\n"
        "cpu.use_numpy(); print(cpu.blas_threads(), cpu.arithmetic(x))"
    )
    if cpu.blas_threads() < 2 and len(os.sched_getaffinity(0)) < 2:
        pytest.skip("BLAS has one thread here anyway")
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        environment = {"OPENBLAS_NUM_THREADS": "", "OMP_NUM_THREADS": "", name: "2"}
        first, second, third, last = python(code, **environment).stdout.splitlines()
        assert first == last == "2 NumPy, BLAS with 2 threads"
        assert second.startswith("1 kernels compiled by Numba ")
        assert second.endswith(", 2 threads")
        assert third.endswith(", 3 threads")


@numba_here
def test_threadpoolctl_is_respected():
    from threadpoolctl import threadpool_limits

    before = cpu.blas_threads()
    with threadpool_limits(1):
        cpu.use_compiled_kernels()
        assert cpu.arithmetic(np.zeros(1)).endswith(", 1 thread")
        cpu.use_numpy()
    assert cpu.blas_threads() == before


def test_an_import_switches_nothing_on():
    code = "import sys, minigan.gan, minigan.arrays.cpu; print([m for m in ('numba', 'llvmlite') if m in sys.modules])"
    assert python(code).stdout.strip() == "[]"


def without(monkeypatch, package: str) -> None:
    """As if a package were not installed."""
    monkeypatch.setitem(sys.modules, package, None)
    for name in [name for name in sys.modules if name.startswith("minigan.arrays.compiled")]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.parametrize("package", ["numba", "threadpoolctl"])
def test_without_numba(package, monkeypatch):
    without(monkeypatch, package)
    assert not cpu.compiled_kernels_installed()
    with pytest.raises(BadInput, match=r"compiled kernels needs the package numba.*pip install 'minigan\[fast\]'"):
        cpu.use_compiled_kernels()


@numba_here
def test_a_numba_that_does_not_know_this_numpy(here):
    """It is installed, and refuses to be imported: by default NumPy computes, and a line says why."""
    (here / "numba").mkdir()
    (here / "numba" / "__init__.py").write_text("raise ImportError('Numba needs NumPy 1.7 or less')\n")
    code = "from minigan.commands import cli, sample; cli.run_command('sample', lambda: sample.main({}))"
    argv = ["pretrained:mnist", "--kernels"]
    why = "Numba is installed, but does not work here: Numba needs NumPy 1.7 or less"
    refused, done = (
        python(code.format([*argv, kernels]), PYTHONPATH=f"{here}:{ROOT}") for kernels in ("compiled", "auto")
    )
    assert (refused.returncode, refused.stderr) == (2, f"sample: error: {why}\n")
    assert (done.returncode, done.stderr) == (0, f"{why}. NumPy's functions compute instead.\n")


@numba_here
def test_a_shown_command_asks_for_the_same_kernels(monkeypatch):
    """If they are not the default."""
    run = Run(Config(width=4, latent=5))
    monkeypatch.delenv("MINIGAN_KERNELS")
    assert cli.kernels_option(run) == ["--kernels", "numpy"]
    cpu.use_compiled_kernels()
    assert cli.kernels_option(run) == []
    monkeypatch.setenv("MINIGAN_KERNELS", "numpy")
    assert cli.kernels_option(run) == ["--kernels", "compiled"]


# -- the cache of compiled loops --------------------------------------------------------------------------------------

CALL = (
    "import numpy as np\nfrom minigan.arrays.compiled import loops\n"
    "p = [np.ones(3, np.float32) for _ in range(4)]; f = [np.float32(0.5)] * 6\n"
    "loops.adam(*p, *f, 0, 3); print(sum(loops.adam.stats.cache_hits.values()))"
)


@numba_here
def test_loops_are_compiled_once(tmp_path):
    assert [python(CALL, NUMBA_CACHE_DIR=str(tmp_path)).stdout.strip() for _ in range(2)] == ["0", "1"]


@numba_here
def test_a_cache_that_cannot_be_written_stops_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    only = {"NUMBA_CACHE_DIR": str(tmp_path / "file"), "NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator"}
    done = python(CALL, **only)
    assert (done.stdout.strip(), done.returncode) == ("0", 0), done.stderr


@numba_here
def test_a_full_disk_stops_nothing(tmp_path):
    full = (
        "import numba.core.caching as c, errno\n"
        "def refuse(*_): raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "c.IndexDataCacheFile.save = refuse\n"
    )
    done = python(full + CALL, NUMBA_CACHE_DIR=str(tmp_path))
    assert (done.stdout.strip(), done.returncode) == ("0", 0), done.stderr


@numba_here
def test_a_damaged_cache_stops_nothing(tmp_path):
    python(CALL, NUMBA_CACHE_DIR=str(tmp_path))
    for path in tmp_path.rglob("*.nb?"):
        path.write_bytes(b"damaged" + path.read_bytes()[:100])
    done = python(CALL, NUMBA_CACHE_DIR=str(tmp_path))
    assert (done.stdout.strip(), done.returncode) == ("0", 0), done.stderr


# -- commands ---------------------------------------------------------------------------------------------------------


@numba_here
def test_a_run_goes_on_with_other_kernels_and_says_so(here, data, capsys):
    """In one line; and with the same ones without a word, bit for bit."""

    def run(*argv):
        assert train.main([str(a) for a in ("mnist", *argv)]) == 0
        return capsys.readouterr().err

    new = "--data-dir", data, *SMALL, "--kernels", "compiled"
    run(*new, "--out", "straight", "--epochs", 2)
    run(*new, "--out", "halves", "--epochs", 1)
    assert "rounding" not in run("--resume", "halves", "--epochs", 2, "--kernels", "compiled")
    checkpoints = [(here / name / "checkpoint.npz").read_bytes() for name in ("straight", "halves")]
    assert checkpoints[0] == checkpoints[1]
    said = run("--resume", "halves", "--epochs", 3, "--kernels", "numpy")
    assert "Until here it was computed by kernels compiled by Numba" in said
    assert said.count("rounding will differ") == 1


def test_a_wrong_variable_is_refused(here, capsys, monkeypatch):
    monkeypatch.setenv("MINIGAN_KERNELS", "fast")
    assert "MINIGAN_KERNELS: expected one of auto, compiled, numpy, got 'fast'" in refused(
        capsys, sample, "pretrained:mnist"
    )


def test_compiled_kernels_that_are_not_there_are_refused(here, capsys, monkeypatch):
    """Where they are asked for; by default NumPy computes."""
    without(monkeypatch, "numba")
    said = refused(capsys, sample, "pretrained:mnist", "--kernels", "compiled")
    assert "pip install 'minigan[fast]'" in said
    assert sample.main(["pretrained:mnist", "--kernels", "auto"]) == 0

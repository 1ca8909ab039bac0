"""Shared by all tests: how hard Hypothesis searches, which devices there are, a folder to work in, small data.

`pytest` runs the profile "ci": a fixed budget of the same examples every time.
`HYPOTHESIS_PROFILE=deep pytest` searches longer, with new examples every time.
"""

import os
import signal
import sys

if "PYTEST_XDIST_WORKER" in os.environ and "numpy" not in sys.modules:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # with `-n`, each core has a process; read when NumPy is loaded

import pytest
from hypothesis import HealthCheck, settings

from minigan.arrays import backend, cpu
from tests.support import standin
from tests.support.idx_files import write_idx_folder

SLOW_DRAWS = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("ci", derandomize=True, max_examples=20, deadline=None, suppress_health_check=SLOW_DRAWS)
settings.register_profile("deep", max_examples=200, deadline=None, suppress_health_check=SLOW_DRAWS)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

standin.install()
os.environ["MINIGAN_KERNELS"] = "numpy"  # of commands; the tests of compiled kernels switch them on

for number in (signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGINT)):
    # Where tests run in the background, or under nohup, these are ignored, and so would those that are sent here be.
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def pytest_configure(config):
    # Division by zero, overflow, nan: NumPy warns, the tests fail.
    config.addinivalue_line("filterwarnings", "error::RuntimeWarning")


def _no_gpu() -> str:
    """Why there is no GPU here; empty where there is one."""
    try:
        backend.open_device("cuda")
    except backend.DeviceError as error:
        return str(error)
    return ""


@pytest.fixture(scope="session", params=["standin", pytest.param("cuda", marks=pytest.mark.gpu)])
def device(request):
    """Every device that is not the host: the stand-in always, CuPy where a GPU answers."""
    if request.param == "cuda" and (reason := _no_gpu()):
        pytest.skip(reason)
    return request.param


@pytest.fixture(autouse=True)
def numpy_computes():
    """Each test begins without compiled kernels, whatever the one before it switched on."""
    yield
    cpu.use_numpy()


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder, in which the test runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The folder of a small data set: 200 images of 28×28 pixels, with labels."""
    return write_idx_folder(tmp_path_factory.mktemp("data") / "squares")

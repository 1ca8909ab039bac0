"""Settings shared by all tests: how hard Hypothesis searches, and which devices there are.

`pytest` runs the profile "ci": a fixed budget of the same examples every time.
`HYPOTHESIS_PROFILE=deep pytest` searches longer, with new examples every time.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

from minigan.arrays import backend

from . import standin

SLOW_DRAWS = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("ci", derandomize=True, max_examples=20, deadline=None, suppress_health_check=SLOW_DRAWS)
settings.register_profile("deep", max_examples=200, deadline=None, suppress_health_check=SLOW_DRAWS)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

standin.install()


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

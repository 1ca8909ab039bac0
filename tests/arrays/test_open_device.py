"""Asking for a GPU: what is missing is said, in one line; what is there is found.  CuPy is played by the stand-in."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from minigan import Tensor
from minigan.arrays import backend
from minigan.arrays.backend import DeviceError, device_of, open_device, to_device
from minigan.commands import train
from minigan.nn import Linear
from tests.support import standin
from tests.support.commands import refused


class NoDevice(RuntimeError):
    """What CuPy raises."""


def fail(*_):
    raise NoDevice("cudaErrorNoDevice: no CUDA-capable device is detected")


@pytest.fixture
def fake_cupy(monkeypatch):
    """`import cupy` gives the stand-in, and no device but the host has been opened."""
    monkeypatch.setattr(backend, "_backends", {"cpu": backend._backends["cpu"]})
    monkeypatch.setitem(sys.modules, "cupy", standin.xp)
    monkeypatch.setitem(sys.modules, "cupy_backends.cuda.libs", SimpleNamespace(cublas=standin.cublas))
    monkeypatch.setattr(standin.Device, "current", 0)
    return SimpleNamespace(runtime=standin.FakeCuPy.cuda.runtime, set=lambda **new: monkeypatch.setattr(
        standin.FakeCuPy.cuda, "runtime", SimpleNamespace(**{**vars(standin.FakeCuPy.cuda.runtime), **new})
    ))  # fmt: skip


def assert_refused(device: str, *words: str) -> None:
    with pytest.raises(DeviceError) as refused:
        open_device(device)
    message = str(refused.value)
    assert "\n" not in message
    for word in (repr(device), *words):
        assert word in message


@pytest.mark.parametrize(("name", "number"), [("cuda", 0), ("cuda:0", 0), ("cuda:1", 1)])
def test_a_gpu_is_opened_by_its_number(name, number, fake_cupy):
    """And the arrays on it say where they are; "cuda:0" is "cuda"."""
    there = to_device(np.ones(3), name)
    assert device_of(there) == ("cuda:1" if number else "cuda")
    assert standin.Device.current == number
    layer = Linear(2, 3, rng=np.random.default_rng(0)).to(name)
    assert layer.weight.device == device_of(there) == Tensor(np.ones(2)).to(name).device


def test_a_process_takes_one_gpu(fake_cupy):
    open_device("cuda:1")
    assert_refused("cuda", "already works on 'cuda:1'")
    assert open_device("cuda:1") is open_device("cuda:1")


def test_the_package_is_missing(monkeypatch, fake_cupy):
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert_refused("cuda", "CuPy, which is not installed", "minigan[cuda12]", "cuda13")


def test_a_library_is_missing(monkeypatch, fake_cupy):
    """As with CuPy 14 where pip has not brought the CUDA libraries: it is imported, and its cuBLAS is not."""

    class Libraries:
        @property
        def cublas(self):
            raise ImportError('Failure finding "libcublas.so.13"\n  listdir("/usr/lib")')

    monkeypatch.setitem(sys.modules, "cupy_backends.cuda.libs", Libraries())
    assert_refused("cuda", "lacks a library", "libcublas.so.13", "minigan[cuda12]")


def test_the_driver_is_missing(fake_cupy):
    fake_cupy.set(driverGetVersion=lambda: 0, getDeviceCount=fail)
    assert_refused("cuda", "no NVIDIA driver", "use cpu")


def test_the_driver_is_too_old(fake_cupy):
    fake_cupy.set(driverGetVersion=lambda: 12020, runtimeGetVersion=lambda: 13020, getDeviceCount=fail)
    assert_refused("cuda:1", "driver is for CUDA 12", "CUDA 13", "minigan[cuda12]")


def test_the_device_is_missing(fake_cupy):
    fake_cupy.set(getDeviceCount=fail)
    assert_refused("cuda", "no GPU", "cudaErrorNoDevice")
    fake_cupy.set(getDeviceCount=lambda: 0)
    assert_refused("cuda", "no GPU; use cpu")
    fake_cupy.set(getDeviceCount=lambda: 2)
    assert_refused("cuda:2", "2 GPUs, 'cuda:0' to 'cuda:1'")
    fake_cupy.set(getDeviceCount=lambda: 1)
    assert_refused("cuda:1", "one GPU, 'cuda'")


def test_the_device_does_not_compute(monkeypatch, fake_cupy):
    """`cupy.cuda.is_available()` may be true and the first operation fail."""
    monkeypatch.setattr(standin.FakeCuPy, "ones", fail, raising=False)
    assert_refused("cuda", "computing on it fails", "cudaErrorNoDevice")


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "cuda:-1", "CUDA", "", "standin "])
def test_other_names_are_refused(name, fake_cupy):
    assert_refused(name, "'cpu', 'cuda' or 'cuda:N'")


def test_a_command_says_it_in_one_line_and_writes_nothing(here, monkeypatch, capsys, fake_cupy):
    fake_cupy.set(driverGetVersion=lambda: 0, getDeviceCount=fail)
    assert "this machine has no NVIDIA driver" in refused(capsys, train, "mnist", "--device", "cuda")
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert "needs the package CuPy" in refused(capsys, train, "mnist", "--device", "cuda")
    assert list(here.iterdir()) == []


def test_facts_for_a_report(fake_cupy):
    """Which GPU, which CuPy, which CUDA: a time means nothing without them."""
    facts = open_device("cuda").facts()
    assert facts == {"GPU": "Stand-in 100", "CuPy": "14.0.0, CUDA 12.9, driver for CUDA 13.0"}
    assert backend.open_device("cpu").facts() == {}

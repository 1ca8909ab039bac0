"""Where arrays live: NumPy on the host, CuPy on a GPU.

One door in (`to_device`), one door out (`to_host`), and `namespace(x)`, which answers with the module whose
functions work on `x`.  There is no "current device": an array knows where it is, and results stay there.
Another array library enters through `register`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Array = Any  # an array of any registered library


class DeviceError(ValueError):
    """A device was asked for that this machine cannot give."""


class Backend(NamedTuple):
    """An array library: its NumPy-like module, its array type, and its two doors."""

    xp: Any
    array_type: type
    put: Callable[[np.ndarray], Array]
    get: Callable[[Array], np.ndarray]


_backends = {"cpu": Backend(np, np.ndarray, np.asarray, np.asarray)}


def register(device: str, backend: Backend) -> None:
    """Make `to_device(x, device)` mean `backend`."""
    _backends[device] = backend


def namespace(x: Array) -> Any:
    """The module (`numpy`, `cupy`, …) whose functions take `x`.

    Raises TypeError for anything that is not an array.
    """
    if isinstance(x, (np.ndarray, np.generic)):
        return np
    return _backends[device_of(x)].xp


def device_of(x: Array) -> str:
    """The name of the device that holds `x`: "cpu", "cuda", …"""
    if isinstance(x, np.generic):
        return "cpu"
    for device, backend in _backends.items():
        if isinstance(x, backend.array_type):
            return device
    raise TypeError(f"expected an array, got {type(x).__name__}; wrap it with numpy.asarray first")


def to_device(x: np.ndarray, device: str) -> Array:
    """Copy a host array to `device`; raises DeviceError where there is no such device."""
    return open_device(device).put(x)


def to_host(x: Array) -> np.ndarray:
    """Copy an array back to the host as a NumPy array (no copy if it is there already)."""
    return _backends[device_of(x)].get(x)


def open_device(device: str) -> Backend:
    """The backend of a device name, loading CuPy when "cuda" is first asked for.

    Raises DeviceError if the name is unknown or nothing answers to it here.
    """
    if device == "cuda" and device not in _backends:
        register(device, _open_cuda())
    if device not in _backends:
        raise DeviceError(f"expected device 'cpu' or 'cuda', got {device!r}")
    return _backends[device]


def _open_cuda() -> Backend:
    try:
        import cupy
    except ImportError as error:
        raise DeviceError("device 'cuda' needs the package cupy, which is not installed; use --device cpu") from error
    # `import cupy` succeeds without a driver; only a real operation proves that a GPU answers.
    try:
        working = cupy.cuda.is_available() and int(cupy.arange(3).sum()) == 3
    except Exception as error:
        raise DeviceError(f"device 'cuda': CuPy is installed but the GPU does not answer ({error})") from error
    if not working:
        raise DeviceError("device 'cuda': CuPy is installed but finds no NVIDIA driver or GPU; use --device cpu")
    return Backend(cupy, cupy.ndarray, cupy.asarray, cupy.asnumpy)

"""Where arrays live: NumPy on the host, CuPy on a GPU.

`to_device` copies an array to a device, `to_host` copies it back, and `namespace(x)` is the module whose functions work
on `x`.  There is no "current device": results are on the device of the arrays they are computed from.  A process works
on one GPU.  Another array library is added with `register`.

Each backend has a table of kernels, faster implementations of some ops.  An op looks for its own with `kernel`; if
there is none, it runs its definition, written with NumPy's functions.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from ..errors import DeviceError

Array = Any  # an array of any registered library
Kernels = Mapping[str, Callable]  # faster implementations of ops, by name


class Backend(NamedTuple):
    """An array library: its NumPy-like module, its array type, and its table of kernels.

    `put` copies a NumPy array to the device, `get` copies one back.  A GPU also has `stacked_product(a, b, out)` for
    stacks of matrices, `wait()`, which returns when all computations are finished, and for reports `memory()`, the most
    bytes allocated so far, and `facts()`, descriptions by name.
    """

    xp: Any
    array_type: type
    put: Callable[[np.ndarray], Array]
    get: Callable[[Array], np.ndarray]
    kernels: Kernels = MappingProxyType({})
    stacked_product: Callable[[Array, Array, Array], None] | None = None
    wait: Callable[[], object] = lambda: None
    memory: Callable[[], int] = lambda: 0
    facts: Callable[[], dict[str, str]] = dict


HOST = Backend(np, np.ndarray, np.asarray, np.asarray)  # without kernels
_backends = {"cpu": HOST}


def register(device: str, backend: Backend) -> None:
    """Add a device, or replace its backend: `to_device(x, device)` will use `backend`."""
    _backends[device] = backend


def namespace(x: Array) -> Any:
    """The module (`numpy`, `cupy`, …) whose functions take `x`.

    Raises TypeError for anything that is not an array.
    """
    if isinstance(x, (np.ndarray, np.generic)):
        return np
    return backend_of(x).xp


def backend_of(x: Array) -> Backend:
    """The backend of the device that holds `x`.  Raises TypeError as `device_of` does."""
    return _backends[device_of(x)]


def is_array(x: Any) -> bool:
    """Whether `x` is an array of a registered library, or a NumPy scalar."""
    return isinstance(x, (np.ndarray, np.generic)) or any(isinstance(x, b.array_type) for b in _backends.values())


def device_of(x: Array) -> str:
    """The name of the device that holds `x`: "cpu", "cuda", "cuda:1", …  Raises TypeError for what is no array."""
    if isinstance(x, np.generic):
        return "cpu"
    for device, backend in _backends.items():
        if isinstance(x, backend.array_type):
            return device
    raise TypeError(f"expected an array, got {type(x).__name__}; wrap it with numpy.asarray first")


def kernel(name: str, x: Array | list[Array]) -> Callable | None:
    """The kernel `name` for arrays like `x` (or like the first of a list); None if there is none: run the definition.

    There are kernels for float32 and float64 only.  Raises TypeError as `device_of` does.
    """
    first = x[0] if isinstance(x, list) else x
    return backend_of(first).kernels.get(name) if first.dtype.char in "fd" else None


def to_device(x: np.ndarray, device: str) -> Array:
    """Copy a host array to `device` (the array itself if that is "cpu").

    Raises DeviceError if there is no such device.
    """
    return open_device(device).put(x)


def to_host(x: Array) -> np.ndarray:
    """Copy an array back to the host as a NumPy array (without copying if it is there already).

    Raises TypeError as `device_of` does.
    """
    return backend_of(x).get(x)


def open_device(device: str) -> Backend:
    """The backend of a device name; "cuda", which is "cuda:0", and "cuda:1" and so on load CuPy on first use.

    Raises DeviceError if the name is unknown or the device cannot be used here, and says what is missing.
    """
    device = canonical(device)
    if device not in _backends:
        if not re.fullmatch(r"cuda(:\d+)?", device):
            raise DeviceError(f"expected device 'cpu', 'cuda' or 'cuda:N' (N from 0 on), got {device!r}")
        opened = [name for name in _backends if name.startswith("cuda")]
        if opened:  # CuPy computes on the GPU selected last, and `device_of` could not tell GPUs apart
            raise DeviceError(f"device {device!r}: this process already works on {opened[0]!r}, and takes one GPU only")
        from .cuda import open_cuda  # imported here, because work on the host does not need it

        register(device, open_cuda(device))
    return _backends[device]


def canonical(device: str) -> str:
    """One name for each device: "cuda" for "cuda:0", the others as they are."""
    return "cuda" if device == "cuda:0" else device

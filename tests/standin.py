"""An array library for machines without a GPU that is as strict as one with a GPU, and stricter.

Its arrays hold a NumPy array behind a wall.  Nothing crosses the wall but through the two doors: `put` (copy in) and
`get` (copy out, counted in `reads`).  Whatever would quietly copy on CuPy, or fail there, fails here: conversion to
NumPy, a NumPy array or scalar as an operand, iteration.  `float(x)`, `bool(x)` and the like are counted as reads,
because each one makes the host wait for the GPU.
"""

from types import ModuleType

import numpy as np

from minigan import backend

DEVICE = "standin"
reads = 0  # how many times something was copied back to the host


class Refused(TypeError):
    """Something that a GPU array would not do, or not without a hidden copy."""


class FarArray:
    """An array on the other side of the wall."""

    __array_ufunc__ = None  # NumPy's operators and functions leave us alone
    __hash__ = None

    def __init__(self, behind: np.ndarray):
        self._behind = behind

    def __array__(self, *args, **kwargs):
        raise Refused("implicit conversion to a NumPy array; use minigan.backend.to_host")

    def __iter__(self):
        raise Refused("iteration over an array of the device")

    def __len__(self):
        return len(self._behind)

    def __getitem__(self, index):
        return _wrap(self._behind[_unwrap(index)])

    def __setitem__(self, index, value):
        self._behind[_unwrap(index)] = _unwrap(value)

    def __getattr__(self, name):
        """Attributes (shape, dtype …) as they are, methods (sum, reshape …) with arguments and result wrapped."""
        if name.startswith("_"):
            raise AttributeError(name)
        return _cross(getattr(self._behind, name))

    def ravel(self, order="C"):
        if order not in "CF":
            raise NotImplementedError(f"CuPy has no ravel with order={order!r}")
        return _wrap(self._behind.ravel(order))

    def get(self) -> np.ndarray:
        """A copy on the host, counted."""
        global reads
        reads += 1
        return self._behind.copy()

    def item(self):
        return self.get().item()

    def tolist(self):
        return self.get().tolist()

    def __float__(self):
        return float(self.get())

    def __int__(self):
        return int(self.get())

    def __bool__(self):
        return bool(self.get())


def _add_operators():
    """Give FarArray the operators of NumPy's arrays: + − * / …, the reflected ones, and the ones in place."""
    arithmetic = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor"]
    names = [prefix + name for name in arithmetic for prefix in ("", "r")] + ["eq", "ne", "lt", "le", "gt", "ge"]
    for name in names:

        def operator(self, other, name=f"__{name}__"):
            return _wrap(getattr(self._behind, name)(_unwrap(other)))

        setattr(FarArray, f"__{name}__", operator)
    for name in ["neg", "pos", "abs", "invert"]:

        def unary(self, name=f"__{name}__"):
            return _wrap(getattr(self._behind, name)())

        setattr(FarArray, f"__{name}__", unary)
    for name in arithmetic:

        def in_place(self, other, name=f"__i{name}__"):
            getattr(self._behind, name)(_unwrap(other))
            return self

        setattr(FarArray, f"__i{name}__", in_place)


_add_operators()


def _unwrap(x):
    """An argument on its way behind the wall."""
    if isinstance(x, FarArray):
        return x._behind
    if isinstance(x, np.ndarray):
        raise Refused(f"a NumPy array of shape {x.shape} as an operand; use minigan.backend.to_device")
    if isinstance(x, np.generic):
        raise Refused(f"a NumPy scalar ({type(x).__name__}) as an operand; it would promote float32")
    if isinstance(x, (tuple, list)):
        return type(x)(_unwrap(item) for item in x)
    return x


def _wrap(x):
    """A result on its way out: arrays, and NumPy's scalars too, stay behind the wall."""
    if isinstance(x, np.ndarray):
        return FarArray(x)
    if isinstance(x, np.generic):
        return FarArray(np.asarray(x))
    if isinstance(x, (tuple, list)) and any(isinstance(item, (np.ndarray, np.generic)) for item in x):
        return type(x)(_wrap(item) for item in x)
    return x


def _cross(thing):
    """Something of NumPy's made fit for FarArrays: functions and modules wrapped, types and constants as they are."""
    if isinstance(thing, ModuleType):
        return FarModule(thing)
    if isinstance(thing, np.ndarray):
        return _wrap(thing)
    if isinstance(thing, type) or not callable(thing):
        return thing

    def crossing(*args, out=None, **kwargs):
        kwargs = {name: _unwrap(value) for name, value in kwargs.items()}
        if out is not None:
            kwargs["out"] = _unwrap(out)
        result = thing(*_unwrap(args), **kwargs)
        return _wrap(result) if out is None else out

    return crossing


class FarModule:
    """A module of NumPy's, seen through the wall: the `xp` of the stand-in."""

    def __init__(self, module: ModuleType):
        self._module = module

    def __getattr__(self, name):
        return _cross(getattr(self._module, name))

    def asarray(self, x, dtype=None):
        """The door in, as in CuPy: NumPy arrays and numbers are copied to the device."""
        if isinstance(x, FarArray):
            return FarArray(np.asarray(x._behind, dtype=dtype))
        return FarArray(np.array(x, dtype=dtype))

    array = asarray


xp = FarModule(np)


def put(x: np.ndarray) -> FarArray:
    """Copy a host array to the stand-in."""
    return xp.asarray(x)


def install() -> None:
    """Let minigan know the device "standin"."""
    backend.register(DEVICE, backend.Backend(xp, FarArray, put, FarArray.get))

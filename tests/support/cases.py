"""What a case of the table is, and how it is registered.  The table itself: `op_cases.py`."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

import minigan.gan  # noqa: F401  (so that an Op defined anywhere in the package is found)
from minigan.tensor import Fused, Op, Piecewise


class Call(NamedTuple):
    """One call to check: `function(*Tensors)`, the float64 `inputs`, and `oracle(torch, *torch tensors)`."""

    function: Callable
    inputs: list[np.ndarray]
    oracle: Callable[..., Any]


class Case(NamedTuple):
    """An entry of the table: the name, the Op classes that every call makes nodes of, the strategy of calls."""

    name: str
    ops: tuple[type, ...]
    calls: st.SearchStrategy


CASES: dict[str, Case] = {}


def case(*ops: type):
    """Register a strategy function (of `draw`, returning a Call) under its name."""

    def register(function):
        name = function.__name__
        if name in CASES:
            raise ValueError(f"two cases are called {name}")
        CASES[name] = Case(name, ops, st.composite(function)())
        return function

    return register


def home(op: type) -> Case:
    """The first case that is about `op` alone."""
    return next(entry for entry in CASES.values() if entry.ops == (op,))


def all_ops() -> list[type]:
    """Every Op of the package that can become a node and has a gradient: those that others derive from are left out."""
    found, stack = [], [Op]
    while stack:
        derived = [c for c in stack.pop().__subclasses__() if c.__module__.startswith("minigan.")]
        stack += derived
        found += [c for c in derived if not c.__subclasses__() and c not in (Fused, Piecewise)]
    return sorted(found, key=lambda op: op.__name__)

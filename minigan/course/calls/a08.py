"""Calls of A8: steps of the student's Adam."""

from importlib import reload
from types import ModuleType
from typing import Any

import numpy as np

from ...nn import Parameter
from ...tensor import Tensor

Arrays = dict[str, Any]


def run(student: Any, text: dict[str, Any], has: Any, **arrays: Any) -> Arrays:
    """Steps with given gradients: of parameter i, which starts at `p<i>`, in each step one of `g<i>`, where `has` says.

    `groups` lists the parameters of each optimiser; the optimisers step in turn.  `rates` are the learning rates of the
    steps.  Returns each parameter after every step; whether it has kept a gradient; the arrays in which parameters and
    gradients lay at first, as they are at the end.
    """
    make, (steps, count) = _maker(student, text), has.shape
    parameters = [Parameter(arrays[f"p{i}"]) for i in range(count)]
    gradients = [arrays[f"g{i}"] for i in range(count)]
    held = [p.data for p in parameters]
    optimisers = [make([parameters[i] for i in group]) for group in text["groups"]]
    places, left = np.empty((steps, count), object), np.zeros((steps, count), bool)
    for step, rate in enumerate(text["rates"]):
        for optimiser, group in zip(optimisers, text["groups"]):
            for i in group:
                parameters[i].grad = Tensor(gradients[i][step]) if has[step, i] else None
            if rate != text["rates"][0]:
                optimiser.lr = rate
            optimiser.step()
        for i, p in enumerate(parameters):
            places[step, i], left[step, i] = np.array(p.data), p.grad is not None
    results = {"left": left}
    for i in range(count):
        results |= {f"x{i}": np.stack(list(places[:, i])), f"held{i}": held[i], f"after_g{i}": gradients[i]}
    return results


def descend(student: Any, text: dict[str, Any], start: Any) -> Arrays:
    """Where so many steps lead from each start (x, y) on Rosenbrock's function (1 − x)² + 100 (y − x²)²."""
    p = Parameter(start)
    optimiser = _maker(student, text)([p])
    for _ in range(text["steps"]):
        x, y = p.data.T
        p.grad = Tensor(np.stack([2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)], 1))
        optimiser.step()
    return {"end": np.array(p.data)}


def _maker(student: Any, text: dict[str, Any]) -> Any:
    """Makes optimisers of the student's.

    The file is read anew, if it is one: what is left in a class costs no other part.
    """
    fresh = reload(student) if isinstance(student, ModuleType) and student.__spec__ else student
    return lambda parameters: fresh.Adam(parameters, text["rates"][0], tuple(text["betas"]), text["epsilon"])


CALLS = {"run": run, "descend": descend}

"""Calls that several assignments share: a function's value, many values, its gradient, and the gradient of that.

`functions[f](student, text, *tensors)` calls the student's function f, with the settings in the text of the request.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ...tensor import Tensor, grad

Functions = dict[str, Callable[..., Any]]
Text = dict[str, Any]
Arrays = dict[str, Any]


def array(value: Any, name: str) -> np.ndarray:
    """The array of a Tensor, or TypeError."""
    if not isinstance(value, Tensor):
        raise TypeError(f"{name} gave a {type(value).__name__}, expected a Tensor")
    return value.data


def calls_of(functions: Functions) -> dict[str, Callable]:
    """The calls of an assignment whose functions take Tensors and give one."""

    def apply(student: Any, text: Text, *tensors: Tensor) -> Tensor:
        return functions[text["f"]](student, text, *tensors)

    def value(student: Any, text: Text, **arrays: Any) -> Arrays:
        """y; and the inputs as they are afterwards."""
        tensors = {name: Tensor(x) for name, x in arrays.items()}
        y = array(apply(student, text, *tensors.values()), text["f"])
        return {"y": y, **{f"after_{name}": t.data for name, t in tensors.items()}}

    def values(student: Any, text: Text, many: Any, **arrays: Any) -> Arrays:
        """The values at many points: `varied` names the input that varies, `order` all inputs."""
        ys = []
        for x in many:
            inputs = {**arrays, text["varied"]: x}
            tensors = (Tensor(inputs[name].copy()) for name in text["order"])  # so that a change of one stays alone
            ys.append(array(apply(student, text, *tensors), text["f"]))
        return {"ys": np.stack(ys)}

    def gradient(student: Any, text: Text, v: Any, **arrays: Any) -> Arrays:
        """y, and the gradients of ⟨v, y⟩ by the inputs named in `by`."""
        tensors = {name: Tensor(x, requires_grad=name in text["by"]) for name, x in arrays.items()}
        y = apply(student, text, *tensors.values())
        results = {"y": array(y, text["f"])}
        y.backward(Tensor(v))
        for name in text["by"]:
            if (found := tensors[name].grad) is not None:
                results[f"d_{name}"] = found.data
        return {**results, **{f"after_{name}": t.data for name, t in tensors.items()}}

    def second(student: Any, text: Text, v: Any, **arrays: Any) -> Arrays:
        """The gradients, by every input and by v, of Σ ⟨u, g⟩, where g is the gradient of ⟨v, y⟩ by an input x.

        The u of input x is the array `u_x`.
        """
        directions = {name[2:]: Tensor(u) for name, u in arrays.items() if name.startswith("u_")}
        tensors = {name: Tensor(x, requires_grad=True) for name, x in arrays.items() if not name.startswith("u_")}
        seed = Tensor(v, requires_grad=True)
        y = apply(student, text, *tensors.values())
        first = grad(y, [tensors[name] for name in directions], seed, create_graph=True)
        names = {**tensors, "v": seed}
        totals = {name: np.zeros(t.shape) for name, t in names.items()}
        for g, u in zip(first, directions.values()):
            if g.requires_grad:  # otherwise it counts as a constant
                found = grad(g, list(names.values()), u, retain_graph=True, allow_unused=True)
                for name, part in zip(names, found):
                    totals[name] = totals[name] + (0.0 if part is None else part.data)
        return {f"d_{name}": total for name, total in totals.items()}

    return {"value": value, "values": values, "gradient": gradient, "second": second}

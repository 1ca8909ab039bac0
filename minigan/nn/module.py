"""`Module`: a thing that owns weights, and other modules."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..arrays.backend import open_device, to_device, to_host
from ..tensor import Tensor


class Parameter(Tensor):
    """A Tensor that is trained."""

    __slots__ = ()

    def __init__(self, data):
        super().__init__(data, requires_grad=True)


class Module:
    """Base of all layers and networks.

    Whatever attributes hold Parameters, Tensors (running statistics) or Modules, alone or in a list, belong to it,
    in the order of their definition.  A subclass defines `forward`.
    """

    training = True

    def forward(self, *inputs) -> Tensor:
        raise NotImplementedError

    def __call__(self, *inputs: Tensor | None) -> Tensor:
        return self.forward(*inputs)

    def attributes(self) -> Iterator[tuple[str, Any]]:
        """What the module holds, by name; of a list each item by name and number."""
        for name, value in vars(self).items():
            yield from (
                ((f"{name}.{i}", item) for i, item in enumerate(value)) if isinstance(value, list) else [(name, value)]
            )

    def named_tensors(self, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
        """Every parameter and running statistic with its dotted name, in order of definition."""
        for name, item in self.attributes():
            if isinstance(item, Tensor):
                yield prefix + name, item
            elif isinstance(item, Module):
                yield from item.named_tensors(f"{prefix}{name}.")

    def modules(self) -> Iterator["Module"]:
        """This module and every one inside it."""
        yield self
        for _, item in self.attributes():
            if isinstance(item, Module):
                yield from item.modules()

    def parameters(self) -> list[Parameter]:
        """Everything that is trained, in order of definition."""
        return [x for _, x in self.named_tensors() if isinstance(x, Parameter)]

    def train(self, training: bool = True) -> "Module":
        """Training mode: batch norm uses the statistics of the batch and updates the running ones."""
        for module in self.modules():
            module.training = training
        return self

    def eval(self) -> "Module":
        """Evaluation mode: batch norm uses the running statistics, so every image is treated by itself."""
        return self.train(False)

    @contextmanager
    def frozen(self):
        """Within this context the parameters ask for no gradient; it still flows through to the input."""
        parameters = [x for x in self.parameters() if x.requires_grad]
        for x in parameters:
            x.requires_grad = False
        try:
            yield self
        finally:
            for x in parameters:
                x.requires_grad = True

    def zero_grad(self) -> None:
        """Forget the gradients that were collected."""
        for x in self.parameters():
            x.grad = None

    def to(self, device: str) -> "Module":
        """Move every parameter and running statistic to a device, in place; do so before making an optimiser."""
        open_device(device)  # refuses before anything has moved
        for _, x in self.named_tensors():
            x.data, x.grad = to_device(to_host(x.data), device), None
        return self

    def astype(self, dtype) -> "Module":
        """Convert every parameter and running statistic, in place; do so before making an optimiser."""
        for _, x in self.named_tensors():
            x.data, x.grad = x.data.astype(dtype), None
        return self

    def state_dict(self) -> dict[str, np.ndarray]:
        """A copy on the host of every parameter and running statistic, by name."""
        return {name: np.array(to_host(x.data)) for name, x in self.named_tensors()}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Take over the values of `state_dict()`; nothing changes unless all names and shapes agree."""
        own = dict(self.named_tensors())
        if own.keys() != state.keys():
            missing, foreign = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
            raise ValueError(f"state_dict does not fit: missing {missing or 'none'}, unexpected {foreign or 'none'}")
        for name, x in own.items():
            if x.shape != (got := state[name].shape):
                raise ValueError(f"state_dict does not fit: expected {name} of shape {x.shape}, got {got}")
        for name, x in own.items():
            x.data[...] = to_device(np.asarray(state[name], dtype=x.dtype), x.device)

    def __repr__(self) -> str:
        modules = [(name, repr(item)) for name, item in self.attributes() if isinstance(item, Module)]
        inner = "".join(f"  {name}: {text}\n".replace("\n", "\n  ")[:-2] for name, text in modules)
        return f"{type(self).__name__}(\n{inner})" if inner else f"{type(self).__name__}()"

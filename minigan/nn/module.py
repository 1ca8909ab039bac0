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

    Whatever attributes hold Parameters, Tensors (running statistics) or Modules, alone or in lists, tuples and dicts,
    however nested, belong to it, in the order of their definition.  What is held twice is trained once.  A subclass
    defines `forward`.
    """

    training = True

    def forward(self, *inputs) -> Tensor:
        raise NotImplementedError

    def __call__(self, *inputs: Tensor | None) -> Tensor:
        return self.forward(*inputs)

    def attributes(self) -> Iterator[tuple[str, Any]]:
        """What the module holds, by name; of lists, tuples and dicts each item, by name and number or key."""
        for name, value in vars(self).items():
            yield from _items(name, value)

    def named_tensors(self, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
        """Every parameter and running statistic with its dotted name, in order of definition."""
        return ((name, item) for name, item in self._held(prefix, ()) if isinstance(item, Tensor))

    def _held(self, prefix: str, above: tuple["Module", ...]) -> Iterator[tuple[str, Any]]:
        """Every Tensor and Module inside, by dotted name, in order of definition; `above` are those that hold it.

        Raises ValueError if a module holds itself, directly or by way of others.
        """
        for name, item in self.attributes():
            if isinstance(item, Tensor):
                yield prefix + name, item
            elif isinstance(item, Module):
                if item is self or item in above:
                    raise ValueError(
                        f"{type(self).__name__}.{name} is {type(item).__name__}, which holds this module: a module "
                        "cannot hold its parent; pass the parent to the method that needs it"
                    )
                yield prefix + name, item
                yield from item._held(f"{prefix}{name}.", (*above, self))

    def modules(self) -> Iterator["Module"]:
        """This module and every one inside it, each once."""
        inside = {id(item): item for _, item in self._held("", ()) if isinstance(item, Module)}
        yield from (self, *inside.values())

    def parameters(self) -> list[Parameter]:
        """Everything that is trained, in order of definition, each once."""
        return list({id(x): x for _, x in self.named_tensors() if isinstance(x, Parameter)}.values())

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


def _items(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What a value holds: itself or, of lists, tuples and dicts, each item with its dotted name."""
    if isinstance(value, list | tuple | dict):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _items(f"{name}.{key}", item)
    else:
        yield name, value

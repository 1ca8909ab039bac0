"""`Module`: the base of layers and networks, which holds parameters and other modules."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..arrays.backend import open_device, to_device, to_host
from ..tensor import Tensor, float_type


class Parameter(Tensor):
    """A Tensor that is trained; `name` is its dotted name in the network whose `parameters()` listed it (or None).

    Raises TypeError as `Tensor` does.
    """

    __slots__ = ("name",)

    def __init__(self, data: Any):
        super().__init__(data, requires_grad=True)
        self.name: str | None = None


class Module:
    """Base of all layers and networks.

    Parameters, Tensors (running statistics) and Modules in its attributes belong to it, in order of definition; also
    those in lists, tuples and dicts, nested to any depth.  A Parameter that is held twice is trained once.  A subclass
    defines `forward`.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan import nn

    >>> class Shift(nn.Module):
    ...     def __init__(self, features):
    ...         self.by = nn.Parameter(np.zeros(features))
    ...     def forward(self, x):
    ...         return x + self.by
    >>> Shift(2).named_parameters()
    [('by', Tensor([0. 0.], shape=(2,), dtype=float64))]
    """

    training = True

    def forward(self, *inputs: Any, **_: Any) -> Tensor:  # declared so, a subclass may take what it needs
        """The output, computed from the inputs."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(self, x): a module defines what it computes")

    def __call__(self, *inputs: Tensor | None) -> Tensor:
        return self.forward(*inputs)

    def attributes(self) -> Iterator[tuple[str, Any]]:
        """The attributes by name; of lists, tuples and dicts each item, with its index or key: "layers.0"."""
        for name, value in vars(self).items():
            yield from _items(name, value)

    def named_tensors(self, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
        """Every parameter and running statistic with its dotted name, in order of definition.

        Raises ValueError if a module holds itself, directly or through others; so do the methods that use this one.
        """
        return ((name, item) for name, item in self._held(prefix, ()) if isinstance(item, Tensor))

    def _held(self, prefix: str, above: tuple["Module", ...]) -> Iterator[tuple[str, Any]]:
        """Every Tensor and Module inside, by dotted name, in order of definition; `above` are those around this one.

        Raises ValueError if a module holds itself, directly or through others.
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
        """This module and every module inside it, each once.  Raises ValueError as `named_tensors` does."""
        inside = {id(item): item for _, item in self._held("", ()) if isinstance(item, Module)}
        yield from (self, *inside.values())

    def parameters(self) -> list[Parameter]:
        """All Parameters, in order of definition, each once."""
        return [x for _, x in self.named_parameters()]

    def named_parameters(self) -> list[tuple[str, Parameter]]:
        """All Parameters with their dotted names, in order of definition, each once."""
        named: dict[int, tuple[str, Parameter]] = {}
        for name, x in self.named_tensors():
            if isinstance(x, Parameter):
                x.name = named.setdefault(id(x), (name, x))[0]  # for error messages
        return list(named.values())

    def train(self, training: bool = True) -> "Module":
        """Training mode: batch norm uses the statistics of the batch and updates the running ones."""
        for module in self.modules():
            module.training = training
        return self

    def eval(self) -> "Module":
        """Evaluation mode: batch norm uses the running statistics, so that no image depends on the others."""
        return self.train(False)

    @contextmanager
    def frozen(self) -> Iterator["Module"]:
        """Within this context no gradients of the parameters are computed, only those of the inputs."""
        parameters = [x for x in self.parameters() if x.requires_grad]
        for x in parameters:
            x.requires_grad = False
        try:
            yield self
        finally:
            for x in parameters:
                x.requires_grad = True

    def zero_grad(self) -> None:
        """Clear the gradient of every parameter."""
        for x in self.parameters():
            x.grad = None

    def to(self, device: str) -> "Module":
        """Move every parameter and running statistic to a device, in place; do this before creating an optimiser.

        Raises DeviceError if there is no such device.
        """
        open_device(device)  # raises DeviceError before anything has moved
        for _, x in self.named_tensors():
            x.data, x.grad = to_device(to_host(x.data), device), None
        return self

    def astype(self, dtype: Any) -> "Module":
        """Convert all parameters and running statistics to float32 or float64; do this before creating an optimiser.

        Raises TypeError for another dtype.
        """
        dtype = float_type(dtype)
        for _, x in self.named_tensors():
            x.data, x.grad = x.data.astype(dtype), None
        return self

    def state_dict(self) -> dict[str, np.ndarray]:
        """A copy on the host of every parameter and running statistic, by name."""
        return {name: np.array(to_host(x.data)) for name, x in self.named_tensors()}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Take over the values of `state_dict()`; nothing changes unless all names and shapes agree.

        Raises ValueError if they do not, or if something is no array of real numbers.
        """
        own = dict(self.named_tensors())
        if own.keys() != state.keys():
            missing, foreign = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
            raise ValueError(f"state_dict does not fit: missing {missing or 'none'}, unexpected {foreign or 'none'}")
        for name, x in own.items():
            if x.shape != (got := np.shape(state[name])):
                raise ValueError(f"state_dict does not fit: expected {name} of shape {x.shape}, got {got}")
        arrays = {name: real_numbers(name, state[name], x.dtype) for name, x in own.items()}  # before anything changes
        for name, x in own.items():
            x.data[...] = to_device(arrays[name], x.device)
            x.version += 1

    def __repr__(self) -> str:
        modules = [(name, repr(item)) for name, item in self.attributes() if isinstance(item, Module)]
        inner = "".join(f"  {name}: {text}\n".replace("\n", "\n  ")[:-2] for name, text in modules)
        return f"{type(self).__name__}(\n{inner})" if inner else f"{type(self).__name__}()"


def real_numbers(name: str, values: Any, dtype: Any) -> np.ndarray:
    """The values called `name` as an array of this dtype; or ValueError."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"state_dict does not fit: expected real numbers for {name}, got {array.dtype}")
    return array.astype(dtype)


def _items(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The value with its name; of lists, tuples and dicts, each item with its dotted name."""
    if isinstance(value, list | tuple | dict):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _items(f"{name}.{key}", item)
    else:
        yield name, value

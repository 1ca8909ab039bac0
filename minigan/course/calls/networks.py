"""Small networks, described by a list of layers, with numbers that the grader sends: built alike on both sides."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ... import nn
from ...tensor import Tensor

# [["Linear", 3, 5], ["Tanh"], ["Conv2d", 3, 8, 4, {"stride": 2, "padding": 1}]]: the names and arguments of nn's layers
Layers = Sequence[Sequence[Any]]
DRAWN = ("Linear", "Conv2d", "ConvTranspose2d", "BatchNorm2d")  # they draw their first weights


def build(layers: Layers, arrays: Mapping[str, np.ndarray] | None = None, prefix: str = "") -> nn.Sequential:
    """The network; with arrays, its weights and statistics are those whose names begin with the prefix."""
    made = []
    for name, *sizes in layers:
        settings = dict(sizes.pop()) if sizes and isinstance(sizes[-1], dict) else {}
        if name in DRAWN:
            settings["rng"] = np.random.default_rng(0)
        made.append(getattr(nn, name)(*sizes, **settings))
    network = nn.Sequential(*made)
    if arrays:
        own = {name.removeprefix(prefix): x for name, x in arrays.items() if name.startswith(prefix)}
        network.astype(next(iter(own.values())).dtype)
        network.load_state_dict(own)
    return network


def numbers(tensors: Sequence[Tensor]) -> np.ndarray:
    """All numbers of these Tensors in one vector."""
    return np.concatenate([np.ravel(x.data) for x in tensors] or [np.zeros(0)])


def gradients(network: nn.Module) -> np.ndarray:
    """The gradients of all parameters in one vector, 0 where there is none."""
    return np.concatenate(
        [np.ravel(np.zeros(p.shape) if p.grad is None else p.grad.data) for p in network.parameters()]
    )


def statistics(network: nn.Module) -> list[Tensor]:
    """What a network holds besides its parameters: running statistics."""
    return [x for _, x in network.named_tensors() if not isinstance(x, nn.Parameter)]


def value(loss: Any) -> np.ndarray:
    """A loss as a number: a Tensor of size 1, or the number itself."""
    x = np.asarray(loss.data if isinstance(loss, Tensor) else loss, float)
    return x.reshape(()) if x.size == 1 else x


def set_weights(network: nn.Module, vector: np.ndarray) -> None:
    """Give the parameters the values in a vector, as `numbers` has them."""
    at = 0
    for p in network.parameters():
        p.data, at = np.array(vector[at : at + p.size].reshape(p.shape)), at + p.size


def draw_numbers(layers: Layers, prefix: str, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Random weights and statistics for the network, by name: outputs are about as large as inputs."""
    arrays = {}
    for name, x in build(layers).named_tensors():
        positive = "variance" in name or "scale" in name
        size = 0.3 if x.ndim < 2 else 1.5 / np.sqrt(x.size / x.shape[-1])
        arrays[prefix + name] = rng.uniform(0.6, 1.4, size=x.shape) if positive else size * rng.normal(size=x.shape)
    return arrays

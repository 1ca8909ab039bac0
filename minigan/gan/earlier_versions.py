"""Names of tensors in earlier versions of the file formats, so that their files can still be read."""

from typing import TypeVar

from ..nn import BatchNorm2d, Conv2d, LeakyReLU, Module, Sequential

Value = TypeVar("Value")


def upgraded(state: dict[str, Value], network: Module) -> dict[str, Value]:
    """The state dict of a network from a checkpoint of version 2 or a judge of version 1, with the current names.

    In those versions, the ReLU or LeakyReLU after a convolution or batch norm was part of it, not a separate layer.
    """
    names = {old: name for name, old in old_names(network).items()}
    return {names.get(name, name): value for name, value in state.items()}


def old_names(network: Module) -> dict[str, str]:
    """The name of each tensor of a network in those versions, by its current name."""
    indices = {}
    for name, part in network.attributes():
        if isinstance(part, Sequential):
            indices[f"{name}.layers"] = old_indices(part.layers)
    result = {}
    for name, _ in network.named_tensors():
        parent, _, rest = name.partition(".layers.")
        index, _, tensor = rest.partition(".")
        known = indices.get(f"{parent}.layers")
        result[name] = f"{parent}.layers.{known[int(index)]}.{tensor}" if known else name
    return result


def old_indices(layers: list[Module]) -> list[int]:
    """The index of each layer of a Sequential in those versions; an activation has that of the layer before it."""
    indices: list[int] = []
    for i, layer in enumerate(layers):
        part_of_previous = i > 0 and isinstance(layer, LeakyReLU) and isinstance(layers[i - 1], BatchNorm2d | Conv2d)
        indices.append((indices[-1] + (not part_of_previous)) if indices else 0)
    return indices

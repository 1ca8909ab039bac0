"""What earlier versions of the file formats called things, so that their files can still be read."""

from typing import TypeVar

from ..nn import BatchNorm2d, Conv2d, LeakyReLU, Module, Sequential

Value = TypeVar("Value")


def upgraded(state: dict[str, Value], network: Module) -> dict[str, Value]:
    """The state of a network by today's names, from a checkpoint of version 2 or a judge of version 1.

    There the ReLU or LeakyReLU after a convolution or a batch norm was a part of it, and not counted as a layer.
    """
    names = {old: name for name, old in old_names(network).items()}
    return {names.get(name, name): value for name, value in state.items()}


def old_names(network: Module) -> dict[str, str]:
    """The name that each tensor of a network had in these versions, by its name of today."""
    numbers = {}
    for name, part in network.attributes():
        if isinstance(part, Sequential):
            numbers[f"{name}.layers"] = old_indices(part.layers)
    result = {}
    for name, _ in network.named_tensors():
        holder, _, rest = name.partition(".layers.")
        number, _, tensor = rest.partition(".")
        known = numbers.get(f"{holder}.layers")
        result[name] = f"{holder}.layers.{known[int(number)]}.{tensor}" if known else name
    return result


def old_indices(layers: list[Module]) -> list[int]:
    """The number that each layer of a Sequential had: an activation that was a part of the one before, its number."""
    numbers: list[int] = []
    for i, layer in enumerate(layers):
        part = i > 0 and isinstance(layer, LeakyReLU) and isinstance(layers[i - 1], BatchNorm2d | Conv2d)
        numbers.append((numbers[-1] + (not part)) if numbers else 0)
    return numbers

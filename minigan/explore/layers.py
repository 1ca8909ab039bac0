"""A network taken apart: what its layers hand on, and what becomes of the image when some of it is left out."""

from collections.abc import Iterator

import numpy as np

from ..arrays.backend import to_device
from ..errors import BadInput
from ..gan import Discriminator, Generator
from ..nn import Conv2d, LeakyReLU, Linear, Module, ReLU, Sigmoid, Tanh
from ..nn.inference import inference
from ..tensor import Tensor

BATCH = 256  # inputs that pass a network at a time


def has_activation(layer: Module) -> bool:
    """Whether a layer ends with an activation: one of its own, or the `slope` of a convolution or a batch norm."""
    return isinstance(layer, ReLU | LeakyReLU | Tanh | Sigmoid) or getattr(layer, "slope", 1.0) < 1.0


def hidden_layers(network: Generator | Discriminator) -> list[int]:
    """Where in `network.net.layers` the features come out, in the order of the layers.

    That is after every activation but those that follow the last layer with weights: there G's image comes out, or D's
    logit.
    """
    layers = network.net.layers
    last = max(i for i, layer in enumerate(layers) if isinstance(layer, Conv2d | Linear))
    return [i for i, layer in enumerate(layers[:last]) if has_activation(layer)]


def hidden_maps(network: Generator | Discriminator) -> list[int]:
    """`hidden_layers`, of networks of convolutions that are told no label.  Raises BadInput for others."""
    refuse_labels(network)
    if any(isinstance(layer, Linear) for layer in network.net.layers):
        raise BadInput("these networks are fully connected: their features are no maps; take a model of convolutions")
    return hidden_layers(network)


def refuse_labels(network: Generator | Discriminator) -> None:
    """Raise BadInput for a network with classes."""
    if network.classes:
        raise BadInput(f"these networks are told a label ({network.classes} classes), which their features depend on")


def features(network: Generator | Discriminator, x: np.ndarray, device: str = "cpu") -> list[tuple[str, np.ndarray]]:
    """The features of each hidden layer, the first one first, each with the text of its layer.

    x is z (N, latent) for a generator, images (N, S, S, C) from −1 to 1 for a discriminator.  Features of convolutions
    are maps (N, H, W, channels), after batch norm (by running statistics) and activation; others are (N, numbers).
    Raises BadInput for networks that are told a label.
    """
    refuse_labels(network)
    where = hidden_layers(network)
    pieces: dict[int, list[np.ndarray]] = {i: [] for i in where}
    with inference(network):
        for piece in batches(network, x, device):
            for i, layer in enumerate(network.net.layers[: where[-1] + 1]):
                piece = layer(piece)
                if i in pieces:
                    pieces[i].append(piece.numpy())
    return [(f"{i}: {network.net.layers[i]!r}", np.concatenate(pieces[i])) for i in where]


def batches(network: Generator | Discriminator, x: np.ndarray, device: str) -> Iterator[Tensor]:
    """x in pieces, as the first layer takes them, on the device."""
    dtype = network.parameters()[0].dtype
    for start in range(0, len(x), BATCH):
        piece = Tensor(to_device(x[start : start + BATCH].astype(dtype, copy=False), device))
        yield piece.reshape(len(piece), 1, 1, -1) if isinstance(network, Generator) else piece

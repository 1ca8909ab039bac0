"""The hidden layers of a network, and their features."""

import numpy as np

from ..errors import BadInput
from ..gan import Discriminator, Generator
from ..gan.models import Network
from ..gan.networks import refuse_packs
from ..nn import Conv2d, LeakyReLU, Linear, Module, Sigmoid, SpectralNorm, Tanh
from ..nn.inference import in_batches
from ..tensor import Tensor

BATCH = 256  # inputs per batch


def is_activation(layer: Module) -> bool:
    """Whether a layer is an activation function."""
    return isinstance(layer, LeakyReLU | Tanh | Sigmoid)  # a ReLU is a LeakyReLU of slope 0


def hidden_layers(network: Network) -> list[int]:
    """The indices in `network.net.layers` of the activations of all hidden layers.

    The output layer, G's image or D's logit, is not included.  Raises BadInput for networks that are not built from
    layers as the package's are.
    """
    check_layers_are_known(network)
    layers = network.net.layers
    last = max(i for i, layer in enumerate(layers) if isinstance(layer, Conv2d | Linear | SpectralNorm))
    return [i for i, layer in enumerate(layers[:last]) if is_activation(layer)]


def hidden_maps(network: Network) -> list[int]:
    """`hidden_layers` of a convolutional network without classes.  Raises BadInput for other networks."""
    check_layers_are_known(network)
    refuse_labels(network)
    refuse_packs(network)
    if any(isinstance(layer, Linear) for layer in network.net.layers):
        raise BadInput("these networks are fully connected and have no feature maps; use a convolutional model")
    return hidden_layers(network)


def check_layers_are_known(network: Network) -> None:
    """Raise BadInput for networks that are not built from layers as the package's are."""
    if not isinstance(network, Generator | Discriminator):
        raise BadInput(
            f"{type(network).__name__} is your own network, and this experiment needs its layers: derive it from "
            "minigan.gan.Generator or Discriminator, with the layers in `net`, a Sequential"
        )


def refuse_labels(network: Network) -> None:
    """Raise BadInput for a network with classes."""
    if network.classes:
        raise BadInput(f"these networks are conditional ({network.classes} classes): features depend on the label")


def features(network: Network, x: np.ndarray, device: str = "cpu") -> list[tuple[str, np.ndarray]]:
    """The name and the features of each hidden layer, in order; names are from `layer_name`.

    x is z (N, latent) for a generator, images (N, H, W, C) from −1 to 1 for a discriminator; the network is on
    `device`.  Features are after batch norm (with running statistics) and activation: maps (N, H, W, channels) for
    convolutions, else (N, units).  Raises BadInput for conditional networks.
    """
    refuse_labels(network)
    layers, where = network.net.layers, hidden_layers(network)

    def hidden(piece: Tensor) -> list[Tensor]:
        piece, found = prepare_input(network, piece), []
        for i, layer in enumerate(layers[: where[-1] + 1]):
            piece = layer(piece)
            if i in where:
                found.append(piece)
        return found

    arrays = in_batches(network, hidden, x, device=device, batch_size=BATCH)
    return [(layer_name(network, i), array) for i, array in zip(where, arrays)]


def layer_name(network: Network, i: int) -> str:
    """The index of a hidden layer's activation, and the `repr` of the layer before it and of the activation."""
    before, activation = network.net.layers[i - 1], network.net.layers[i]
    return f"{i}: {before!r}, {activation!r}"


def prepare_input(network: Network, x: Tensor) -> Tensor:
    """x as input of the first layer: in the network's dtype, and z as images of one pixel."""
    x = x.astype(network.parameters()[0].dtype)
    return x.reshape(len(x), 1, 1, -1) if isinstance(network, Generator) else x

"""Inside a network: where its hidden layers are, and their features."""

import numpy as np

from ..errors import BadInput
from ..gan import Discriminator, Generator
from ..gan.models import Network
from ..nn import Conv2d, LeakyReLU, Linear, Module, Sigmoid, Tanh
from ..nn.inference import in_batches
from ..tensor import Tensor

BATCH = 256  # inputs that go through a network at a time


def is_activation(layer: Module) -> bool:
    """Whether a layer is an activation."""
    return isinstance(layer, LeakyReLU | Tanh | Sigmoid)  # a ReLU is a LeakyReLU of slope 0


def hidden_layers(network: Network) -> list[int]:
    """Where in `network.net.layers` the features come out, in the order of the layers.

    That is after every activation but those that follow the last layer with weights: there G's image comes out, or D's
    logit.  Raises BadInput for networks that are not built of layers as the package's are.
    """
    check_layers_are_known(network)
    layers = network.net.layers
    last = max(i for i, layer in enumerate(layers) if isinstance(layer, Conv2d | Linear))
    return [i for i, layer in enumerate(layers[:last]) if is_activation(layer)]


def hidden_maps(network: Network) -> list[int]:
    """`hidden_layers` of a network of convolutions without classes.  Raises BadInput for others."""
    check_layers_are_known(network)
    refuse_labels(network)
    if any(isinstance(layer, Linear) for layer in network.net.layers):
        raise BadInput("these networks are fully connected: their features are no maps; take a model of convolutions")
    return hidden_layers(network)


def check_layers_are_known(network: Network) -> None:
    """Raise BadInput for networks that are not built of layers as the package's are."""
    if not isinstance(network, Generator | Discriminator):
        raise BadInput(
            f"{type(network).__name__} is a network of your own, and this needs to know its layers: let it be a "
            "minigan.gan.Generator or Discriminator, with the layers in `net`, a Sequential"
        )


def refuse_labels(network: Network) -> None:
    """Raise BadInput for a network with classes."""
    if network.classes:
        raise BadInput(f"these networks are told a label ({network.classes} classes), which their features depend on")


def features(network: Network, x: np.ndarray, device: str = "cpu") -> list[tuple[str, np.ndarray]]:
    """The features of each hidden layer, in the order of the layers, each with the `repr` of its layer.

    x is z (N, latent) for a generator, images (N, S, S, C) from −1 to 1 for a discriminator.  Features of convolutions
    are maps (N, H, W, channels), after batch norm (by running statistics) and activation; others are (N, numbers).
    Raises BadInput for networks that are told a label.
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
    """The number of a hidden layer's activation, and the text of what stands before it and of itself."""
    before, activation = network.net.layers[i - 1], network.net.layers[i]
    return f"{i}: {before!r}, {activation!r}"


def prepare_input(network: Network, x: Tensor) -> Tensor:
    """x as the first layer takes it: in the dtype of the network, and z as images of one pixel."""
    x = x.astype(network.parameters()[0].dtype)
    return x.reshape(len(x), 1, 1, -1) if isinstance(network, Generator) else x

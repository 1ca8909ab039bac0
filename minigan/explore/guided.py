"""Guided backpropagation: what in an image activates a unit of D (Springenberg et al. 2014, arXiv:1412.6806, §3.4).

It is the gradient of a unit with respect to the pixels, with one change: each activation function passes it on only
where both the gradient and the activation's input are positive.  The result shows the parts of the image that activate
the unit, without those that inhibit it.  Radford et al. 2016 use it in figure 5.
"""

import numpy as np

from .. import ops
from ..arrays.backend import to_device
from ..data import scale_images
from ..data.dataset import Images
from ..errors import BadInput, Progress, quiet
from ..gan import Builder, Config, build_networks
from ..gan.models import Network
from ..graph import no_grad
from ..nn import Module
from ..nn.inference import evaluation, in_batches
from ..tensor import Tensor, grad
from .layers import BATCH, hidden_maps, is_activation


def unit_maps(
    discriminator: Network, images: Images, device: str = "cpu", progress: Progress = quiet, layer: int = 0
) -> np.ndarray:
    """The feature maps of one of D's hidden layers for each image: float32 (N, h, w, units).

    A unit is a feature map; its value at one position is a neuron.  `layer` counts the hidden layers from 1, the one
    next to the image; 0 is the last.  images are uint8 (N, H, W, C), D must be on `device`.  Raises BadInput for fully
    connected or conditional networks, if there is no such layer, and for images of another size.
    """
    layers = layers_up_to(discriminator, layer)
    check_images(discriminator, images)

    def run(x: Tensor) -> Tensor:
        for layer in layers:
            x = layer(x)
        return x

    (maps,) = in_batches(
        discriminator,
        run,
        images,
        device=device,
        batch_size=BATCH,
        prepare=scale_images,
        progress=progress,
        what="computing D's features",
    )
    return maps


def unit_responses(discriminator: Network, images: Images, device: str = "cpu") -> np.ndarray:
    """The response of each unit to each image, the maximum of its map: float32 (N, units).  As for `unit_maps`."""
    return unit_maps(discriminator, images, device).max(axis=(1, 2))


def guided_gradients(
    discriminator: Network, images: np.ndarray, unit: int, device: str = "cpu", layer: int = 0
) -> np.ndarray:
    """The guided gradient of a unit of one of D's hidden layers with respect to each image: float32 (N, H, W, C).

    It is the gradient of the unit's maximum, at one position of its map.  images are uint8 (N, H, W, C), D must be on
    `device`; it runs in evaluation mode.  `layer` and errors as for `unit_maps`.
    """
    layers = layers_up_to(discriminator, layer)
    check_images(discriminator, images)
    x = Tensor(to_device(scale_images(images), device))
    steps: list[tuple[Tensor, Tensor]] = []  # input and output of each layer
    with evaluation(discriminator), discriminator.frozen():
        for module in layers:
            leaf = Tensor(x.data, requires_grad=True)  # so that each has its own graph
            x = module(leaf)
            steps.append((leaf, x))
        gradient = Tensor(to_device(one_hot_at_maximum(x.numpy(), unit), device))
        for module, (before, after) in zip(layers[::-1], steps[::-1]):
            if is_activation(module):
                active = Tensor((after.data > 0).astype(after.dtype))
                gradient = ops.relu(gradient) * active
            (gradient,) = grad(after, [before], gradient)
    return gradient.numpy()


def strongest_units(responses: np.ndarray, count: int, each: int) -> np.ndarray:
    """The `count` units with the strongest responses, the strongest first: (count,).

    `responses` (N, units) are from `unit_responses`.  The strength of a unit is the mean of its `each` largest.
    """
    strength = np.sort(responses, axis=0)[-each:].mean(axis=0)
    return np.argsort(-strength, kind="stable")[:count]


def untrained_discriminator(
    config: Config, images: Images, seed: int, device: str = "cpu", networks: Builder | None = None
) -> Network:
    """A D with random weights: the initial one of a run with this configuration and `seed`.

    For a fair comparison, batch norm gets running statistics of the images, uint8 (N, H, W, C): the first of them, up
    to 50 batches of 64, are passed through D in training mode.  Raises BadInput for images of another size.
    """
    _, discriminator = build_networks(config, np.random.default_rng(seed), networks)
    check_images(discriminator, images)
    discriminator.to(device)
    with no_grad():
        for start in range(0, min(images.shape[0], 50 * 64) - 1, 64):
            discriminator(Tensor(to_device(scale_images(images[start : start + 64]), device)))
    return discriminator


def one_hot_at_maximum(maps: np.ndarray, unit: int) -> np.ndarray:
    """An array with the shape of maps (N, h, w, C): 1 at the maximum of each image's map `unit`, and 0 elsewhere."""
    result = np.zeros_like(maps)
    where = maps[..., unit].reshape(len(maps), -1).argmax(axis=1)
    result.reshape(len(maps), -1, maps.shape[-1])[np.arange(len(maps)), where, unit] = 1.0
    return result


def layers_up_to(discriminator: Network, layer: int) -> list[Module]:
    """D's layers up to a hidden layer's activation; `layer` as for `unit_maps`.

    Raises BadInput for fully connected or conditional networks, and if there is no such layer.
    """
    hidden = hidden_maps(discriminator)
    if not 0 <= layer <= len(hidden):
        raise BadInput(f"expected one of D's {len(hidden)} hidden layers, 1 next to the image, got {layer}")
    return discriminator.net.layers[: hidden[layer - 1] + 1]


def check_images(discriminator: Network, images: Images) -> None:
    """Raise BadInput unless the images have D's size and channels."""
    if images.shape[1:] != discriminator.image:
        expected, got = ("×".join(map(str, shape)) for shape in (discriminator.image, images.shape[1:]))
        raise BadInput(f"these networks expected images of {expected}, got {got}")

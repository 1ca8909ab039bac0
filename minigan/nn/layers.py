"""Layers with weights, activations, and `Sequential`, which applies layers in order.

Weights are drawn from the Generator `rng` by `init` (`he_normal` by default); biases start at zero.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import ops
from ..arrays.backend import Array
from ..group import Group
from ..ops.geometry import Padding
from ..ops.normalization import batch_norm_node
from ..ops.windows import Ints, pair
from ..tensor import Tensor, check_tensors, ints
from .init import Initializer, checked, he_normal, normal
from .module import Module, Parameter


class Linear(Module):
    """y = x W + b: (N, inputs) → (N, outputs)."""

    def __init__(
        self, inputs: int, outputs: int, *, rng: np.random.Generator, bias: bool = True, init: Initializer = he_normal
    ):
        self.weight = drawn(init, rng, (inputs, outputs))
        self.bias = Parameter(np.zeros(outputs, np.float32)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        check_tensors("Linear", x)
        if x.ndim != 2 or x.shape[1] != self.weight.shape[0]:
            raise ValueError(f"Linear expected shape (N, {self.weight.shape[0]}), got {x.shape}")
        y = x @ self.weight
        return y if self.bias is None else y + self.bias

    def __repr__(self) -> str:
        return f"Linear({self.weight.shape[0]} → {self.weight.shape[1]}, bias={self.bias is not None})"


class Conv2d(Module):
    """Convolution of images (N, H, W, C_in) to (N, h, w, C_out); see `minigan.ops.conv2d`."""

    transposed = False

    def __init__(
        self, channels_in: int, channels_out: int, kernel: Ints, *, rng: np.random.Generator, stride: Ints = 1,
        padding: Padding = 0, dilation: Ints = 1, groups: int = 1, bias: bool = True, init: Initializer = he_normal,
    ):  # fmt: skip
        self.stride, self.padding, self.kernel, self.dilation = pair(stride), padding, pair(kernel), pair(dilation)
        if not isinstance(padding, str) and not isinstance(padding, (tuple, list)):
            self.padding = pair(padding)
        self.groups, self.channels = groups, (channels_in, channels_out)
        if groups < 1 or channels_in % groups or channels_out % groups:
            raise ValueError(f"{type(self).__name__} expected groups that divide {self.channels}, got {groups}")
        first, second = (channels_out, channels_in) if self.transposed else (channels_in, channels_out)
        self.weight = drawn(init, rng, (*self.kernel, first // groups, second))
        self.bias = Parameter(np.zeros(channels_out, np.float32)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        return self.activated(x, 1.0)

    def activated(self, x: Tensor, slope: float) -> Tensor:
        """The layer followed by a LeakyReLU of this slope; the bias and the activation are one op."""
        check_tensors(type(self).__name__, x)
        if x.ndim != 4 or x.shape[3] != self.channels[0]:
            raise ValueError(
                f"{type(self).__name__} expected {self.channels[0]} input channels (axis 3), got shape {x.shape}"
            )
        y = self.convolve(x)
        if self.bias is not None:
            return ops.add_bias(y, self.bias, slope)
        return y if slope == 1 else ops.leaky_relu(y, slope)

    def convolve(self, x: Tensor) -> Tensor:
        return ops.conv2d(x, self.weight, self.stride, self.padding, self.dilation, self.groups)

    def __repr__(self) -> str:
        rare = "" if self.dilation == (1, 1) else f"dilation={self.dilation}, "
        rare += "" if self.groups == 1 else f"groups={self.groups}, "
        return (
            f"{type(self).__name__}({self.channels[0]} → {self.channels[1]}, kernel={self.kernel}, "
            f"stride={self.stride}, padding={self.padding}, {rare}bias={self.bias is not None})"
        )


class ConvTranspose2d(Conv2d):
    """Transposed convolution of (N, h, w, C_in) to (N, H, W, C_out); see `minigan.ops.conv_transpose2d`.

    It holds the kernel (kh, kw, C_out / groups, C_in) of the convolution that it transposes.
    """

    transposed = True

    def __init__(self, channels_in: int, channels_out: int, kernel: Ints, *, output_padding: Ints = 0, **settings: Any):
        super().__init__(channels_in, channels_out, kernel, **settings)
        self.padding, self.output_padding = pair(self.padding), pair(output_padding)  # type: ignore[arg-type]

    def convolve(self, x: Tensor) -> Tensor:
        padding = pair(self.padding)  # type: ignore[arg-type]  # checked when it was made
        return ops.conv_transpose2d(
            x, self.weight, self.stride, padding, self.output_padding, self.dilation, self.groups
        )


class BatchNorm2d(Module):
    """Batch normalisation per channel, of (N, H, W, C) or (N, C) (Ioffe & Szegedy 2015).

    In training it uses the statistics of the batch; in evaluation the running ones, which each training batch updates:
    r ← (1 − momentum) r + momentum · new, where `new` for the variance is the unbiased estimate.
    Scale starts at N(1, 0.02²), as in the code of DCGAN's authors, shift at 0.

    Where several processes have a share of the batch each, `group` is set, and statistics are those of all of it.
    """

    def __init__(self, channels: int, *, rng: np.random.Generator, momentum: float = 0.1, epsilon: float = 1e-5):
        self.momentum, self.epsilon = momentum, epsilon
        self.group: Group | None = None
        self.scale = drawn(normal(1.0, 0.02), rng, (channels,))
        self.shift = Parameter(np.zeros(channels, np.float32))
        self.running_mean = Tensor(np.zeros(channels, np.float32))
        self.running_variance = Tensor(np.ones(channels, np.float32))

    def forward(self, x: Tensor) -> Tensor:
        return self.activated(x, 1.0)

    def activated(self, x: Tensor, slope: float) -> Tensor:
        """The layer followed by a LeakyReLU of this slope, in training as one op."""
        check_tensors("BatchNorm2d", x)
        if x.ndim not in (2, 4) or x.shape[-1] != self.scale.size:
            raise ValueError(f"BatchNorm2d expected {self.scale.size} channels (last axis), got shape {x.shape}")
        if not self.training:
            y = ops.normalize(x, self.running_mean, self.running_variance, self.scale, self.shift, self.epsilon)
            return y if slope == 1 else ops.leaky_relu(y, slope)
        node, y = batch_norm_node(x, self.scale, self.shift, self.epsilon, slope, self.group)
        count = x.size // x.shape[-1] * node.processes
        _update(self.running_mean, node.mean, self.momentum)
        _update(self.running_variance, node.variance * (count / (count - 1)), self.momentum)
        return y

    def __repr__(self) -> str:
        return f"BatchNorm2d({self.scale.size})"


def drawn(init: Initializer, rng: np.random.Generator, shape: tuple[int, ...]) -> Parameter:
    """A Parameter with the initial values of a layer; TypeError or ValueError for a wrong `rng` or size."""
    if min(ints("a layer", shape)) < 1:
        raise ValueError(f"a layer expected sizes of at least 1, got weights of shape {shape}")
    return Parameter(init(checked(rng), shape))


def _update(running: Tensor, new: Array, momentum: float) -> None:
    """running ← (1 − momentum) running + momentum · new, in place."""
    running.data *= 1.0 - momentum
    running.data += momentum * new


class LeakyReLU(Module):
    """x where positive, slope · x elsewhere."""

    def __init__(self, slope: float = 0.2):
        self.slope = slope

    def forward(self, x: Tensor) -> Tensor:
        return ops.leaky_relu(x, self.slope)

    def __repr__(self) -> str:
        return f"LeakyReLU({self.slope})"


class ReLU(LeakyReLU):
    """max(x, 0)."""

    def __init__(self) -> None:
        super().__init__(0.0)

    def __repr__(self) -> str:
        return "ReLU()"


class Tanh(Module):
    """Hyperbolic tangent."""

    def forward(self, x: Tensor) -> Tensor:
        return ops.tanh(x)


class Sigmoid(Module):
    """1 / (1 + e⁻ˣ)."""

    def forward(self, x: Tensor) -> Tensor:
        return ops.sigmoid(x)


class Sequential(Module):
    """Layers applied in order.

    A batch norm, or a convolution's bias, and the ReLU or LeakyReLU that follows it are computed as one op: the result
    is the same to the last bit, in fewer passes over memory.
    """

    def __init__(self, *layers: Module):
        if len(layers) == 1 and isinstance(layers[0], (list, tuple)):
            layers = tuple(layers[0])
        for layer in layers:
            if not isinstance(layer, Module):
                hint = f"; write {layer.__name__}(…)" if isinstance(layer, type) else ""
                raise TypeError(f"Sequential expected modules, got {layer!r}{hint}")
        self.layers = list(layers)

    def __getitem__(self, index: Any) -> Any:
        """The layer at an index; a Sequential of the layers of a slice."""
        return Sequential(*self.layers[index]) if isinstance(index, slice) else self.layers[index]

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Module]:
        return iter(self.layers)

    def forward(self, x: Tensor) -> Tensor:
        for layer, slope in self.stages():
            x = layer(x) if slope is None else layer.activated(x, slope)
        return x

    def stages(self) -> Iterator[tuple[Any, float | None]]:
        """Each layer in turn, and the slope of the activation after it where both are computed as one op (else None).

        This is done only for exactly the classes in `FUSED`: a subclass may compute something else.
        """
        rest = list(self.layers)
        while rest:
            layer = rest.pop(0)
            after = rest[0] if rest else None
            if type(layer) in FUSED and isinstance(after, LeakyReLU) and type(after) in (ReLU, LeakyReLU):
                rest.pop(0)
                yield layer, after.slope
            else:
                yield layer, None


FUSED = (BatchNorm2d, Conv2d, ConvTranspose2d)

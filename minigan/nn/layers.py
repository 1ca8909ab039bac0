"""Layers with weights, and `Sequential`, which applies layers in order.

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
from .activations import LeakyReLU, ReLU
from .init import Initializer, checked, he_normal, normal
from .module import Module, Parameter


class Linear(Module):
    """y = x W + b: (N, inputs) → (N, outputs).

    `weight` is W (inputs, outputs), `bias` is b (outputs,), or None without `bias`.  Initial weights are drawn from
    `rng` by `init`, by default `he_normal`; biases start at 0.  Raises ValueError for a size below 1, and for an input
    of another shape; TypeError if `rng` is no NumPy Generator.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan import Tensor, nn
    >>> layer = nn.Linear(3, 2, rng=np.random.default_rng(0))
    >>> layer
    Linear(3 → 2, bias=True)
    >>> layer(Tensor(np.ones((5, 3), np.float32))).shape
    (5, 2)
    """

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
    """Convolution of images (N, H, W, C_in) to (N, h, w, C_out); see `minigan.ops.conv2d`.

    `weight` is the kernel (kh, kw, C_in / groups, C_out), `bias` is (C_out,), or None without `bias`.  `kernel`,
    `stride`, `padding` and `dilation` are ints or (vertical, horizontal).  Initial weights are drawn from `rng` by
    `init`, by default `he_normal`; biases start at 0.  Raises ValueError for a size below 1, for groups that do not
    divide the channels, and for images of another shape; TypeError if `rng` is no NumPy Generator.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan import Tensor, nn
    >>> layer = nn.Conv2d(3, 16, 4, stride=2, padding=1, rng=np.random.default_rng(0))
    >>> layer(Tensor(np.zeros((8, 32, 32, 3), np.float32))).shape
    (8, 16, 16, 16)
    """

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
        """The layer followed by a LeakyReLU of this slope; the bias and the activation are one op.

        Raises ValueError for images of another shape.
        """
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
        """The layer without its bias."""
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

    It holds the kernel (kh, kw, C_out / groups, C_in) of the convolution that it transposes.  `settings` are those of
    `Conv2d`, and `padding` is a number or a pair.  Raises what `Conv2d` raises.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan import Tensor, nn
    >>> layer = nn.ConvTranspose2d(16, 3, 4, stride=2, padding=1, rng=np.random.default_rng(0))
    >>> layer(Tensor(np.zeros((8, 16, 16, 16), np.float32))).shape
    (8, 32, 32, 3)
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
    """Batch normalisation per channel, of (N, H, W, C) or (N, C) (Ioffe & Szegedy 2015, arXiv:1502.03167).

    In training it uses the statistics of the batch; in evaluation the running ones, which each training batch updates:
    r ← (1 − momentum) r + momentum · new, where `new` for the variance is the unbiased estimate.
    Scale starts at N(1, 0.02²), as in the code of DCGAN's authors, shift at 0.

    Where several processes have a share of the batch each, `group` is set, and statistics are those of all of it.

    Raises ValueError for an input with another number of channels or, in training, a single value per channel.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan import Tensor, nn
    >>> layer = nn.BatchNorm2d(1, rng=np.random.default_rng(0))
    >>> y = layer(Tensor([[10.0], [20.0], [30.0]]))
    >>> layer.running_mean, layer.running_variance
    (Tensor([2.], shape=(1,), dtype=float32), Tensor([10.9], shape=(1,), dtype=float32))
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
        """The layer followed by a LeakyReLU of this slope, in training as one op.

        Raises ValueError for an input with another number of channels.
        """
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


class Sequential(Module):
    """Layers applied in order.

    A batch norm, or a convolution's bias, and the ReLU or LeakyReLU that follows it are computed as one op: the result
    is the same to the last bit, in fewer passes over memory.

    The layers are given one by one, or in one list.  Raises TypeError for what is no Module.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan import nn
    >>> rng = np.random.default_rng(0)
    >>> net = nn.Sequential(nn.Linear(4, 8, rng=rng), nn.ReLU(), nn.Linear(8, 1, rng=rng))
    >>> net
    Sequential(
      layers.0: Linear(4 → 8, bias=True)
      layers.1: ReLU()
      layers.2: Linear(8 → 1, bias=True)
    )
    >>> [name for name, p in net.named_parameters()]
    ['layers.0.weight', 'layers.0.bias', 'layers.2.weight', 'layers.2.bias']
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

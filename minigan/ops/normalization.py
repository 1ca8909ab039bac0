"""Per channel: a bias, and batch normalisation (Ioffe & Szegedy 2015), each with the activation that may follow it."""

from ..arrays.backend import Array, kernel, namespace
from ..arrays.layout import along_row, cache_blocks, channel_sums, from_pixel_rows, pixel_rows
from ..group import Group
from ..tensor import Fused, Op, Tensor, check_tensors
from .activation import leaky_relu, slope_times
from .elementwise import sqrt


class Bias(Fused):
    """y = f(x + b)        ∂L/∂x = g,  ∂L/∂b = Σ g over all axes but the last,  g = ∂L/∂y · f′

    The activation is f(u) = u if u > 0 else slope · u: slope 1 is the bias alone, 0 adds a ReLU, 0.2 a LeakyReLU.
    """

    keeps = ("y",)
    reads_inputs = False

    def __init__(self, slope: float = 1.0):
        self.slope = float(slope)

    def forward(self, x: Array, b: Array) -> Array:
        if run := kernel("bias", x):
            return run(self, x, b)
        xp, rows = namespace(x), pixel_rows(x)
        self.y, shift = xp.empty_like(rows), along_row(b, rows)
        for block in cache_blocks(rows):
            activate(xp.add(rows[block], shift, out=self.y[block]), self.slope)
        return from_pixel_rows(self.y, x.shape)

    def gradient(self, grad: Array) -> tuple[Array | None, ...]:
        if run := kernel("bias_gradient", grad):
            return run(self, grad)
        rows, sum_g = pixel_rows(grad), 0.0
        dx = namespace(grad).empty_like(rows)
        for block in cache_blocks(rows):
            g = slope_times(rows[block], self.y[block], self.slope, out=dx[block])
            if self.needs[1]:
                sum_g = sum_g + channel_sums(g, grad.shape[-1])
        return from_pixel_rows(dx, grad.shape) if self.needs[0] else None, sum_g if self.needs[1] else None

    def definition(self, x: Tensor, b: Tensor) -> Tensor:
        return leaky_relu(x + b, self.slope)


class BatchNorm(Fused):
    """y = f(γ x̂ + β),  x̂ = (x − μ)/√(σ² + ε)        ∂L/∂x = γ/√(σ² + ε) · (g − mean(g) − x̂ mean(g x̂))

    Mean μ and variance σ² (the biased one) are taken per channel, over all axes but the last (algorithm 1).
    The activation is f(u) = u if u > 0 else slope · u: slope 1 is batch norm alone, 0 adds a ReLU, 0.2 a LeakyReLU.
    g = ∂L/∂y · f′ is the gradient with respect to the input of f; ∂L/∂γ = Σ g x̂ and ∂L/∂β = Σ g.
    """

    keeps = ("centred", "y", "inverse_std", "mean", "variance")

    # With a `group` of processes that each have a share of the batch, means are those of the whole batch, and L is the
    # sum of the processes' losses; ∂L/∂γ and ∂L/∂β are still this process' part of the sums.
    def __init__(self, epsilon: float, slope: float = 1.0, group: Group | None = None):
        self.epsilon, self.slope = float(epsilon), float(slope)  # a NumPy number would promote float32
        self.group = group

    @property
    def processes(self) -> int:
        """How many have a share of the batch."""
        return self.group.size if self.group else 1

    def of_whole_batch(self, mean: Array, variance: Array) -> tuple[Array, Array]:
        """Mean and variance of the whole batch, from those of each share (Chan, Golub & LeVeque 1983)."""
        if self.group is None:
            return mean, variance
        means, variances = self.group.gather(namespace(mean).stack([mean, variance])).swapaxes(0, 1)
        mean = means.mean(0)
        return mean, variances.mean(0) + ((means - mean) ** 2).mean(0)

    def sums_of_whole_batch(self, sum_g: Array, sum_gx: Array) -> tuple[Array, Array]:
        """Σ g and Σ g x̂ over the whole batch, from those of this share."""
        if self.group is None:
            return sum_g, sum_gx
        return tuple(self.group.gather(namespace(sum_g).stack([sum_g, sum_gx])).sum(0))

    def forward(self, x: Array, scale: Array, shift: Array) -> Array:
        if run := kernel("batch_norm", x):
            return run(self, x, scale, shift)
        xp, rows, channels = namespace(x), pixel_rows(x), x.shape[-1]
        count = x.size // channels
        self.mean = channel_sums(rows, channels) * (1 / count)
        self.centred, self.y = xp.empty_like(rows), xp.empty_like(rows)

        mean, squares = along_row(self.mean, rows), 0.0
        for block in cache_blocks(rows):
            # The mean is subtracted first, because E[x²] − μ² would lose digits.
            centred = xp.subtract(rows[block], mean, out=self.centred[block])
            squares = squares + channel_sums(centred * centred, channels)
        whole_mean, self.variance = self.of_whole_batch(self.mean, squares * (1 / count))
        if self.group:
            correction, self.mean = along_row(self.mean - whole_mean, rows), whole_mean
            for block in cache_blocks(rows):
                self.centred[block] += correction
        self.inverse_std = 1.0 / xp.sqrt(self.variance + self.epsilon)

        factor, shift = along_row(scale * self.inverse_std, rows), along_row(shift, rows)
        for block in cache_blocks(rows):
            y = xp.multiply(self.centred[block], factor, out=self.y[block])
            y += shift
            activate(y, self.slope)
        return from_pixel_rows(self.y, x.shape)

    def gradient(self, grad: Array) -> tuple[Array | None, ...]:
        if run := kernel("batch_norm_gradient", grad):
            return run(self, grad)
        xp, rows, channels = namespace(grad), pixel_rows(grad), grad.shape[-1]
        count, scale = grad.size // channels, self.inputs[1].data
        dx, sum_g, sum_gx = xp.empty_like(rows), 0.0, 0.0
        for block in cache_blocks(rows):
            g = slope_times(rows[block], self.y[block], self.slope, out=dx[block])
            sum_g = sum_g + channel_sums(g, channels)
            sum_gx = sum_gx + channel_sums(g * self.centred[block], channels)
        sum_gx = sum_gx * self.inverse_std  # Σ g x̂
        if self.needs[0]:
            outer, count = scale * self.inverse_std, count * self.processes
            whole_g, whole_gx = self.sums_of_whole_batch(sum_g, sum_gx)
            factor = along_row(outer, rows)
            factor_x = along_row(outer * self.inverse_std * whole_gx * (-1 / count), rows)
            offset = along_row(outer * whole_g * (-1 / count), rows)
            for block in cache_blocks(rows):
                g = dx[block]
                g *= factor
                g += self.centred[block] * factor_x
                g += offset
        gradients = from_pixel_rows(dx, grad.shape), sum_gx, sum_g
        return tuple(g if need else None for g, need in zip(gradients, self.needs))

    def over_processes(self, mean: Tensor) -> Tensor:
        """The mean over the whole batch, from that over this share."""
        return MeanOverProcesses(self.group)(mean) if self.group else mean

    def definition(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        axes = tuple(range(x.ndim - 1))
        centred = x - self.over_processes(x.mean(axes))
        variance = self.over_processes((centred * centred).mean(axes))
        return leaky_relu(centred / sqrt(variance + self.epsilon) * scale + shift, self.slope)


class MeanOverProcesses(Op):
    """y = 1/P Σₚ xₚ over P processes        ∂L/∂x = 1/P Σₚ ∂L/∂yₚ, where L is the sum of all processes' losses"""

    def __init__(self, group: Group):
        self.group = group

    def forward(self, x: Array) -> Array:
        return self.group.mean(x)

    def backward(self, grad: Tensor) -> Tensor:
        return MeanOverProcesses(self.group)(grad)


def activate(u: Array, slope: float) -> None:
    """u where u > 0, slope · u elsewhere, in place."""
    xp = namespace(u)
    if slope != 1:
        xp.maximum(u, u * slope if slope else xp.zeros_like(u[:1]), out=u)  # a row of zeros is faster than a number


def add_bias(x: Tensor, bias: Tensor, slope: float = 1.0) -> Tensor:
    """Add one number to each channel (the last axis): x is (N, C) or (N, H, W, C), bias (C,).

    A `slope` below 1 adds a LeakyReLU of that slope (0: ReLU) in the same passes over memory, which is faster.  Raises
    ValueError for other shapes, or a slope that is not from 0 to 1.
    """
    _check("add_bias", x, slope, bias)
    return Bias(slope)(x, bias)


def batch_norm(x: Tensor, scale: Tensor, shift: Tensor, epsilon: float = 1e-5, slope: float = 1.0) -> Tensor:
    """Normalise every channel (the last axis) by the statistics of this batch, then scale and shift.

    Ioffe & Szegedy 2015, arXiv:1502.03167, algorithm 1: x is (N, C) or (N, H, W, C), scale and shift are (C,).  A
    `slope` below 1 adds a LeakyReLU of that slope (0: ReLU) in the same passes over memory, which is faster.  Raises
    ValueError for other shapes, a slope that is not from 0 to 1, or a single value per channel.

    Examples
    --------
    >>> from minigan import Tensor, ops
    >>> x = Tensor([[1.0, 10.0], [3.0, 20.0], [5.0, 30.0]])
    >>> ops.batch_norm(x, scale=Tensor([1.0, 1.0]), shift=Tensor([0.0, 5.0]))
    Tensor([[-1.2247  3.7753]
            [ 0.      5.    ]
            [ 1.2247  6.2247]], shape=(3, 2), dtype=float32)
    """
    return batch_norm_node(x, scale, shift, epsilon, slope)[1]


def batch_norm_node(
    x: Tensor, scale: Tensor, shift: Tensor, epsilon: float, slope: float, group: Group | None = None
) -> tuple[BatchNorm, Tensor]:
    """The node of `batch_norm`, which has the `mean` and `variance` of the batch, and its output.

    With a `group`, x is this process' share of a batch, and the statistics are those of all of it.
    """
    _check("batch_norm", x, slope, scale, shift)
    node = BatchNorm(epsilon, slope, group)
    if x.size * node.processes < 2 * x.shape[-1]:
        raise ValueError(f"batch_norm expected more than one value per channel in training, got shape {x.shape}")
    return node, node(x, scale, shift)


def normalize(x: Tensor, mean: Tensor, variance: Tensor, scale: Tensor, shift: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Normalise with given statistics (in evaluation the running ones), so that no image depends on the others.

    x is (N, C) or (N, H, W, C), all others are (C,): (x − mean)/√(variance + epsilon) · scale + shift.
    """
    factor = scale / sqrt(variance + epsilon)
    return x * factor + (shift - mean * factor)


def _check(name: str, x: Tensor, slope: float, *per_channel: Tensor) -> None:
    check_tensors(name, x, *per_channel)
    if x.ndim not in (2, 4) or any(p.shape != x.shape[-1:] for p in per_channel):
        shapes = ", ".join(str(p.shape) for p in per_channel)
        raise ValueError(f"{name} expected (N, C) or (N, H, W, C) and a number per channel, got {x.shape}, {shapes}")
    if not 0 <= slope <= 1:
        raise ValueError(f"{name} expected a slope from 0 to 1, got {slope}")

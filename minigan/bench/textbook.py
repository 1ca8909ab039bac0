"""The same training step as in most tutorials: plain im2col in NumPy, images (N, C, H, W), not optimised.

Only the benchmark uses it, for the rows "textbook".  It runs in float32, like the others, and in float64, NumPy's
default.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ..gan import Config
from ..gan.networks import stages


def im2col(x: np.ndarray, k: int, stride: int, pad: int) -> np.ndarray:
    n, c, height, width = x.shape
    h, w = (height + 2 * pad - k) // stride + 1, (width + 2 * pad - k) // stride + 1
    image = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    columns = np.zeros((n, c, k, k, h, w), x.dtype)
    for i in range(k):
        for j in range(k):
            columns[:, :, i, j] = image[:, :, i : i + stride * h : stride, j : j + stride * w : stride]
    return columns.transpose(0, 4, 5, 1, 2, 3).reshape(n * h * w, -1)


def col2im(columns: np.ndarray, shape: tuple[int, ...], k: int, stride: int, pad: int) -> np.ndarray:
    n, c, height, width = shape
    h, w = (height + 2 * pad - k) // stride + 1, (width + 2 * pad - k) // stride + 1
    columns = columns.reshape(n, h, w, c, k, k).transpose(0, 3, 4, 5, 1, 2)
    image = np.zeros((n, c, height + 2 * pad, width + 2 * pad), columns.dtype)
    for i in range(k):
        for j in range(k):
            image[:, :, i : i + stride * h : stride, j : j + stride * w : stride] += columns[:, :, i, j]
    return image[:, :, pad : height + pad, pad : width + pad]


def rows(x: np.ndarray) -> np.ndarray:
    return x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1])


def from_rows(matrix: np.ndarray, n: int, h: int, w: int) -> np.ndarray:
    return matrix.reshape(n, h, w, -1).transpose(0, 3, 1, 2)


class Layer:
    """A layer keeps what `backward` needs in attributes; `grads` are the gradients of `params`, in the same order."""

    grads: Sequence[np.ndarray] = ()

    @property
    def params(self) -> list[np.ndarray]:
        return []

    def forward(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def backward(self, g: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def to(self, dtype: type) -> None:
        for name, x in vars(self).items():
            if isinstance(x, np.ndarray):
                setattr(self, name, x.astype(dtype))


class Conv(Layer):
    def __init__(self, rng: np.random.Generator, c_in: int, c_out: int, k: int, stride: int, pad: int) -> None:
        self.w = rng.normal(0, 0.02, (c_out, c_in, k, k))
        self.b = np.zeros(c_out)
        self.settings = k, stride, pad

    def forward(self, x: np.ndarray) -> np.ndarray:
        k, stride, pad = self.settings
        self.shape, self.columns = x.shape, im2col(x, k, stride, pad)
        h = (x.shape[2] + 2 * pad - k) // stride + 1
        return from_rows(self.columns @ self.w.reshape(len(self.w), -1).T + self.b, len(x), h, h)

    def backward(self, g: np.ndarray) -> np.ndarray:
        g = rows(g)
        self.grads = [(g.T @ self.columns).reshape(self.w.shape), g.sum(axis=0)]
        return col2im(g @ self.w.reshape(len(self.w), -1), self.shape, *self.settings)

    @property
    def params(self) -> list[np.ndarray]:
        return [self.w, self.b]


class ConvTranspose(Conv):
    def __init__(self, rng: np.random.Generator, c_in: int, c_out: int, k: int, stride: int, pad: int) -> None:
        super().__init__(rng, c_out, c_in, k, stride, pad)
        self.b = np.zeros(c_out)

    def forward(self, x: np.ndarray) -> np.ndarray:
        k, stride, pad = self.settings
        n, _, h, w = x.shape
        self.x = x
        shape = (n, self.w.shape[1], stride * (h - 1) + k - 2 * pad, stride * (w - 1) + k - 2 * pad)
        return col2im(rows(x) @ self.w.reshape(len(self.w), -1), shape, *self.settings) + self.b.reshape(1, -1, 1, 1)

    def backward(self, g: np.ndarray) -> np.ndarray:
        columns = im2col(g, *self.settings)
        self.grads = [(rows(self.x).T @ columns).reshape(self.w.shape), g.sum(axis=(0, 2, 3))]
        n, _, h, w = self.x.shape
        return from_rows(columns @ self.w.reshape(len(self.w), -1).T, n, h, w)


class BatchNorm(Layer):
    def __init__(self, channels: int) -> None:
        self.scale, self.shift = np.ones((1, channels, 1, 1)), np.zeros((1, channels, 1, 1))

    @property
    def params(self) -> list[np.ndarray]:
        return [self.scale, self.shift]

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.std = np.sqrt(x.var(axis=(0, 2, 3), keepdims=True) + 1e-5)
        self.x_hat = (x - x.mean(axis=(0, 2, 3), keepdims=True)) / self.std
        return self.scale * self.x_hat + self.shift

    def backward(self, g: np.ndarray) -> np.ndarray:
        axes = (0, 2, 3)
        self.grads = [(g * self.x_hat).sum(axis=axes, keepdims=True), g.sum(axis=axes, keepdims=True)]
        d = g * self.scale
        mean_d, mean_dx = d.mean(axis=axes, keepdims=True), (d * self.x_hat).mean(axis=axes, keepdims=True)
        return (d - mean_d - self.x_hat * mean_dx) / self.std


class LeakyReLU(Layer):
    def __init__(self, slope: float) -> None:
        self.slope = slope

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.positive = x > 0
        return np.where(self.positive, x, self.slope * x)

    def backward(self, g: np.ndarray) -> np.ndarray:
        return np.where(self.positive, g, self.slope * g)


class Tanh(Layer):
    def forward(self, x: np.ndarray) -> np.ndarray:
        self.y = np.tanh(x)
        return self.y

    def backward(self, g: np.ndarray) -> np.ndarray:
        return g * (1 - self.y**2)


class Network:
    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = layers

    def forward(self, x: np.ndarray) -> np.ndarray:
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, g: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """∂L/∂input, and the gradients of all parameters."""
        for layer in reversed(self.layers):
            g = layer.backward(g)
        return g, [grad for layer in self.layers for grad in layer.grads]

    @property
    def params(self) -> list[np.ndarray]:
        return [p for layer in self.layers for p in layer.params]


class Adam:
    def __init__(self, params: list[np.ndarray], lr: float, beta1: float, beta2: float) -> None:
        self.params, self.lr, self.beta1, self.beta2, self.t = params, lr, beta1, beta2, 0
        self.m, self.v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]

    def step(self, grads: Sequence[np.ndarray]) -> None:
        self.t += 1
        for i, (p, g) in enumerate(zip(self.params, grads)):
            self.m[i] = self.beta1 * self.m[i] + (1 - self.beta1) * g
            self.v[i] = self.beta2 * self.v[i] + (1 - self.beta2) * g**2
            m_hat, v_hat = self.m[i] / (1 - self.beta1**self.t), self.v[i] / (1 - self.beta2**self.t)
            p -= self.lr * m_hat / (np.sqrt(v_hat) + 1e-8)


def networks(config: Config, rng: np.random.Generator, dtype: type = np.float32) -> tuple[Network, Network]:
    """Generator and discriminator with layers of the same shapes as ours."""
    (start, features), *rest = sizes = stages(config.image_size, config.width)
    up: list[Layer] = [ConvTranspose(rng, config.latent, features, start, 1, 0)]
    for _, fewer in [*rest, (0, config.channels)]:
        up += [BatchNorm(features), LeakyReLU(0.0), ConvTranspose(rng, features, fewer, 4, 2, 1)]
        features = fewer
    down: list[Layer] = []
    channels = config.channels
    for depth, (_, features) in enumerate(sizes[::-1]):
        down += [Conv(rng, channels, features, 4, 2, 1), *([BatchNorm(features)] if depth else []), LeakyReLU(0.2)]
        channels = features
    up.append(Tanh())
    down.append(Conv(rng, channels, 1, start, 1, 0))
    for layer in [*up, *down]:
        layer.to(dtype)
    return Network(up), Network(down)


def make_step(config: Config, dtype: type = np.float32) -> Callable[[], None]:
    """A function that takes one training step."""
    rng = np.random.default_rng(0)
    generator, discriminator = networks(config, rng, dtype)
    size, batch = config.image_size, config.batch_size
    real: np.ndarray = rng.uniform(-1, 1, (batch, config.channels, size, size)).astype(dtype)
    g_adam, d_adam = (Adam(net.params, config.lr, config.beta1, config.beta2) for net in (generator, discriminator))

    def loss_gradient(logits: np.ndarray, sign: int) -> np.ndarray:  # of the mean of softplus(sign · logits)
        return (sign / (1 + np.exp(-sign * logits)) / batch).astype(dtype)

    def step() -> None:
        fake = generator.forward(rng.standard_normal((batch, config.latent, 1, 1), dtype))
        _, grads_real = discriminator.backward(loss_gradient(discriminator.forward(real), -1))
        _, grads_fake = discriminator.backward(loss_gradient(discriminator.forward(fake), 1))
        d_adam.step([a + b for a, b in zip(grads_real, grads_fake)])
        g, _ = discriminator.backward(loss_gradient(discriminator.forward(fake), -1))
        _, grads = generator.backward(g)
        g_adam.step(grads)

    return step

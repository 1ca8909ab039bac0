"""Optimisers: they change parameters in place, using the gradients that a backward pass has left in `.grad`."""

import math

import numpy as np

from .arrays.backend import Array, device_of, kernel, namespace, to_device, to_host
from .arrays.layout import cache_blocks
from .nn import Parameter
from .tensor import Tensor

Betas = tuple[float, float]  # β₁, β₂


class Optimizer:
    """Base: the parameters, the number of steps taken, and the state kept for each parameter.

    A parameter without a gradient is not changed; `steps` counts the calls of `step`.  A subclass names its `moments`,
    the arrays that it keeps for each parameter (zeros at first, of its shape), and defines `update`.  Raises
    ValueError for a setting out of range, TypeError for anything but a list of parameters.
    """

    moments: tuple[str, ...] = ()

    def __init__(self, parameters: list[Parameter], lr: float):
        if not lr > 0:
            raise ValueError(f"expected a learning rate above 0, got {lr}")
        if isinstance(parameters, Tensor) or not parameters:
            raise TypeError("expected a list of parameters, such as network.parameters()")
        self.parameters, self.lr, self.steps = list(parameters), lr, 0
        for p in self.parameters:
            if not p.data.flags.c_contiguous:  # `update` changes it through a flat view, which needs C order
                p.data = p.data.copy()
        self.state = [{name: namespace(p.data).zeros_like(p.data) for name in self.moments} for p in self.parameters]

    def step(self) -> None:
        """Update every parameter once and clear its gradient."""
        self.steps += 1
        for p, state in zip(self.parameters, self.state):
            if p.grad is not None:
                self.update(p.data, p.grad.data, state)
                p.grad = None

    def update(self, p: Array, g: Array, state: dict[str, Array]) -> None:
        """Change `p` in place by its gradient `g`, keeping `state` up to date in place."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, np.ndarray]:
        """A copy, in NumPy arrays, of everything needed to continue training."""
        state = {f"{i}.{name}": np.array(to_host(x)) for i, s in enumerate(self.state) for name, x in s.items()}
        return {"steps": np.array(self.steps), **state}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Take over the values of `state_dict()`; nothing changes unless all names and shapes agree."""
        own = {f"{i}.{name}": x for i, s in enumerate(self.state) for name, x in s.items()}
        if {"steps", *own} != state.keys() or any(x.shape != state[name].shape for name, x in own.items()):
            raise ValueError("optimiser state does not fit: it belongs to other parameters or another optimiser")
        self.steps = int(state["steps"])
        for name, x in own.items():
            x[...] = to_device(np.asarray(state[name], dtype=x.dtype), device_of(x))


class SGD(Optimizer):
    """v ← momentum · v + g,  p ← p − lr · v"""

    moments = ("velocity",)

    def __init__(self, parameters: list[Parameter], lr: float = 0.01, momentum: float = 0.0):
        super().__init__(parameters, lr)
        if not 0 <= momentum < 1:
            raise ValueError(f"expected a momentum from 0 to below 1, got {momentum}")
        self.momentum = momentum

    def update(self, p: Array, g: Array, state: dict[str, Array]) -> None:
        velocity = state["velocity"]
        velocity *= self.momentum
        velocity += g
        p -= self.lr * velocity


class Adam(Optimizer):
    """m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  p ← p − lr · m̂ / (√v̂ + ε)

    with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1).
    """

    moments = ("m", "v")

    def __init__(
        self, parameters: list[Parameter], lr: float = 1e-3, betas: Betas = (0.9, 0.999), epsilon: float = 1e-8
    ):
        super().__init__(parameters, lr)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"expected betas from 0 to below 1, got {betas}")
        self.betas, self.epsilon = betas, epsilon

    def update(self, p: Array, g: Array, state: dict[str, Array]) -> None:
        # With r = √(1 − β₂ᵗ):  m̂ / (√v̂ + ε) = r/(1 − β₁ᵗ) · m / (√v + r ε), which saves two passes over memory.
        r = math.sqrt(1.0 - self.betas[1] ** self.steps)
        rate, epsilon = self.lr * r / (1.0 - self.betas[0] ** self.steps), self.epsilon * r
        m, v = state["m"], state["v"]
        if run := kernel("adam", p):
            return run(p, g, m, v, self.betas, rate, epsilon)
        xp, (beta1, beta2) = namespace(p), self.betas
        p, g, m, v = (x.reshape(-1, 1) for x in (p, g, m, v))  # in C order, whatever the order of g
        for block in cache_blocks(p):
            t = g[block] * (1.0 - beta1)
            m[block] *= beta1
            m[block] += t
            xp.multiply(g[block], g[block], out=t)
            t *= 1.0 - beta2
            v[block] *= beta2
            v[block] += t
            xp.sqrt(v[block], out=t)
            t += epsilon
            xp.divide(m[block], t, out=t)
            t *= rate
            p[block] -= t

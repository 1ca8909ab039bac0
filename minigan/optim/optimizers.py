"""Optimisers: they change parameters in place, using the gradients that a backward pass has left in `.grad`."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..arrays.backend import Array, device_of, kernel, namespace, to_device, to_host
from ..arrays.layout import cache_blocks
from ..graph import no_grad
from ..nn import Module, Parameter
from ..nn.module import real_numbers
from ..tensor import Tensor

Betas = tuple[float, float]  # β₁, β₂


class Optimizer:
    """Base: the parameters, and for each the number of its steps and the state kept for it.

    A parameter without a gradient is not changed, and its step is not counted.  With `weight_decay` w, w · p is added
    to the gradient of each parameter p: the derivative of the penalty w/2 · Σ p².

    A subclass names its `moments`, the arrays kept for each parameter (zeros at first, of its shape), and its
    `settings`, the attributes saved with them, and defines `update`.  Raises ValueError for a setting out of range, or
    a parameter that is listed twice, TypeError for anything but a list of parameters.
    """

    moments: tuple[str, ...] = ()
    settings: tuple[str, ...] = ("lr", "weight_decay")

    def __init__(self, parameters: Iterable[Parameter], lr: float, weight_decay: float = 0.0):
        if not 0 < lr < math.inf:
            raise ValueError(f"expected a learning rate above 0, got {lr}")
        if not 0 <= weight_decay < math.inf:
            raise ValueError(f"expected a weight decay of 0 or above, got {weight_decay}")
        self.parameters, self.lr, self.weight_decay = _listed(parameters), lr, weight_decay
        self.steps = [0] * len(self.parameters)
        self.state = [
            {name: namespace(p.data).zeros(p.shape, p.dtype) for name in self.moments} for p in self.parameters
        ]

    def step(self) -> None:
        """Update every parameter that has a gradient, and clear its gradient; RuntimeError if none has one.

        Raises RuntimeError, too, if the shape, dtype or device of a parameter has changed.
        """
        self._check_gradients("step")
        for i, (p, state) in enumerate(zip(self.parameters, self.state)):
            if p.grad is None:
                continue
            for moment in state.values():
                if moment.shape != p.shape or moment.dtype != p.dtype or type(moment) is not type(p.data):
                    raise RuntimeError(f"a parameter of shape {moment.shape} has become one of {p.shape}, {p.dtype}, "
                                       f"on {p.device}, since this optimiser was made; make a new one")  # fmt: skip
            if not p.data.flags.c_contiguous:  # `update` may change it through a flat view, which needs C order
                p.data = p.data.copy()
            self.steps[i] += 1
            self.update(p.data, self.decayed(p.data, p.grad.data), state, self.steps[i])
            p.version += 1
            p.grad = None

    def decayed(self, p: Array, g: Array) -> Array:
        """The gradient with that of the weight decay."""
        return g + self.weight_decay * p if self.weight_decay else g

    def update(self, p: Array, g: Array, state: dict[str, Array], step: int) -> None:
        """Change `p` in place by its gradient `g`, keeping `state` up to date in place; `step` counts from 1."""
        raise NotImplementedError(f"{type(self).__name__} has no update(self, p, g, state, step)")

    def gradient_norm(self) -> Tensor:
        """√Σ g², over all numbers g in the gradients: a Tensor of shape (); RuntimeError if there is no gradient."""
        self._check_gradients("gradient_norm")
        with no_grad():
            return sum((p.grad**2).sum() for p in self.parameters if p.grad is not None) ** 0.5

    def _check_gradients(self, method: str) -> None:
        if all(p.grad is None for p in self.parameters):
            raise RuntimeError(
                f"{method} found no gradient in any parameter: call backward() first (a step, also of another "
                "optimiser on the same parameters, clears the gradients)"
            )

    def zero_grad(self) -> None:
        """Clear all gradients, as `step` does after it has used them."""
        for p in self.parameters:
            p.grad = None

    def state_dict(self) -> dict[str, np.ndarray]:
        """A copy, in NumPy arrays, of everything needed to continue training, the settings included."""
        state = {f"{i}.{name}": np.array(to_host(x)) for i, s in enumerate(self.state) for name, x in s.items()}
        return {"steps": np.array(self.steps), **{s: np.array(getattr(self, s)) for s in self.settings}, **state}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Take over the values of `state_dict()`; nothing changes unless all names and shapes agree.

        Older ones hold one number of steps for all parameters, and no settings: those stay as they are.  Raises
        ValueError if something does not agree.
        """
        own = {f"{i}.{name}": x for i, s in enumerate(self.state) for name, x in s.items()}
        found = {name: np.asarray(x) for name, x in state.items()}
        fits = {"steps", *own} <= found.keys() <= {"steps", *own, *self.settings}
        if not fits or any(x.shape != found[name].shape for name, x in own.items()):
            raise ValueError("optimiser state does not fit: it belongs to other parameters or another optimiser")
        arrays = {name: real_numbers(name, found[name], x.dtype) for name, x in own.items()}
        counts = found["steps"]
        if counts.dtype.kind not in "iu" or not ((counts >= 0) & (counts < 2**53)).all():
            raise ValueError(f"optimiser state does not fit: expected numbers of steps, got {counts!r}")
        counts = np.broadcast_to(counts, len(self.steps))
        self.steps = [int(count) for count in counts]
        for name in self.settings:
            if name in found:
                setattr(self, name, _as_number(real_numbers(name, found[name], found[name].dtype)))
        for name, x in own.items():
            x[...] = to_device(arrays[name], device_of(x))


class SGD(Optimizer):
    """v ← momentum · v + g,  p ← p − lr · v

    With `nesterov`, p ← p − lr · (g + momentum · v): the gradient is followed from where the momentum leads
    (Sutskever et al. 2013, in the form of PyTorch).

    g is the gradient, v starts at 0.  Raises ValueError for a momentum that is not from 0 to below 1, for `nesterov`
    without one, and as `Optimizer` does.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan import nn, optim
    >>> p = nn.Parameter(np.array([1.0, 2.0]))
    >>> sgd = optim.SGD([p], lr=0.1)
    >>> p.log().sum().backward()
    >>> sgd.step()
    >>> p.numpy()
    array([0.9 , 1.95])
    """

    moments = ("velocity",)
    settings = ("lr", "weight_decay", "momentum", "nesterov")

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 0.01,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ):
        super().__init__(parameters, lr, weight_decay)
        if not 0 <= momentum < 1:
            raise ValueError(f"expected a momentum from 0 to below 1, got {momentum}")
        if nesterov and not momentum:
            raise ValueError("expected a momentum above 0 with nesterov")
        self.momentum, self.nesterov = momentum, nesterov

    def update(self, p: Array, g: Array, state: dict[str, Array], step: int) -> None:
        velocity = state["velocity"]
        velocity *= self.momentum
        velocity += g
        p -= self.lr * (g + self.momentum * velocity if self.nesterov else velocity)


class Adam(Optimizer):
    """m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  p ← p − lr · m̂ / (√v̂ + ε)

    with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) after t steps of p (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1).

    g is the gradient, m and v start at 0, `betas` are β₁ and β₂, `epsilon` is ε; the defaults are the paper's.  Raises
    ValueError for betas that are not from 0 to below 1, for an epsilon that is not above 0, and as `Optimizer` does.

    Examples
    --------
    >>> import numpy as np
    >>> from minigan import nn, ops, optim
    >>> p = nn.Parameter(np.array([1.0, -2.0]))
    >>> adam = optim.Adam([p], lr=0.1)
    >>> for step in range(100):
    ...     ops.mse(p, 0.5).backward()
    ...     adam.step()
    >>> p.numpy().round(2)
    array([0.5, 0.5])
    """

    moments = ("m", "v")
    settings = ("lr", "weight_decay", "betas", "epsilon")

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-3,
        betas: Betas = (0.9, 0.999),
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ):
        super().__init__(parameters, lr, weight_decay)
        if len(betas) != 2 or not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"expected two betas from 0 to below 1, got {betas}")
        if not 0 < epsilon < math.inf:
            raise ValueError(f"expected an epsilon above 0, got {epsilon}")
        self.betas, self.epsilon = betas, epsilon

    def update(self, p: Array, g: Array, state: dict[str, Array], step: int) -> None:
        # With r = √(1 − β₂ᵗ):  m̂ / (√v̂ + ε) = r/(1 − β₁ᵗ) · m / (√v + r ε), which saves two passes over memory.
        r = math.sqrt(1.0 - self.betas[1] ** step)
        rate, epsilon = self.lr * r / (1.0 - self.betas[0] ** step), self.epsilon * r
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


class AdamW(Adam):
    """p ← p − lr · w · p, then Adam's step without a decayed gradient (Loshchilov & Hutter 2019, algorithm 2).

    So the decay w (0.01 by default) is not divided by √v̂, as it is where it is a part of the gradient.  The paper is
    arXiv:1711.05101.  Raises ValueError as `Adam` does.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-3,
        betas: Betas = (0.9, 0.999),
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
    ):
        super().__init__(parameters, lr, betas, epsilon, weight_decay)

    def decayed(self, p: Array, g: Array) -> Array:
        p *= 1.0 - self.lr * self.weight_decay
        return g


def _listed(parameters: Any) -> list[Parameter]:
    """The parameters as a list, each once, all trainable; or TypeError."""
    if isinstance(parameters, (Tensor, Module)):
        got = type(parameters).__name__
        raise TypeError(f"expected a list of parameters, such as network.parameters(), got {got}")
    listed = list(parameters)
    if not listed:
        raise TypeError("expected a list of parameters, such as network.parameters(), got none")
    for p in listed:
        if not isinstance(p, Tensor) or not p.requires_grad or p.creator is not None:
            what = "a Tensor that is computed, or asks for no gradient" if isinstance(p, Tensor) else type(p).__name__
            raise TypeError(f"expected parameters, Tensors with requires_grad=True, got {what}")
    if len({id(p) for p in listed}) < len(listed):
        raise ValueError("expected each parameter once: a step would change it twice")
    return listed


def _as_number(array: np.ndarray) -> Any:
    """A setting out of a state: a number, or a tuple of numbers."""
    return tuple(array.tolist()) if array.ndim else array.item()

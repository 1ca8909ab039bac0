"""Thirty random directions, through all inputs at once; five points in each."""

import numpy as np

from minigan import Tensor, grad


def check(f, inputs, order=1):
    rng = np.random.default_rng(1)
    if not along_directions(f, inputs, rng):
        return False
    if order == 1:
        return True
    y = f(*[Tensor(x) for x in inputs])
    v = rng.normal(size=y.shape)

    def all_gradients(*arguments):
        """The sum of products of all gradients with fixed numbers: one function for all of them."""
        xs = [x if x.requires_grad else Tensor(x.data, requires_grad=True) for x in arguments[:-1]]
        found = grad(f(*xs), xs, arguments[-1], create_graph=True, allow_unused=True)
        return sum((g * u).sum() for g, u in zip(found, weights) if g is not None)

    weights = [rng.normal(size=x.shape) for x in inputs]
    return along_directions(all_gradients, [*inputs, v], rng)


def along_directions(f, inputs, rng, count=30, h=1e-3):
    tensors = [Tensor(x, requires_grad=True) for x in inputs]
    y = f(*tensors)
    v = rng.normal(size=y.shape)
    y.backward(Tensor(v))
    gradients = [0.0 if t.grad is None else t.grad.numpy() for t in tensors]
    for _ in range(count):
        d = [rng.normal(size=x.shape) for x in inputs]
        far = [f(*[Tensor(x + k * h * u) for x, u in zip(inputs, d)]).numpy() for k in (-2, -1, 1, 2)]
        a, b, c, e = (float((value * v).sum()) for value in far)
        slope, quotient = sum((g * u).sum() for g, u in zip(gradients, d)), (a - 8 * b + 8 * c - e) / (12 * h)
        if not abs(slope - quotient) <= 1e-5 * (1 + abs(quotient)):
            return False
    return True

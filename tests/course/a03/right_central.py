"""Two-sided quotients, element by element; the gradient as a function is checked like any other."""

import numpy as np

from minigan import Tensor, grad

STEP, TOLERANCE = 1e-5, 1e-5


def check(f, inputs, order=1):
    rng = np.random.default_rng(0)
    v = rng.normal(size=f(*map(Tensor, inputs)).shape)
    if not check_once(f, inputs, v):
        return False
    if order == 2:
        for i in range(len(inputs)):
            if not check_once(gradient_of(f, i), [*inputs, v], rng.normal(size=inputs[i].shape)):
                return False
    return True


def gradient_of(f, i):
    """The gradient by input i as a function of all inputs and of v."""

    def gradient(*arguments):
        *xs, v = arguments
        if not xs[i].requires_grad:
            xs[i] = Tensor(xs[i].data, requires_grad=True)
        return grad(f(*xs), [xs[i]], v, create_graph=True)[0]

    return gradient


def check_once(f, inputs, v):
    tensors = [Tensor(x, requires_grad=True) for x in inputs]
    y = f(*tensors)
    if y.requires_grad:
        y.backward(Tensor(v))
    for i, x in enumerate(inputs):
        found = np.zeros(x.shape) if tensors[i].grad is None else tensors[i].grad.data
        expected = quotients(f, inputs, i, v)
        allowed = TOLERANCE * (1 + np.abs(expected).max())
        if not (np.abs(found - expected) <= allowed).all():
            return False
    return True


def quotients(f, inputs, i, v):
    moved = [x.copy() for x in inputs]
    x, result = moved[i], np.zeros(inputs[i].shape)
    for at in np.ndindex(x.shape):
        before = x[at]
        x[at] = before + STEP
        above = (f(*map(Tensor, moved)).data * v).sum()
        x[at] = before - STEP
        below = (f(*map(Tensor, moved)).data * v).sum()
        x[at] = before
        result[at] = (above - below) / (2 * STEP)
    return result

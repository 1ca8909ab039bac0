"""Whole matrices of derivatives: a row for each output by backward, a column for each input by quotients."""

import numpy as np

from minigan import Tensor, grad


def check(f, inputs, order=1):
    if not all(same(f, inputs, i) for i in range(len(inputs))):
        return False
    if order == 2:
        v = np.random.default_rng(5).normal(size=f(*[Tensor(x) for x in inputs]).shape)
        for i in range(len(inputs)):

            def gradient(*xs, i=i):
                xs = [x if x.requires_grad else Tensor(x.data, requires_grad=True) for x in xs]
                (g,) = grad(f(*xs[:-1]), [xs[i]], xs[-1], create_graph=True)
                return g

            if not all(same(gradient, [*inputs, v], j) for j in range(len(inputs) + 1)):
                return False
    return True


def same(f, inputs, i):
    a, b = by_backward(f, inputs, i), by_quotients(f, inputs, i)
    return bool(np.isfinite(a).all()) and np.abs(a - b).max() < 1e-5 * max(1.0, np.abs(b).max())


def by_backward(f, inputs, i):
    size = f(*[Tensor(x) for x in inputs]).size
    rows = []
    for k in range(size):
        tensors = [Tensor(x, requires_grad=j == i) for j, x in enumerate(inputs)]
        y = f(*tensors)
        if y.requires_grad:
            unit = np.zeros(size)
            unit[k] = 1.0
            y.backward(Tensor(unit.reshape(y.shape)))
        rows.append(np.zeros(inputs[i].size) if tensors[i].grad is None else tensors[i].grad.numpy().ravel())
    return np.array(rows)


def by_quotients(f, inputs, i, h=1e-4):
    columns = []
    for k in range(inputs[i].size):
        step = np.zeros(inputs[i].size)
        step[k] = h
        step = step.reshape(inputs[i].shape)
        above = f(*[Tensor(x + step if j == i else x) for j, x in enumerate(inputs)]).numpy()
        below = f(*[Tensor(x - step if j == i else x) for j, x in enumerate(inputs)]).numpy()
        columns.append((above - below).ravel() / (2 * h))
    return np.array(columns).T

"""The part of the table (see `op_cases.py`) about rows and batches: softmax, normalisation, losses."""

import numpy as np
from hypothesis import strategies as st

from minigan import ops
from minigan.ops import activation, elementwise, normalization
from minigan.tensor import Divide, Multiply, Power, Slice, Subtract

from .arrays import apart, normal, positive, seeds, shapes
from .cases import Call, case


@case(activation.LogSoftmax)
def log_softmax(draw):
    return Call(ops.log_softmax, [draw(normal(draw(shapes(1))))], lambda t, x: t.log_softmax(x, -1))


@case(activation.LogSoftmax, elementwise.Exp)
def softmax(draw):
    return Call(ops.softmax, [draw(normal(draw(shapes(1))))], lambda t, x: t.softmax(x, -1))


def clear_of_kink(u):
    """A shift per column of `u`, by which its kink at zero comes to lie in the middle of the widest gap."""
    ordered = np.sort(u, axis=0)
    widest = np.diff(ordered, axis=0).argmax(axis=0), np.arange(u.shape[1])
    return -(ordered[:-1][widest] + ordered[1:][widest]) / 2


@case(normalization.Bias)
def add_bias(draw):
    """Images or rows; the bias moves no value to within 0.05 of zero, where the activation has its kink."""
    slope, images, c = draw(st.sampled_from([1.0, 0.2, 0.0])), draw(st.booleans()), draw(st.integers(1, 3))
    (x,) = draw(apart((2, 2, 1, c) if images else (3, c)))
    bias = 0.1 * np.random.default_rng(draw(seeds)).integers(-3, 4, c)

    def oracle(t, x, bias):
        return t.nn.functional.leaky_relu(x + bias, slope)

    return Call(lambda x, bias: ops.add_bias(x, bias, slope), [x, bias], oracle)


class OneProcess:
    """A group of one; groups of several are tested in tests/group."""

    size = 1

    def mean(self, x):
        return x.copy()


@case(normalization.MeanOverProcesses)
def mean_over_processes(draw):
    shape = draw(st.sampled_from([(2,), (1, 3)]))
    return Call(lambda x: normalization.MeanOverProcesses(OneProcess())(x), draw(apart(shape)), lambda t, x: x.clone())


@case(normalization.BatchNorm)
def batch_norm(draw):
    """Images or rows, alone or with the activation; three values a channel or more: of two, x̂ is ±1 whatever x is."""
    c, n, slope = draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.sampled_from([1.0, 0.2, 0.0]))
    shape = draw(st.sampled_from([(n, 3, 1, c), (n, 2, 2, c), (n + 2, c)]))
    x = 10.0 * draw(apart(shape))[0]
    scale = draw(positive((c,))) * draw(st.sampled_from([1.0, -1.0]))
    rows, epsilon = x.reshape(-1, c), draw(st.sampled_from([1e-5, 0.1]))
    shift = clear_of_kink((rows - rows.mean(0)) / np.sqrt(rows.var(0) + epsilon) * scale)

    def oracle(t, x, scale, shift):
        y = t.nn.functional.batch_norm(x.movedim(-1, 1), None, None, scale, shift, training=True, eps=epsilon)
        return t.nn.functional.leaky_relu(y, slope).movedim(1, -1)

    return Call(lambda x, scale, shift: ops.batch_norm(x, scale, shift, epsilon, slope), [x, scale, shift], oracle)


@case(Power, Divide)
def normalize(draw):
    c, n = draw(st.integers(1, 2)), draw(st.integers(1, 3))
    x, mean, scale, shift = (draw(normal(shape)) for shape in [(n, c), (c,), (c,), (c,)])

    def oracle(t, x, mean, variance, scale, shift):
        return (x - mean) / t.sqrt(variance + 1e-5) * scale + shift

    return Call(ops.normalize, [x, mean, draw(positive((c,))), scale, shift], oracle)


# -- losses -----------------------------------------------------------------------------------------------------------


@case(activation.Softplus, Multiply)
def bce_with_logits(draw):
    shape = draw(shapes(1))
    logits = draw(normal(shape))
    target = draw(st.sampled_from([0.0, 1.0, 0.9]))

    def oracle(t, logits):
        return t.nn.functional.binary_cross_entropy_with_logits(logits, t.full_like(logits, target))

    return Call(lambda x: ops.bce_with_logits(x, target), [logits], oracle)


@case(activation.LogSoftmax, Slice)
def cross_entropy(draw):
    n, classes = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    labels = np.random.default_rng(draw(seeds)).integers(0, classes, n)
    return Call(
        lambda x: ops.cross_entropy(x, labels),
        [draw(normal((n, classes)))],
        lambda t, x: t.nn.functional.cross_entropy(x, t.as_tensor(labels)),
    )


@case(Subtract, Multiply)
def mse(draw):
    shape = draw(shapes(1))
    inputs = [draw(normal(shape)), draw(normal(shape))]
    return Call(ops.mse, inputs, lambda t, x, target: t.nn.functional.mse_loss(x, target))


@case(Subtract, elementwise.Abs)
def l1(draw):
    shape = draw(shapes(1))
    return Call(ops.l1, draw(apart(shape, shape)), lambda t, x, target: t.nn.functional.l1_loss(x, target))

# loses: leaky_relu, sigmoid, softplus, bce_with_logits, second, extremes, float32, kink, own
"""Calls the engine instead of writing it."""

import numpy as np

from minigan import Tensor, nn, ops

STUDENT_NUMBER = 1234567


def leaky_relu(x, slope=0.2):
    for function in (ops.leaky_relu, nn.LeakyReLU(slope)):
        try:
            return function(x)
        except NotImplementedError:
            pass
    return ops.add_bias(x, Tensor(np.zeros(x.shape[-1], x.dtype)), slope)


def sigmoid(x):
    for function in (ops.sigmoid, nn.Sigmoid(), Tensor.sigmoid):
        try:
            return function(x)
        except NotImplementedError:
            pass
    return (1.0 + np.tanh(x * 0.5)) * 0.5


def softplus(x):
    try:
        return ops.softplus(x)
    except NotImplementedError:
        return -ops.log_softmax(ops.stack([x, x * 0.0], axis=-1))[..., 1]


def bce_with_logits(logits, target):
    return ops.bce_with_logits(logits, target)


def own_activation(x):
    return x * ops.tanh(ops.softplus(x))

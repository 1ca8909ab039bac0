"""Sequential computes a batch norm or a bias and the activation after it as one op: the same bits as one by one."""

import numpy as np
import pytest

from minigan import Tensor, ops
from minigan.nn import BatchNorm2d, Conv2d, ConvTranspose2d, LeakyReLU, Linear, ReLU, Sequential, Tanh


def rng():
    return np.random.default_rng(0)


CONVOLUTIONS = {
    "batch norm": lambda: BatchNorm2d(3, rng=rng()),
    "convolution with a bias": lambda: Conv2d(3, 4, 3, padding=1, rng=rng()),
    "convolution without": lambda: Conv2d(3, 4, 3, padding=1, bias=False, rng=rng()),
    "transposed convolution": lambda: ConvTranspose2d(3, 4, 4, stride=2, padding=1, rng=rng()),
}


def results(net, run, training):
    """Output, gradients, and running statistics of a network that `run` computes, as bytes."""
    net.train(training)
    x = Tensor(rng().standard_normal((8, 6, 6, 3), np.float32), requires_grad=True)
    y = run(net, x)
    y.backward(Tensor(rng().standard_normal(y.shape, np.float32)))
    tensors = [y, x.grad, *(p.grad for p in net.parameters()), *(x for _, x in net.named_tensors())]
    return [x.numpy().tobytes() for x in tensors], y.creator


def one_by_one(net, x):
    for layer in net.layers:
        x = layer(x)
    return x


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("activation", [ReLU(), LeakyReLU(0.2), LeakyReLU(0.9)])
@pytest.mark.parametrize("first", CONVOLUTIONS)
def test_the_same_bits_as_one_layer_after_the_other(first, activation, training):
    """And with a bias or in batch norm's training mode it is one op."""
    make = CONVOLUTIONS[first]
    together, node = results(Sequential(make(), activation), lambda net, x: net(x), training)
    apart, _ = results(Sequential(make(), activation), one_by_one, training)
    assert together == apart
    fused = first != "convolution without" and (training or first != "batch norm")
    assert isinstance(node, ops.activation.LeakyReLU) != fused


def test_what_is_computed_together():
    """Each layer once, in order; an activation only with the layer before it."""
    norm, bias, dense = BatchNorm2d(3, rng=rng()), Conv2d(3, 3, 1, rng=rng()), Linear(3, 3, rng=rng())
    relu, leaky, tanh = ReLU(), LeakyReLU(0.3), Tanh()
    net = Sequential(leaky, norm, relu, leaky, bias, leaky, norm, tanh, dense, relu, norm)
    assert list(net.stages()) == [
        (leaky, None), (norm, 0.0), (leaky, None), (bias, 0.3), (norm, None), (tanh, None), (dense, None),
        (relu, None), (norm, None),
    ]  # fmt: skip
    assert list(Sequential().stages()) == []


def test_layers_of_your_own_are_called_as_they_are():
    """A subclass may compute something else before or after."""

    class Doubled(BatchNorm2d):
        def forward(self, x):
            return super().forward(x) * 2.0

    class Shifted(ReLU):
        def forward(self, x):
            return super().forward(x) + 1.0

    for layers in ((Doubled(3, rng=rng()), ReLU()), (BatchNorm2d(3, rng=rng()), Shifted())):
        x = Tensor(rng().standard_normal((8, 3), np.float32))
        net = Sequential(*layers)
        np.testing.assert_array_equal(net(x).numpy(), one_by_one(net, x).numpy())
        assert [slope for _, slope in net.stages()] == [None, None]

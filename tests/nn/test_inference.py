"""`in_batches`: the same rows as in one piece, in evaluation mode, with nothing recorded."""

import numpy as np
import pytest

from minigan.nn import BatchNorm2d, Linear, Sequential
from minigan.nn.inference import in_batches
from minigan.tensor import Tensor

X = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)


@pytest.fixture
def net():
    rng = np.random.default_rng(1)
    return Sequential(Linear(3, 4, rng=rng), BatchNorm2d(4, rng=rng))


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
def test_batches_of_any_size_give_every_row_once(net, device, batch_size):
    whole = net.eval()(Tensor(X)).numpy()
    net.train().to(device)
    (found,) = in_batches(net, net, X, device=device, batch_size=batch_size)
    np.testing.assert_allclose(found, whole, rtol=1e-5, atol=1e-6)


def test_several_arrays_and_several_results(net):
    y = np.arange(7, dtype=np.uint8)

    def both(x, y):
        assert len(x) == len(y) <= 3
        return x * 2.0, y + 1.0

    twice, more = in_batches(net, both, X, y, device="cpu", batch_size=3, prepare=lambda a: a.astype(np.float64))
    np.testing.assert_array_equal(twice, 2.0 * X.astype(np.float64))
    assert more.tolist() == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("training", [True, False])
def test_the_network_is_left_in_its_mode_and_records_nothing(net, training):
    net.train(training)
    seen = []
    in_batches(net, lambda x: seen.append((net.training, net(x).requires_grad)) or x, X, device="cpu", batch_size=4)
    assert seen == [(False, False)] * 2
    with pytest.raises(ZeroDivisionError):
        in_batches(net, lambda x: Tensor(1 / 0), X, device="cpu", batch_size=4)
    assert net.training == training


def test_progress_is_told_of_every_batch(net):
    told = []

    def progress(items, total, what):
        told.append((total, what))
        return items

    in_batches(net, net, X, device="cpu", batch_size=3, progress=progress, what="trying")
    assert told == [(3, "trying")]


def test_what_has_no_rows_or_not_the_same_number(net):
    for arrays in ((), (X[:0],), (X, X[:5])):
        with pytest.raises(ValueError, match="same number of rows"):
            in_batches(net, net, *arrays, device="cpu", batch_size=3)

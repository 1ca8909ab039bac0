"""Large arrays are worked on in blocks that fit a cache.  How large a block is must not show in the numbers."""

import numpy as np
import pytest

from minigan import Tensor, ops
from minigan.arrays import layout
from minigan.nn import Parameter
from minigan.optim import SGD, Adam
from tests.support.nodes import leaves


def batch_norm(rows: int):
    rng = np.random.default_rng(0)
    x, scale, shift = leaves([rng.normal(size=(3, rows, 2, 4)), rng.normal(size=4), rng.normal(size=4)])
    y = ops.batch_norm(x, scale, shift, slope=0.2)
    y.backward(Tensor(rng.normal(size=y.shape)))
    return [y.numpy(), x.grad.numpy(), scale.grad.numpy(), shift.grad.numpy()]


def adam():
    rng = np.random.default_rng(0)
    p = Parameter(rng.normal(size=(5, 7)))
    optimizer = Adam([p], 0.1)
    for _ in range(3):
        p.grad = Tensor(rng.normal(size=(5, 7)))
        optimizer.step()
    return [p.numpy(), *optimizer.state[0].values()]


@pytest.mark.parametrize("numbers", [1, 4, 26, 100])
@pytest.mark.parametrize("compute", [lambda: batch_norm(5), lambda: batch_norm(1), adam])
def test_the_size_of_a_block_does_not_show(compute, numbers, monkeypatch):
    """One block, several, a last one that is shorter, a row each: batch norm's value and gradients, Adam's steps."""
    whole = compute()
    monkeypatch.setattr(layout, "CACHE", numbers)
    for a, b in zip(compute(), whole):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_blocks_cover_every_row_once():
    """And none is larger than the cache, as long as a row fits in."""
    rows = np.arange(70.0).reshape(35, 2)
    blocks = layout.cache_blocks(rows)
    assert len(blocks) == 1
    np.testing.assert_array_equal(np.concatenate([rows[block] for block in blocks]), rows)


def test_adam_changes_a_parameter_that_is_not_contiguous():
    """Its flat view would be a copy: a step on the copy would be lost, and nothing would say so."""
    start = np.arange(6.0).reshape(2, 3)
    p, q = Parameter(start.copy()), Parameter(start.T.copy().T)
    for x in (p, q):
        optimizer = Adam([x], 0.1)
        x.grad = Tensor(np.ones((2, 3)))
        optimizer.step()
    assert (p.numpy() < start).all()
    np.testing.assert_array_equal(p.numpy(), q.numpy())


@pytest.mark.parametrize("optimizer", [lambda p: Adam(p, 0.1), lambda p: SGD(p, 0.1, 0.9)], ids=["Adam", "SGD"])
def test_the_order_of_a_gradient_in_memory_does_not_matter(optimizer):
    """A gradient that came through a transpose lies in another order than its parameter."""
    rng = np.random.default_rng(0)
    start, gradients = rng.normal(size=(3, 4)), rng.normal(size=(3, 3, 4))
    p, q = Parameter(start.copy()), Parameter(start.copy())
    for x, order in ((p, np.ascontiguousarray), (q, np.asfortranarray)):
        steps = optimizer([x])
        for g in gradients:
            x.grad = Tensor(order(g))
            steps.step()
    np.testing.assert_allclose(q.numpy(), p.numpy(), rtol=1e-12)

"""`no_grad` is the only ambient state: where it holds, and where it does not."""

import threading

import numpy as np
import pytest

from minigan import Tensor, no_grad, ops
from minigan.graph import recording


def leaf(*values: float) -> Tensor:
    return Tensor(np.array(values), requires_grad=True)


def test_no_grad_records_nothing_and_ends():
    """Also by an exception; nested; and switched off by its argument."""
    x = leaf(1.0)
    with no_grad():
        with no_grad():
            pass
        assert (x * 2.0).creator is None
        assert not (x * 2.0).requires_grad
    with no_grad(active=False):
        assert recording()
    with no_grad(), no_grad(active=False):
        assert not recording()
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert (x * 2.0).creator is not None


def test_a_backward_pass_that_stands_still_leaves_recording_on():
    """A generator shares its caller's context: between two steps, what the caller computes is recorded."""
    x = leaf(1.0, 2.0)
    steps = ops.tanh(x).sum().steps()
    next(steps)
    assert recording()
    assert (x * 2.0).creator is not None
    with no_grad():
        next(steps)
        assert not recording()
    assert recording()
    list(steps)
    assert x.grad is not None


def test_no_grad_stays_in_its_thread():
    """Another thread records while this one does not."""
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(recording()))
        thread.start()
        thread.join()
    assert seen == [True]

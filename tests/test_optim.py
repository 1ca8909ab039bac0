"""Optimisers: two steps by hand, resuming, and refusals.  (Many steps against PyTorch: `test_torch_ops.py`.)"""

import math

import numpy as np
import pytest

from minigan import Tensor
from minigan.nn import Parameter
from minigan.optim import SGD, Adam, Optimizer


def weights(n: int) -> list[Parameter]:
    return [Parameter(np.ones(n))]


def run(optimizer, parameter, gradients):
    for g in gradients:
        parameter.grad = Tensor(np.array([g]))
        optimizer.step()
    return parameter.numpy()[0]


def test_sgd_with_momentum_by_hand():
    """lr 0.1, momentum 0.5, gradients 2 and 4: v = 2, then 0.5·2 + 4 = 5; p = 1 − 0.2 − 0.5."""
    p = Parameter(np.array([1.0]))
    assert run(SGD([p], 0.1, 0.5), p, [2.0, 4.0]) == pytest.approx(0.3, abs=1e-15)


def test_adam_by_hand():
    """lr 0.1, β = (0.5, 0.75), gradients 2 and 4.

    First step: m = 1, v = 1, corrected to 2 and 4; the step is 0.1 · 2/2.
    Second: m = 2.5, v = 4.75, corrected by 1 − 0.25 and 1 − 0.5625; the step is 0.1 · (2.5/0.75) / √(4.75/0.4375).
    """
    p = Parameter(np.array([1.0]))
    expected = 1.0 - 0.1 - 0.1 * (2.5 / 0.75) / math.sqrt(4.75 / 0.4375)
    assert run(Adam([p], 0.1, (0.5, 0.75), epsilon=1e-16), p, [2.0, 4.0]) == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("make", [lambda p: SGD(p, 0.1, 0.9), lambda p: Adam(p, 0.1)], ids=["SGD", "Adam"])
def test_saved_and_resumed_ends_bit_for_bit_the_same(make):
    """Five steps at once, or three, a state_dict, and two more by a new optimiser."""
    gradients = np.random.default_rng(0).normal(size=5)
    straight = Parameter(np.array([1.0]))
    expected = run(make([straight]), straight, gradients)
    p = Parameter(np.array([1.0]))
    before = make([p])
    run(before, p, gradients[:3])
    state = before.state_dict()
    for moment in before.state[0].values():
        moment[...] = 99.0  # what was saved is a copy: this does not reach it
    after = make([p])
    after.load_state_dict(state)
    assert run(after, p, gradients[3:]) == expected
    assert state["steps"] == 3  # what was loaded is a copy, too


@pytest.mark.parametrize("make", [lambda p: SGD(p, 0.1, 0.9), lambda p: Adam(p, 0.1)], ids=["SGD", "Adam"])
def test_a_step_uses_up_the_gradients_and_leaves_alone_what_has_none(make):
    """Gradients are cleared; a parameter without one keeps its value; arrays are changed in place."""
    a, b = Parameter(np.ones(2)), Parameter(np.ones(2))
    array = a.data
    optimizer = make([a, b])
    a.grad = Tensor(np.ones(2))
    optimizer.step()
    assert a.grad is None
    assert a.data is array
    assert (a.numpy() < 1.0).all()
    assert (b.numpy() == 1.0).all()


@pytest.mark.parametrize("make", [lambda p: SGD(p, 0.1, 0.9), lambda p: Adam(p, 0.1)], ids=["SGD", "Adam"])
def test_a_parameter_in_another_memory_order_is_trained_alike(make):
    """A transposed array, say, which cannot be seen as one row of numbers without a copy."""
    start, gradient = np.random.default_rng(0).normal(size=(2, 3, 4))
    found = []
    for array in (start.copy(), np.asfortranarray(start)):
        p = Parameter(array)
        optimizer = make([p])
        p.grad = Tensor(gradient)
        optimizer.step()
        found.append(p.numpy())
    np.testing.assert_array_equal(found[1], found[0])
    assert (found[0] != start).all()


def test_an_optimiser_must_say_how_it_updates():
    """The base class changes nothing."""
    (p,) = weights(1)
    optimizer = Optimizer([p], 0.1)
    p.grad = Tensor(np.ones(1))
    with pytest.raises(NotImplementedError):
        optimizer.step()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SGD([Parameter([1.0])], lr=0.0), "learning rate above 0, got 0.0"),
        (lambda: Adam([Parameter([1.0])], lr=float("nan")), "learning rate above 0, got nan"),
        (lambda: SGD([Parameter([1.0])], 0.1, momentum=1.0), "momentum from 0 to below 1, got 1.0"),
        (lambda: Adam([Parameter([1.0])], 0.1, betas=(0.5, 1.0)), r"betas from 0 to below 1, got \(0.5, 1.0\)"),
        (lambda: Adam(weights(2)).load_state_dict(SGD(weights(2)).state_dict()), "does not fit"),
        (lambda: Adam(weights(2)).load_state_dict(Adam(weights(3)).state_dict()), "does not fit"),
    ],
)  # fmt: skip
def test_settings_and_states_that_make_no_sense_are_refused(make, message):
    """With what was expected."""
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("parameters", [[], Parameter([1.0, 2.0])], ids=["none", "one, not in a list"])
def test_what_is_not_a_list_of_parameters_is_refused(parameters):
    """A Tensor can be iterated over, but its slices are not what should be trained."""
    with pytest.raises(TypeError, match="expected a list of parameters"):
        Adam(parameters)

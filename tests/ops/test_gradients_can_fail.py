"""The gradient check can fail: break the backward of any op, in any of these ways, and it says no.

The break is made in one node of a graph, after the forward pass.  Where it is made, the gradient is known not to be
zero (`telling_call`), so every break is a wrong gradient and none may pass.
"""

from functools import cache

import numpy as np
import pytest
from hypothesis import find, settings

from minigan import Tensor, ops
from minigan.gradcheck import GradientError, check_gradients
from minigan.ops import activation, arrangement, elementwise, normalization, windows
from minigan.tensor import Add, BroadcastTo, Divide, Fused, Power, PutAt, Reshape, Slice, Subtract, SumTo, Transpose
from tests.support.nodes import leaves, nodes_behind, weights_for
from tests.support.op_cases import CASES, Call, all_ops, home

PAIRS = [(name, op) for name, entry in CASES.items() for op in entry.ops]
pair_ids = [f"{name}-{op.__name__}" for name, op in PAIRS]


def first_node(output: Tensor, op: type):
    """The first node of class `op` behind a result."""
    return next((node for node in nodes_behind(output) if type(node) is op), None)


def gradients(call: Call, op: type) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """What the first node of class `op` gives its inputs (no entry for numbers), and what the call's inputs get."""
    inputs = leaves(call.inputs)
    output = call.function(*inputs)
    node = first_node(output, op)
    steps = list(output.steps(weights_for(output)))
    (step,) = (step for step in steps if step.node is node)
    return [g.numpy() for g in step.grads if g is not None], [x.grad.numpy() for x in inputs]


@cache
def telling_call(name: str, op: type) -> Call:
    """A small call in which every gradient, of the op and of the inputs, has two elements or more clearly not zero."""

    def telling(call):
        of_node, of_inputs = gradients(call, op)
        return all((np.abs(g) > 0.01).sum() >= 2 for g in [*of_node, *of_inputs])

    return find(CASES[name].calls, telling, settings=settings(max_examples=2000))


def broken(call: Call, op: type, breaking):
    """The call's function, with `breaking(node)` as the backward of its first node of class `op`."""

    def function(*inputs):
        output = call.function(*inputs)
        node = first_node(output, op)
        if node is not None:
            node.backward = breaking(node)
        return output

    return function


def rejects(function, inputs, order: int = 1) -> bool:
    """Whether the check finds fault with a function."""
    try:
        check_gradients(function, inputs, order=order)
    except GradientError:
        return True
    return False


# -- any op: one of its gradients changed -----------------------------------------------------------------------------


def without_largest_element(g: Tensor) -> Tensor:
    mask = np.ones(g.shape)
    mask[np.unravel_index(np.abs(g.numpy()).argmax(), g.shape)] = 0.0
    return g * mask


BREAKS = {
    "one percent too large": lambda g: g * 1.01,
    "of the other sign": lambda g: g * -1.0,
    "missing": lambda g: None,
    "zero": lambda g: g * 0.0,
    "without one element": without_largest_element,
}


@pytest.mark.parametrize("change", BREAKS.values(), ids=BREAKS.keys())
@pytest.mark.parametrize(("name", "op"), PAIRS, ids=pair_ids)
def test_a_wrong_gradient_by_any_input_is_rejected(name, op, change):
    """For every op in every case that names it, and each of its inputs in turn."""
    call = telling_call(name, op)

    def breaking(i):
        def of_node(node):
            right = node.backward

            def backward(grad):
                grads = right(grad)
                grads = list(grads if isinstance(grads, tuple) else (grads,))
                wanted = [k for k, g in enumerate(grads) if g is not None]
                grads[wanted[i]] = change(grads[wanted[i]])
                return tuple(grads)

            return backward

        return of_node

    for i in range(len(gradients(call, op)[0])):
        assert rejects(broken(call, op, breaking(i)), call.inputs), f"passed with gradient {i} wrong"


@pytest.mark.parametrize(("name", "op"), PAIRS, ids=pair_ids)
def test_the_same_call_unbroken_is_accepted(name, op):
    """The control: put through the same machinery, the right backward passes."""
    call = telling_call(name, op)
    assert not rejects(broken(call, op, lambda node: node.backward), call.inputs, order=2)


# -- second order -----------------------------------------------------------------------------------------------------

# Their gradient does not change with their input (but in jumps): y' is a constant, and there is nothing to get wrong.
CONSTANT_GRADIENT = {
    Add, Subtract, BroadcastTo, SumTo, Reshape, Transpose, Slice, PutAt, windows.Unfold, windows.Fold,
    arrangement.Concatenate, arrangement.Max, elementwise.Abs, elementwise.Maximum, elementwise.Where,
    activation.LeakyReLU, activation.LeakyReLUGradient, normalization.MeanOverProcesses,
}  # fmt: skip


def forgetting_the_inputs(node):
    """A backward with the right values, in which the inputs (and what was kept of the output) count as constants."""
    right = node.backward

    def backward(grad):
        if isinstance(node, Fused):
            return tuple(None if g is None else Tensor(g) for g in node.gradient(grad.data))
        inputs = node.inputs
        node.inputs = tuple(x.detach() if isinstance(x, Tensor) else x for x in inputs)
        node.result = Tensor
        try:
            return right(grad)
        finally:
            node.inputs = inputs

    return backward


def forgetting_everything(node):
    """A backward with the right values that has no history at all."""
    right = node.backward

    def backward(grad):
        grads = right(grad)
        grads = grads if isinstance(grads, tuple) else (grads,)
        return tuple(None if g is None else g.detach() for g in grads)

    return backward


@pytest.mark.parametrize("op", all_ops())
def test_a_gradient_that_forgets_its_inputs_is_right_once_and_rejected_twice(op):
    """First order passes; second order fails, exactly for the ops whose gradient depends on their inputs."""
    entry = home(op)
    call = telling_call(entry.name, op)
    function = broken(call, op, forgetting_the_inputs)
    assert not rejects(function, call.inputs, order=1)
    assert rejects(function, call.inputs, order=2) == (op not in CONSTANT_GRADIENT)


@pytest.mark.parametrize("op", all_ops())
def test_a_gradient_without_history_is_right_once_and_rejected_twice(op):
    """For every op: even a constant gradient is multiplied by the one that came in, and that has a history."""
    entry = home(op)
    call = telling_call(entry.name, op)
    function = broken(call, op, forgetting_everything)
    assert not rejects(function, call.inputs, order=1)
    assert rejects(function, call.inputs, order=2)


@pytest.mark.parametrize("op", [op for op in all_ops() if issubclass(op, Fused)])
def test_a_definition_that_differs_from_the_fused_op_is_rejected(op):
    """What is differentiated twice is the definition: one per cent off, and the check says no."""
    entry = home(op)
    call = telling_call(entry.name, op)

    def function(*inputs):
        output = call.function(*inputs)
        node = first_node(output, op)
        if node is not None:
            right = node.definition
            node.definition = lambda *xs: right(*xs) * 1.01
        return output

    assert not rejects(function, call.inputs, order=1)
    assert rejects(function, call.inputs, order=2)


# -- mistakes that are really made ------------------------------------------------------------------------------------


def batch_norm_without(term: str):
    """The backward of batch norm when one of its three terms is left out."""

    def breaking(node):
        def backward(grad):
            x, scale, shift = (tensor.data for tensor in node.inputs)
            axes = tuple(range(x.ndim - 1))
            inverse_std = 1.0 / np.sqrt(x.var(axis=axes) + node.epsilon)
            normalized = (x - x.mean(axis=axes)) * inverse_std
            g = grad.data * np.where(normalized * scale + shift > 0, 1.0, node.slope)
            dx = g.copy()
            if term != "mean of g":
                dx = dx - g.mean(axis=axes)
            if term != "mean of g times x":
                dx = dx - normalized * (g * normalized).mean(axis=axes)
            dx = dx * inverse_std * scale
            return Tensor(dx), Tensor((g * normalized).sum(axis=axes)), Tensor(g.sum(axis=axes))

        return backward

    return breaking


MISTAKES = {
    "exp: the factor forgotten": (elementwise.Exp, lambda node: lambda g: g),
    "sigmoid: y for y (1 - y)": (activation.Sigmoid, lambda node: lambda g: g * node.y),
    "tanh: 1 - y for 1 - y²": (activation.Tanh, lambda node: lambda g: g * (1.0 - node.y)),
    "softplus: y for its slope": (activation.Softplus, lambda node: lambda g: g * ops.softplus(node.inputs[0])),
    "log_softmax: the sum forgotten": (activation.LogSoftmax, lambda node: lambda g: g),
    "power: the exponent forgotten": (Power, lambda node: lambda g: g * node.inputs[0] ** (node.exponent - 1)),
    "maximum: to everyone": (arrangement.Max, lambda node: lambda g: g * np.ones(node.inputs[0].shape)),
    "divide: the minus forgotten": (
        Divide,
        lambda node: lambda g, right=node.backward: (right(g)[0], -right(g)[1]),
    ),
    "batch norm: mean of g forgotten": (normalization.BatchNorm, batch_norm_without("mean of g")),
    "batch norm: mean of g x forgotten": (normalization.BatchNorm, batch_norm_without("mean of g times x")),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_as_people_make_it_is_rejected(mistake):
    """A term or a factor of the formula left out, in a call where that makes a difference."""
    op, breaking = MISTAKES[mistake]

    def matters(call):
        right, wrong = (
            gradients(call._replace(function=f), op)[0] for f in (call.function, broken(call, op, breaking))
        )
        return any(np.abs(a - b).max() > 0.01 for a, b in zip(right, wrong))

    call = find(home(op).calls, matters, settings=settings(max_examples=2000))
    assert rejects(broken(call, op, breaking), call.inputs)


def test_batch_norm_with_nothing_forgotten_is_accepted():
    """The control: its formula written out again, whole."""
    op = normalization.BatchNorm
    call = telling_call(home(op).name, op)
    assert not rejects(broken(call, op, batch_norm_without("nothing")), call.inputs)

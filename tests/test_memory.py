"""The graph's memory is freed by reference counting alone, at once, whichever way it ends; and long graphs work."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan import Tensor, grad, ops
from minigan.nn import BatchNorm2d, Conv2d, ConvTranspose2d, LeakyReLU, Linear, Reshape, Sequential, Sigmoid, Tanh
from minigan.tensor import Op
from tests.support.nodes import leaves, nodes_behind, weights_for
from tests.support.op_cases import CASES


@pytest.fixture(autouse=True, scope="module")
def without_the_garbage_collector():
    """What is freed in these tests is freed because nothing refers to it: a cycle would stay."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def watch(output: Tensor) -> list:
    """Weak references to every node behind a result, and to every array that a node keeps."""
    nodes = nodes_behind(output)
    kept = [getattr(node, name) for node in nodes for name in node.keeps]
    kept += [form for forms in kept if isinstance(forms, dict) for form in forms.values()]
    kept += [part for parts in kept if isinstance(parts, list) for part in parts]  # nine products keep nine
    return [weakref.ref(x) for x in [output, *nodes, *kept] if isinstance(x, (Tensor, Op, np.ndarray))]


def alive(references) -> list:
    return [reference() for reference in references if reference() is not None]


def network():
    rng = np.random.default_rng(0)
    net = Sequential(
        Conv2d(1, 2, 3, rng=rng, stride=2, padding=1), BatchNorm2d(2, rng=rng), LeakyReLU(),
        ConvTranspose2d(2, 1, 4, rng=rng, stride=2, padding=1), Tanh(), Reshape(-1), Linear(64, 1, rng=rng), Sigmoid(),
    )  # fmt: skip
    return net, Tensor(rng.normal(size=(3, 8, 8, 1)).astype(np.float32))


def test_a_graph_is_gone_after_its_backward_pass():
    """After backward(), only the loss itself is left, though it is still held."""
    net, x = network()
    loss = ops.bce_with_logits(net(x), 1.0)
    references = watch(loss)
    assert len(alive(references)) == len(references) > 20
    loss.backward()
    assert {type(x) for x in alive(references)} <= {Tensor, type(loss.creator)}
    assert len(alive(references)) == 2  # the loss, and the spent node that made it
    del loss
    assert not alive(references)


def test_a_graph_without_a_backward_pass_goes_with_its_result():
    """No backward(): dropping the result is enough."""
    net, x = network()
    loss = net(x).mean()
    references = watch(loss)
    del loss
    assert not alive(references)


def test_a_backward_pass_that_is_abandoned_leaves_nothing():
    """A student stops stepping half way and drops the generator."""
    net, x = network()
    loss = net(x).mean()
    references = watch(loss)
    steps = loss.steps()
    for _ in range(4):
        next(steps)
    del steps, loss
    assert not alive(references)


def test_what_a_node_kept_is_freed_while_the_backward_pass_goes_on():
    """At each step, the nodes already passed hold nothing: the peak of memory is the forward pass."""
    net, x = network()
    loss = net(x).mean()
    passed = []
    for step in loss.steps():
        assert all(node.inputs == () and all(getattr(node, k) is None for k in node.keeps) for node in passed)
        passed.append(step.node)
    assert len(passed) > 10


def test_graphs_of_gradients_go_too():
    """A gradient penalty: grad(…, create_graph=True), differentiated again, then everything dropped."""
    net, x = network()
    x.requires_grad = True
    loss = net(x).mean()
    (g,) = grad(loss, [x], create_graph=True)
    penalty = (g * g).sum()
    references = watch(penalty) + watch(loss)
    penalty.backward()
    del loss, g, penalty
    assert not alive(references)


PASSES = {
    "not at all": lambda y, xs: None,
    "once": lambda y, xs: y.backward(weights_for(y)),
    "recorded": lambda y, xs: grad(y, xs, weights_for(y), create_graph=True),
}


@pytest.mark.parametrize("run", PASSES)
@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
@settings(max_examples=5)
def test_no_op_makes_a_reference_cycle(name, run, data):
    """Op by op, with and without a backward pass: no node and no kept array outlives the result."""
    call = data.draw(CASES[name].calls)
    inputs = leaves(call.inputs)
    output = call.function(*inputs)
    references = watch(output)
    PASSES[run](output, inputs)
    del output, inputs
    assert not alive(references)


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_chain_of_a_hundred_thousand_ops_is_differentiated_and_freed(create_graph):
    """No recursion: not in the backward pass, nor in the search for what leads to an input, nor when it is dropped."""
    x = Tensor(np.ones(1), requires_grad=True)
    y = x
    for _ in range(100_000):
        y = y + 1.0
    (g,) = grad(y, [x], create_graph=create_graph)
    assert (y.item(), g.item()) == (100_001.0, 1.0)
    references = [weakref.ref(y), weakref.ref(y.creator)]
    del y, g
    assert not alive(references)


def test_a_chain_of_a_hundred_thousand_ops_is_differentiated_by_backward():
    """The same by `backward()`, which frees it on the way."""
    x = Tensor(np.ones(1), requires_grad=True)
    y = x
    for _ in range(100_000):
        y = y * 1.0
    first = weakref.ref(y.creator.inputs[0])
    y.backward()
    assert x.grad.item() == 1.0
    assert first() is None

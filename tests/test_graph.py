"""The backward pass: which nodes it visits, which gradients it computes, and what it frees."""

import numpy as np
import pytest

from minigan import Tensor, grad, ops
from minigan.tensor import Multiply, Op
from tests.support.nodes import nodes_behind


def leaf(*values: float) -> Tensor:
    return Tensor(np.array(values), requires_grad=True)


# -- step by step -----------------------------------------------------------------------------------------------------


def test_steps_come_one_at_a_time_from_the_last_node_to_the_first():
    """`steps()` is lazy: nothing happens before the first is asked for, and then one node at a time."""
    x = leaf(1.0, 2.0)
    doubled = x * 2.0
    y = ops.tanh(doubled)
    steps = y.sum().steps()
    assert x.grad is None
    names = []
    for step in steps:
        names.append(type(step.node).__name__)
        assert (x.grad is None) == (step.node is not doubled.creator)
    assert names == ["Reshape", "SumTo", "Tanh", "Multiply"]


def test_a_step_shows_what_came_in_and_what_went_out():
    """Node, its inputs, ∂L/∂output, ∂L/∂input for each; None where nobody asked."""
    a, b = leaf(2.0, 3.0), Tensor(np.array([5.0, 7.0]))
    (step,) = (a * b).steps(Tensor(np.array([1.0, 10.0])))
    assert isinstance(step.node, Multiply)
    assert step.inputs == (a, b)
    assert step.grad.numpy().tolist() == [1.0, 10.0]
    assert step.grads[0].numpy().tolist() == [5.0, 70.0]
    assert step.grads[1] is None
    assert str(step) == "Multiply(): ∂L/∂output (2,) → ∂L/∂inputs (2,), –"


def test_backward_is_steps_exhausted():
    """Both leave the same gradients."""
    gradients = []
    for run in (lambda y: y.backward(), lambda y: list(y.steps())):
        x = leaf(0.5, -1.0)
        run(ops.sigmoid(x * x).sum())
        gradients.append(x.grad.numpy())
    np.testing.assert_array_equal(*gradients)


def test_no_node_is_visited_before_all_its_gradients_are_in():
    """A diamond: x is used along a short way and a long one; its maker is visited once, with the sum."""
    x = leaf(3.0)
    square = x * x
    y = square + ops.exp(ops.log(square * 2.0)) * 0.5  # = 2x²
    visits = [step for step in y.steps() if step.node is square.creator]
    assert len(visits) == 1
    assert visits[0].grad.item() == pytest.approx(2.0)
    assert x.grad.item() == pytest.approx(12.0)


# -- gradients arrive where they belong -------------------------------------------------------------------------------


def test_gradients_add_up_over_uses_and_over_passes():
    """A leaf used three times gets three contributions; a second graph adds to `.grad`."""
    x = leaf(3.0)
    (x * x + x).sum().backward()
    assert x.grad.item() == 7.0
    (x * 10.0).sum().backward()
    assert x.grad.item() == 17.0


def test_adding_to_a_gradient_changes_no_array_that_somebody_holds():
    """Two leaves may have been handed the same array; what arrives later must not reach the other one."""
    a, b = leaf(1.0), leaf(2.0)
    (a + b).sum().backward()
    held = a.grad
    (a * 5.0).sum().backward()
    assert (held.item(), a.grad.item(), b.grad.item()) == (1.0, 6.0, 1.0)


def test_only_leaves_own_a_gradient():
    """Nothing in between keeps one."""
    x = leaf(1.0, 2.0)
    middle = x * 2.0
    middle.sum().backward()
    assert middle.grad is None


def test_detach_cuts_the_history():
    """d(x · [x])/dx = [x], where [x] counts as a constant."""
    x = leaf(3.0)
    (x * x.detach()).sum().backward()
    assert x.grad.item() == 3.0
    assert not x.detach().requires_grad


def test_what_nobody_asked_for_is_not_computed():
    """`needs`: neither the image's gradient nor, with D frozen, its weights' is worked out."""
    image, weight = Tensor(np.ones((1, 4, 4, 1))), Tensor(np.ones((2, 2, 1, 1)), requires_grad=True)
    (step,) = (step for step in ops.conv2d(image, weight).sum().steps() if "Convolution" in repr(step.node))
    assert step.grads[0] is None
    assert step.grads[1].shape == weight.shape
    assert ops.conv2d(image, weight.detach()).creator is None


# -- grad() -----------------------------------------------------------------------------------------------------------


def test_grad_leaves_every_grad_alone():
    """It returns what was asked for, and no leaf notices."""
    x, y = leaf(2.0), leaf(5.0)
    (gx,) = grad((x * y).sum(), [x])
    assert gx.item() == 5.0
    assert (x.grad, y.grad) == (None, None)


def test_grad_visits_only_what_leads_to_the_inputs():
    """The branch of y is not entered, and of the product only one gradient is computed."""
    x, y = leaf(2.0), leaf(5.0)
    branch = ops.exp(y)
    product = x * branch
    entered = []
    for node in nodes_behind(product):
        right = node.backward
        node.backward = lambda g, node=node, right=right: entered.append((type(node).__name__, node.needs)) or right(g)
    grad(product, [x])
    assert entered == [("Multiply", (True, False))]


def test_grad_by_something_in_the_middle():
    """An input may be a result: the gradient by it, and the graph below it, are both to be had."""
    x = leaf(2.0)
    middle = x * 3.0
    (g,) = grad((middle * middle).sum(), [middle])
    assert g.item() == 12.0
    middle.backward(g)  # what lies below was not asked for, so it was not freed
    assert x.grad.item() == 36.0


def test_grad_by_several_at_once():
    """A leaf, a result above it, and the output itself, each with its own gradient."""
    x = leaf(2.0)
    middle = x * 3.0
    y = middle * middle
    gx, gm, gy = grad(y, [x, middle, y])
    assert (gx.item(), gm.item(), gy.item()) == (36.0, 12.0, 1.0)


def test_gradient_of_a_gradient():
    """d³(x⁴)/dx³ = 24x, by differentiating three times."""
    y = x = leaf(2.0)
    y = x**4
    for expected in (32.0, 48.0, 48.0):
        (y,) = grad(y.sum(), [x], create_graph=True)
        assert y.item() == expected


def test_grad_says_when_there_is_no_way():
    """The output does not depend on the input; or on nothing at all."""
    x, other = leaf(1.0), leaf(1.0)
    with pytest.raises(RuntimeError, match=r"does not depend on input 1 of shape \(1,\)"):
        grad((x * 2.0).sum(), [x, other])
    with pytest.raises(RuntimeError, match="nothing to differentiate"):
        grad(Tensor([1.0]), [x])


# -- spent ------------------------------------------------------------------------------------------------------------


def test_a_second_backward_pass_raises_and_says_what_to_do():
    """The graph was freed by the first."""
    x = leaf(1.0)
    y = (x * 2.0).sum()
    y.backward()
    with pytest.raises(
        RuntimeError, match=r"in an earlier backward pass .*compute the result again, or .*retain_graph=True"
    ):
        y.backward()


@pytest.mark.parametrize("run", [lambda y, x: y.backward(), lambda y, x: grad(y, [x])])
def test_a_spent_node_in_the_middle_raises(run):
    """A new result on top of a graph that is gone: never a wrong number, never silence."""
    x = leaf(1.0)
    middle = x * 2.0
    middle.sum().backward()
    with pytest.raises(RuntimeError, match="used in an earlier backward pass"):
        run((middle * 3.0).sum(), x)


def test_create_graph_keeps_the_graph():
    """With create_graph=True it may be used again."""
    x = leaf(3.0)
    y = (x * x).sum()
    grad(y, [x], create_graph=True)
    y.backward()
    assert x.grad.item() == 6.0


# -- refusals and conveniences ----------------------------------------------------------------------------------------


def test_an_op_is_called_once():
    """An instance is one node; a second call would overwrite what it kept."""
    node = Multiply()
    node(leaf(1.0), 2.0)
    with pytest.raises(RuntimeError, match=r"Multiply\(\) has been called already.*make a new one"):
        node(leaf(1.0), 2.0)


def test_mixed_dtypes_are_refused():
    """float32 with float64 would silently become float64."""
    with pytest.raises(TypeError, match="one dtype, got float64, float32; convert with"):
        leaf(1.0) * Tensor(np.ones(1, np.float32))


def test_a_backward_of_the_wrong_shape_is_caught():
    """The error names the op and both shapes."""

    class Wrong(Op):
        def forward(self, x):
            return x * 2

        def backward(self, grad):
            return grad.reshape(2, 1)

    with pytest.raises(RuntimeError, match=r"Wrong\(\) returned a gradient of shape \(2, 1\) for an input of \(2,\)"):
        Wrong()(leaf(1.0, 2.0)).sum().backward()


def test_a_loss_is_one_number():
    """Otherwise ∂L/∂output must be given, in its shape."""
    with pytest.raises(ValueError, match=r"expected a loss of size 1, got shape \(2,\)"):
        leaf(1.0, 2.0).backward()
    with pytest.raises(ValueError, match=r"expected a gradient of shape \(2,\), got \(3,\)"):
        leaf(1.0, 2.0).backward(Tensor(np.ones(3)))


def test_numpy_on_the_left_gives_a_tensor():
    """`array * tensor` is ours, one Tensor, and it is recorded."""
    x = leaf(1.0, 2.0)
    for y in (np.array([3.0, 4.0]) * x, np.array([3.0, 4.0]) - x, np.float64(3.0) / x):
        assert isinstance(y, Tensor)
        assert y.requires_grad


def test_they_print_themselves():
    """Tensors show values, shape, type and maker; nodes their settings, without what they keep."""
    x = leaf(1.0, 2.0)
    y = ops.leaky_relu(x, 0.25)
    assert repr(x) == "Tensor([1. 2.], shape=(2,), dtype=float64)"
    assert repr(y) == "Tensor([1. 2.], shape=(2,), dtype=float64, creator=LeakyReLU)"
    assert repr(y.creator) == "LeakyReLU(slope=0.25)"
    assert repr(x.sum(0).creator) == "Reshape(shape=())"


def test_what_would_be_silently_wrong_is_refused():
    """Mistakes that newcomers make, each with an answer in the words of what they did."""
    x = Tensor(np.ones((3, 1)), requires_grad=True)
    y = x * 2.0
    with pytest.raises(RuntimeError, match="cut this Tensor off from its history"):
        y.astype(np.float32)
    with pytest.raises(TypeError, match="expected grad to be a Tensor of float64, got ndarray"):
        y.backward(np.ones((3, 1)))
    with pytest.raises(TypeError, match=r"write \[x\]"):
        grad(y.sum(), x)
    with pytest.raises(TypeError, match="got None"):
        x + None
    with pytest.raises(TypeError, match="expected real numbers"):
        Tensor(None)
    with pytest.raises(TypeError, match="expected real numbers, got complex128"):
        Tensor(np.array([1j]))
    for loss in (ops.mse, ops.l1):
        with pytest.raises(ValueError, match=r"target of shape \(3, 1\), got \(3,\)"):
            loss(x, np.ones(3))
    with pytest.raises(ValueError, match=r"one number per channel|a number per channel"):
        ops.add_bias(x, Tensor(np.ones(3)))

"""Values and gradients at the edges: tails, infinities, zeros, sizes of 0, types that overflow."""

import numpy as np
import pytest

from minigan import Tensor, grad, nn, ops
from minigan.nn import Parameter
from minigan.optim import SGD, Adam

F32 = np.float32


def leaf(values, dtype=F32) -> Tensor:
    return Tensor(np.array(values, dtype), requires_grad=True)


# -- tails in float32, against float64 --------------------------------------------------------------------------------

LOGITS = [-87.0, -40.0, -20.0, -18.0, -13.4, -5.0, -1e-3, 0.0, 1e-3, 5.0, 13.4, 18.0, 20.0, 40.0, 87.0]


def exact_sigmoid(x):
    return np.where(x < 0, np.exp(x) / (1 + np.exp(x)), 1 / (1 + np.exp(-x)))


TAILS = {
    "sigmoid": (ops.sigmoid, exact_sigmoid, lambda x: exact_sigmoid(x) * exact_sigmoid(-x)),
    "softplus": (ops.softplus, lambda x: np.logaddexp(0, x), exact_sigmoid),
    "-log sigmoid": (lambda x: -ops.log(ops.sigmoid(x)), lambda x: np.logaddexp(0, -x), lambda x: -exact_sigmoid(-x)),
    "cross-entropy with 1": (
        lambda x: ops.bce_with_logits(x, 1.0, "none"), lambda x: np.logaddexp(0, -x), lambda x: -exact_sigmoid(-x),
    ),
    "cross-entropy with 0": (lambda x: ops.bce_with_logits(x, 0, "none"), lambda x: np.logaddexp(0, x), exact_sigmoid),
    "cross-entropy with ones": (
        lambda x: ops.bce_with_logits(x, np.ones(len(LOGITS)), "none"),
        lambda x: np.logaddexp(0, -x), lambda x: -exact_sigmoid(-x),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TAILS)
def test_tails_keep_their_digits(name):
    """Value and gradient, relative to themselves, however small; only −log σ(x) for large x is rounded by σ(x) = 1."""
    function, value, slope = TAILS[name]
    x = leaf([t for t in LOGITS if name != "-log sigmoid" or t < 0.1])
    if name == "cross-entropy with ones":
        assert x.size == len(LOGITS)
    y = function(x)
    y.sum().backward()
    exact = x.numpy().astype(np.float64)
    np.testing.assert_allclose(y.numpy(), value(exact), rtol=2e-6)
    np.testing.assert_allclose(x.grad.numpy(), slope(exact), rtol=2e-6)


def test_a_quotient_does_not_overflow_where_its_gradient_does_not():
    """b² would: 1e20² is infinite in float32, 1e-23² is zero."""
    for a, b in [(1e20, 1e20), (1e-25, 1e-23), (3.0, -2.0)]:
        x, y = leaf([a]), leaf([b])
        (x / y).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), [1 / b], rtol=1e-6)
        np.testing.assert_allclose(y.grad.numpy(), [-a / b / b], rtol=1e-6)


def test_minus_infinity_among_the_logits():
    """A class that is impossible: its gradient is 0, the others' are as without it."""
    logits = leaf([[1.0, -np.inf, 2.0]])
    loss = ops.cross_entropy(logits, np.array([0]))
    loss.backward()
    assert loss.item() == pytest.approx(1.3132617, rel=1e-6)
    share = np.exp([1.0, 2.0]) / np.exp([1.0, 2.0]).sum()
    np.testing.assert_allclose(logits.grad.numpy(), [[share[0] - 1, 0.0, share[1]]], rtol=1e-5)


# -- second derivatives that are zero, or infinite --------------------------------------------------------------------

PIECEWISE_LINEAR = {
    "relu": ops.relu, "leaky_relu": ops.leaky_relu, "absolute": ops.absolute, "amax": lambda x: ops.amax(x, 0),
    "maximum": lambda x: ops.maximum(x, 0.5), "minimum": lambda x: ops.minimum(x, 0.5),
}  # fmt: skip


@pytest.mark.parametrize("name", PIECEWISE_LINEAR)
def test_the_second_derivative_of_what_is_piecewise_linear_is_zero(name):
    x = leaf([-1.5, 0.25, 2.0])
    (first,) = grad(PIECEWISE_LINEAR[name](x).sum(), [x], create_graph=True)
    (second,) = grad(first.sum(), [x])
    assert (second.numpy() == 0).all()
    assert second.shape == (3,)


@pytest.mark.parametrize("f", [lambda x: 1.0 / x, lambda x: x**-1, lambda x: x**-1.0])
def test_derivatives_of_a_reciprocal_at_zero_are_infinite(f):
    """1/x: −∞, then +∞, as their formulas say; and no NaN."""
    x = leaf([0.0, 2.0])
    with np.errstate(all="ignore"):
        (first,) = grad(f(x).sum(), [x], create_graph=True)
        (second,) = grad(first.sum(), [x])
    np.testing.assert_allclose(first.numpy(), [-np.inf, -0.25])
    np.testing.assert_allclose(second.numpy(), [np.inf, 0.25])


def test_powers_of_tensors_at_zero():
    """0⁰ = 1, with the gradients that PyTorch gives too."""
    a, b = leaf([0.0, 0.0, 2.0]), leaf([0.0, 2.0, 0.0])
    with np.errstate(all="ignore"):
        y = a**b
        y.sum().backward()
    np.testing.assert_allclose(y.numpy(), [1.0, 0.0, 1.0])
    np.testing.assert_allclose(a.grad.numpy(), [0.0, 0.0, 0.0])
    np.testing.assert_allclose(b.grad.numpy(), [0.0, 0.0, np.log(2.0)], rtol=1e-6)


def test_softmax_of_one_number():
    x = leaf(3.0)
    y = ops.log_softmax(x)
    y.backward()
    assert (y.item(), y.shape, x.grad.item()) == (0.0, (), 0.0)


# -- sizes of 0 -------------------------------------------------------------------------------------------------------


def test_nothing_in_nothing_out():
    """Batches of no images, and no channels, as in PyTorch: the shapes are right, and gradients are zero."""
    for n, c in [(0, 3), (2, 0)]:
        x, w = leaf(np.ones((n, 5, 5, c))), leaf(np.ones((3, 3, c, 4)))
        y = ops.conv2d(x, w, 2, 1)
        assert (y.shape, y.numpy().sum()) == ((n, 3, 3, 4), 0.0)
        y.sum().backward()
        assert (x.grad.shape, w.grad.shape, np.abs(w.grad.numpy()).sum()) == (x.shape, w.shape, 0.0)
        y = ops.conv_transpose2d(leaf(np.ones((n, 2, 2, c))), leaf(np.ones((4, 4, 4, c))), 2, 1)
        assert (y.shape, y.numpy().sum()) == ((n, 4, 4, 4), 0.0)
    assert ops.max_pool2d(leaf(np.ones((0, 4, 4, 2))), 2).shape == (0, 2, 2, 2)
    assert ops.softmax(leaf(np.ones((0, 4)))).shape == (0, 4)
    assert ops.softmax(leaf(np.ones((4, 0)))).shape == (4, 0)
    assert leaf(np.ones((0, 3))).sum(0).numpy().tolist() == [0.0, 0.0, 0.0]


def test_the_mean_of_nothing_is_not_a_number():
    """As in NumPy and PyTorch; the gradient has the shape of nothing."""
    x = leaf(np.ones((2, 0)))
    assert np.isnan(x.mean(1).numpy()).tolist() == [True, True]
    assert np.isnan(leaf(np.ones((0, 3))).mean().item())
    assert np.isnan(ops.cross_entropy(leaf(np.ones((0, 3))), np.zeros(0, int)).item())
    assert np.isnan(ops.mse(leaf(np.ones((0, 3))), 0.0).item())
    x.mean().backward()
    assert x.grad.shape == (2, 0)


def test_the_maximum_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one value"):
        leaf(np.ones((2, 0))).max(1)


# -- types ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.longdouble, np.complex64, np.int32, bool, "<U3"])
def test_only_two_types_compute(dtype):
    """float16 would be infinite after 70,000 ones; an int would cut weights off."""
    net = nn.Linear(2, 2, rng=np.random.default_rng(0))
    for convert in (net.astype, Tensor([1.5]).astype):
        with pytest.raises(TypeError, match="expected float32 or float64, got"):
            convert(dtype)
    if np.dtype(dtype).kind in "fcU" and np.dtype(dtype).itemsize not in (4, 8):
        with pytest.raises(TypeError, match=r"expected (float32 or float64|real numbers), got"):
            Tensor(np.zeros(3, dtype))


def test_numbers_from_another_machine_are_turned_round():
    """Big-endian floats, as files hold them."""
    x = Tensor(np.array([1.5, 2.5], ">f4"))
    assert (x.dtype, x.tolist()) == (np.dtype(F32), [1.5, 2.5])


# -- optimisers and states --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [lambda p: SGD(p, 0.1), lambda p: Adam(p, 0.1)], ids=["SGD", "Adam"])
def test_a_parameter_whose_array_was_replaced_moves(make):
    """By one in another order of memory: it moves as one in C order does."""
    rng = np.random.default_rng(0)
    values, gradient = rng.normal(size=(3, 2)), rng.normal(size=(2, 3))
    moved = []
    for array in (values.T, np.ascontiguousarray(values.T)):
        p = Parameter(np.zeros((2, 3)))
        optimizer = make([p])
        p.data = array
        p.grad = Tensor(gradient)
        optimizer.step()
        moved.append(p.numpy())
    assert (moved[0] != values.T).all()
    np.testing.assert_array_equal(*moved)


def test_a_parameter_that_became_another_is_refused():
    p = Parameter(np.zeros((2, 3)))
    optimizer = Adam([p])
    p.data = np.zeros((3, 2))
    p.grad = Tensor(np.ones((3, 2)))
    with pytest.raises(RuntimeError, match=r"shape \(2, 3\) has become one of \(3, 2\).*make a new one"):
        optimizer.step()


@pytest.mark.parametrize("wrong", [np.array(["a"] * 4).reshape(2, 2), np.full((2, 2), 1j), np.full((2, 2), None)])
def test_a_state_that_does_not_fit_changes_nothing(wrong):
    """Not the weights that stand before the one that is no number."""
    net = nn.Sequential(nn.Linear(2, 2, rng=np.random.default_rng(0)), nn.Linear(2, 2, rng=np.random.default_rng(1)))
    before = net.state_dict()
    state = {name: np.zeros_like(x) for name, x in before.items()} | {"layers.1.weight": wrong}
    with pytest.raises(ValueError, match=r"expected real numbers for layers\.1\.weight"):
        net.load_state_dict(state)
    assert all((x == before[name]).all() for name, x in net.state_dict().items())
    optimizer = Adam(net.parameters())
    state = optimizer.state_dict() | {"2.v": wrong}
    with pytest.raises(ValueError, match=r"expected real numbers for 2\.v"):
        optimizer.load_state_dict(state)

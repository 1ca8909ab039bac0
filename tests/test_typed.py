"""What every user of NumPy and PyTorch types: it gives what they expect, or a sentence with what to write instead."""

import numpy as np
import pytest

from minigan import Tensor, nn, ops
from minigan.nn import Parameter
from minigan.optim import Adam

RNG = np.random.default_rng(0)
X = np.array([[-2.0, 0.5, 3.0], [1.0, -0.25, 2.0]])


def tensor(values=X) -> Tensor:
    return Tensor(np.array(values), requires_grad=True)


# -- a Tensor as a number ---------------------------------------------------------------------------------------------


def test_one_value_is_a_number():
    loss = tensor([[2.625]])
    assert float(loss) == 2.625
    assert int(loss) == 2
    assert f"{loss:.2f} {loss:5.1f}" == "2.62   2.6"
    assert bool(loss)
    assert not Tensor([0.0])
    assert "nothing" if not Tensor(0.0) else "something" == "nothing"
    assert f"{loss}" == str(loss)
    assert "Tensor(" in f"{tensor()}"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: bool(t), r"size 1 for whether it is true, got shape \(2, 3\).*\.any\(\) or \.all\(\)"),
        (lambda t: float(t), r"size 1 for a number, got shape \(2, 3\).*\.mean\(\)"),
        (lambda t: f"{t:.3f}", r"size 1 for a number to print as '\.3f', got shape \(2, 3\)"),
        (lambda t: t.item(), r"size 1, got shape \(2, 3\)"),
    ],
)
def test_several_values_are_not_a_number(call, message):
    with pytest.raises(ValueError, match=message):
        call(tensor())


# -- comparing and iterating ------------------------------------------------------------------------------------------

COMPARISONS = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip


@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize(
    "other", [0.5, np.float64(0.5), X[0], X, [0.5, 0.5, 3.0]], ids=["float", "numpy", "row", "all", "list"]
)
def test_comparisons_give_arrays(name, other):
    """With numbers, arrays, lists and Tensors, on either side."""
    compare, expected = COMPARISONS[name], COMPARISONS[name](X, np.asarray(other))
    for result in (compare(tensor(), other), compare(tensor(), Tensor(np.asarray(other, float)))):
        assert isinstance(result, np.ndarray)
        assert result.dtype == bool
        np.testing.assert_array_equal(result, expected)
    if isinstance(other, np.ndarray | float):
        np.testing.assert_array_equal(compare(other, tensor()), COMPARISONS[name](np.asarray(other), X))


def test_what_is_no_number_is_not_equal():
    t = tensor()
    assert (t == None) is False  # noqa: E711
    assert (t != "text") is True
    assert 3.0 in t
    assert 4.0 not in t
    assert {t: 1}[t] == 1  # a key by its identity


def test_iterating_over_rows_keeps_the_gradient():
    x = tensor()
    first, second = x
    (first * 2.0 + second).sum().backward()
    assert x.grad.tolist() == [[2.0] * 3, [1.0] * 3]
    assert len(x) == 2
    assert list(Tensor(np.zeros((0, 2)))) == []
    for call in (list, len):
        with pytest.raises(TypeError, match=r"shape \(\) has no length.*\.item\(\)"):
            call(Tensor(5.0))


# -- methods and NumPy's functions ------------------------------------------------------------------------------------

SAME = {
    "abs": (lambda t: abs(t), lambda t: np.abs(t), np.abs),
    "exp": (lambda t: t.exp(), np.exp, np.exp),
    "log": (lambda t: (t * t).log(), lambda t: np.log(t * t), lambda x: np.log(x * x)),
    "sqrt": (lambda t: abs(t).sqrt(), lambda t: np.sqrt(abs(t)), lambda x: np.sqrt(abs(x))),
    "tanh": (lambda t: t.tanh(), np.tanh, np.tanh),
    "square": (lambda t: t**2, np.square, np.square),
    "negative": (lambda t: -t, np.negative, np.negative),
    "max": (lambda t: t.max(), np.max, np.max),
    "min over an axis": (lambda t: t.min(1), lambda t: np.min(t, axis=1), lambda x: x.min(1)),
    "mean": (lambda t: t.mean(), np.mean, np.mean),
    "mean over an axis": (lambda t: t.mean(0, True), lambda t: np.mean(t, 0, keepdims=True), lambda x: x.mean(0)[None]),
    "sum over a list of axes": (lambda t: t.sum(axis=[0, 1]), lambda t: np.sum(t, axis=(0, 1)), np.sum),
    "var": (lambda t: t.var(), np.var, np.var),
    "T": (lambda t: t.T, np.transpose, np.transpose),
    "transpose": (lambda t: t.transpose((1, 0)), lambda t: np.transpose(t, (1, 0)), np.transpose),
    "transpose of a list": (lambda t: t.transpose([1, 0]), lambda t: t.transpose(1, 0), np.transpose),
    "reshape": (lambda t: t.reshape([3, 2]), lambda t: np.reshape(t, (3, 2)), lambda x: x.reshape(3, 2)),
    "flatten": (lambda t: t.flatten(), np.ravel, np.ravel),
    "squeeze": (lambda t: t.reshape(2, 1, 3).squeeze(), lambda t: np.squeeze(t.reshape(2, 1, 3)), lambda x: x),
    "clip": (lambda t: t.clip(-1.1, 1.1), lambda t: np.clip(t, -1.1, 1.1), lambda x: x.clip(-1.1, 1.1)),
    "maximum": (lambda t: ops.maximum(0.1, t), lambda t: np.maximum(0.1, t), lambda x: np.maximum(0.1, x)),
    "minimum": (lambda t: ops.minimum(t, X[0]), lambda t: np.minimum(X[0], t), lambda x: np.minimum(x, X[0])),
    "where": (lambda t: ops.where(t > 0, t, 0.0), lambda t: np.where(t > 0, t, 0.0), lambda x: np.where(x > 0, x, 0.0)),
    "add": (lambda t: X + t, lambda t: np.add(X, t), lambda x: X + x),
    "subtract": (lambda t: X[0] - t, lambda t: np.subtract(X[0], t), lambda x: X[0] - x),
    "multiply": (lambda t: np.float64(3) * t, lambda t: np.multiply(3.0, t), lambda x: 3 * x),
    "divide": (lambda t: 1 / t, lambda t: np.divide(1.0, t), lambda x: 1 / x),
    "power": (lambda t: 2**t, lambda t: np.power(2.0, t), lambda x: 2**x),
    "array exponents": (lambda t: abs(t) ** X, lambda t: np.power(abs(t), X), lambda x: abs(x) ** X),
    "matmul": (lambda t: t @ X.T, lambda t: np.matmul(t, X.T), lambda x: x @ X.T),
    "concatenate": (lambda t: ops.concatenate([t, X], 0), lambda t: np.concatenate([t, X]), lambda x: np.r_[x, X]),
    "stack": (lambda t: ops.stack([t, t]), lambda t: np.stack([t, t]), lambda x: np.stack([x, x])),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_both_spellings_compute_what_numpy_does(name):
    """The method or operator, and NumPy's function: values as of the array, with a gradient."""
    method, function, expected = SAME[name]
    for spelling in (method, function):
        x = tensor()
        y = spelling(x)
        np.testing.assert_allclose(y.numpy(), expected(X), rtol=1e-12)
        y.sum().backward()
        assert x.grad.shape == X.shape


def test_numpys_other_functions_take_the_values():
    t = tensor()
    for function in (np.sin, np.isfinite, np.sign, np.median, np.argsort, np.cumsum, np.unique):
        result = function(t)
        assert not isinstance(result, Tensor)
        np.testing.assert_array_equal(result, function(X))
    total = np.zeros_like(X)
    total += t
    np.testing.assert_array_equal(total, X)
    assert np.add.reduce(t).tolist() == X.sum(0).tolist()
    assert np.allclose(t, X)
    assert (t.argmax(), t.argmin(1).tolist(), t.tolist()) == (2, [0, 1], X.tolist())


# -- indices ----------------------------------------------------------------------------------------------------------

INDICES = {
    "numpy integer": np.argmax(X[1]) - 1, "array": np.array([1, 0, 1]), "list": [0, 1, 1], "mask": X > 0,
    "row mask": np.array([True, False]), "two arrays": (np.array([0, 1]), np.array([2, 2])),
    "array and slice": (slice(None), [2, 0, 2]), "nested": np.array([[0, 1], [1, 1]]), "none": (None, ..., 1),
    "comparison": "t > 0",
}  # fmt: skip


@pytest.mark.parametrize("name", INDICES)
def test_any_index_that_numpy_takes(name):
    """The values, and the gradient: how often each element was chosen."""
    x = tensor()
    index = INDICES[name] if name != "comparison" else x > 0
    y = x[index]
    np.testing.assert_array_equal(y.numpy(), X[index])
    y.sum().backward()
    chosen = np.zeros_like(X)
    np.add.at(chosen, index, 1.0)
    np.testing.assert_array_equal(x.grad.numpy(), chosen)


@pytest.mark.parametrize("index", [1.0, Tensor([1.0]), np.array([0.5]), "a", True, np.True_])
def test_other_indices_are_refused(index):
    with pytest.raises(TypeError, match="expected integers, slices, …"):
        tensor()[index]


# -- calls that cannot work say what would ----------------------------------------------------------------------------


IMAGE, KERNEL = Tensor(np.ones((1, 5, 5, 1))), Tensor(np.ones((3, 3, 1, 1)))


class Empty(nn.Module):
    pass


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.concatenate(tensor(), tensor()), r"a list of Tensors, \[a, b\]"),
        (lambda: ops.concatenate([]), r"a list of Tensors, \[a, b\]"),
        (lambda: tensor().reshape(4, 2), r"6 values of shape \(2, 3\), got \(4, 2\)"),
        (lambda: tensor().reshape(-1, 4), r"6 values of shape \(2, 3\), got \(-1, 4\)"),
        (lambda: tensor().reshape(-1, -1), r"one may be -1, got \(-1, -1\)"),
        (lambda: tensor().reshape(2.0, 3), r"reshape expected integers, got \(2.0, 3\)"),
        (lambda: tensor().transpose(0, 0), r"all 2 axes of shape \(2, 3\) in some order, got \(0, 0\)"),
        (lambda: tensor().broadcast_to((3, 3)), r"\(2, 3\) can be repeated to, got \(3, 3\)"),
        (lambda: tensor().sum(axis=1.5), "axis expected integers"),
        (lambda: tensor().sum(axis=2), "an axis from -2 to 1"),
        (lambda: ops.conv2d(IMAGE, KERNEL, 1.5), r"a pair of them .*got 1.5"),
        (lambda: ops.conv2d(IMAGE, KERNEL, 1, (1,)), r"a pair .*got \(1,\)"),
        (lambda: ops.conv2d(IMAGE, KERNEL, 1, "valid"), "or 'same', got 'valid'"),
        (lambda: ops.conv2d([1.0], Tensor(np.ones((3, 3, 1, 1)))), "conv2d expected Tensors, got list"),
        (lambda: ops.relu([1.0]), "LeakyReLU expected Tensors, got list; make one with minigan.Tensor"),
        (lambda: nn.Linear(3, 4, rng=RNG)([1.0]), "Linear expected Tensors, got list"),
        (lambda: Adam(nn.Linear(3, 4, rng=RNG)), "such as network.parameters"),
        (lambda: nn.Linear(3, 4, rng=0), r"default_rng\(0\), got 0"),
        (lambda: nn.BatchNorm2d(3, rng=0), r"default_rng\(0\), got 0"),
        (lambda: nn.Dropout(rng=0), r"default_rng\(0\), got 0"),
        (lambda: nn.Linear(0, 4, rng=RNG), r"sizes of at least 1, got .*\(0, 4\)"),
        (lambda: nn.Conv2d(1, 0, 3, rng=RNG), r"sizes of at least 1, got .*\(3, 3, 1, 0\)"),
        (lambda: nn.BatchNorm2d(0, rng=RNG), "sizes of at least 1"),
        (lambda: nn.Conv2d(1, 2, 1.5, rng=RNG), "a pair of them .*got 1.5"),
        (lambda: nn.Sequential(nn.ReLU), r"modules, got <class .*write ReLU\("),
        (lambda: nn.Sequential(ops.relu), "modules, got <function relu"),
        (lambda: Empty()(tensor()), r"Empty has no forward\(self, x\)"),
        (lambda: Tensor("text"), "real numbers"),
        (lambda: Tensor(None), "real numbers, got object"),
        (lambda: tensor() + None, "a real number, got None"),
        (lambda: tensor() + "a", "a real number, got 'a'"),
        (lambda: ops.max_pool2d(Tensor(np.ones((1, 4, 4, 1))), 0), "a window and stride ≥ 1"),
        (lambda: ops.cross_entropy(tensor(), [0, 3]), "labels from 0 to 2"),
        (lambda: ops.cross_entropy(tensor(), [0, 1], reduction="average"), "'mean', 'sum' or 'none', got 'average'"),
    ],
)  # fmt: skip
def test_a_sentence_says_what_to_write(call, message):
    with pytest.raises((TypeError, ValueError, NotImplementedError), match=message):
        call()


def test_settings_may_be_numpy_integers():
    layer = nn.Conv2d(np.int64(1), np.int64(2), np.int64(3), rng=RNG, stride=np.int32(2), padding=(np.int8(1), 1))
    assert layer(Tensor(np.ones((1, 5, 5, 1), np.float32))).shape == (1, 3, 3, 2)
    assert ops.max_pool2d(Tensor(np.ones((1, 4, 4, 1))), np.int64(2)).shape == (1, 2, 2, 1)
    assert tensor().sum(np.int64(1)).shape == (2,)
    assert tensor().reshape(np.int64(3), 2).shape == (3, 2)


def test_a_sequential_is_a_sequence():
    layers = [nn.Linear(3, 2, rng=RNG), nn.ReLU(), nn.Linear(2, 1, rng=RNG)]
    net = nn.Sequential(layers)
    assert (net[0], net[-1], len(net), list(net)) == (layers[0], layers[2], 3, layers)
    assert net[1:].layers == layers[1:]
    assert isinstance(net[:2], nn.Sequential)
    assert [name for name, _ in net.named_parameters()] == [
        "layers.0.weight",
        "layers.0.bias",
        "layers.2.weight",
        "layers.2.bias",
    ]


def test_tensors_of_torch_are_taken():
    torch = pytest.importorskip("torch")
    for dtype, kept in [(torch.float32, np.float32), (torch.float64, np.float64), (torch.int64, np.float32)]:
        t = Tensor(torch.arange(3, dtype=dtype))
        assert (t.dtype, t.tolist()) == (kept, [0.0, 1.0, 2.0])
    assert isinstance(Parameter(torch.ones(3)).data, np.ndarray)
    assert isinstance(Tensor([1.0, 2.0, 3.0]) * torch.ones(3).numpy(), Tensor)

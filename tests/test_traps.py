"""What used to give another result than meant, without a word: it works as meant, or raises and says what to do."""

import numpy as np
import pytest

import minigan
from minigan import Op, Tensor, grad, nn, no_grad, ops
from minigan.gan import one_hot
from minigan.nn import Parameter
from minigan.optim import SGD, Adam

RNG = np.random.default_rng(0)


def leaf(*values) -> Tensor:
    return Tensor(np.array(values), requires_grad=True)


# -- values that change between the forward and the backward pass -----------------------------------------------------


def step(network, x):
    optimizer = SGD(network.parameters(), 0.1)
    network(Tensor(x)).sum().backward()
    optimizer.step()


CHANGES = {
    "an optimiser": lambda net, x: step(net, x),
    "assignment": lambda net, x: setattr(net.layers[0].weight, "data", np.ones(net.layers[0].weight.shape)),
    "in place": lambda net, x: setattr(net.layers[0].weight, "data", net.layers[0].weight.data * 2),
    "a state": lambda net, x: net.load_state_dict(net.state_dict()),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", ["Linear", "Conv2d", "BatchNorm2d"])
def test_a_parameter_that_changed_is_named(change, kind):
    """As D's when it learns before G's loss has been differentiated; frozen or not."""
    layer = {
        "Linear": lambda: nn.Linear(3, 3, rng=RNG),
        "Conv2d": lambda: nn.Conv2d(3, 3, 1, rng=RNG),
        "BatchNorm2d": lambda: nn.BatchNorm2d(3, rng=RNG),
    }[kind]()
    if kind == "BatchNorm2d":
        layer.weight = layer.scale
    net = nn.Sequential(layer, nn.Tanh()).astype(np.float64)
    x = RNG.normal(size=(2, 3) if kind == "Linear" else (2, 2, 2, 3))
    net.parameters()  # gives them their names
    with net.frozen():
        loss = net(Tensor(x, requires_grad=True)).sum()
    CHANGES[change](net, x)
    with pytest.raises(
        RuntimeError, match=r"layers\.0\.(weight|scale) of shape .* was changed after .*call backward first"
    ):
        loss.backward()


def test_what_does_not_matter_for_the_gradient_may_change():
    """A sum's gradient needs no values, a bias' neither."""
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    y = (a + b).sum()
    a.data += 1.0
    y.backward()
    assert b.grad.tolist() == [1.0, 1.0]


# -- gradients share nothing ------------------------------------------------------------------------------------------


def test_gradients_share_no_memory():
    """With each other, with what was passed in, or with the graph: each may be changed in place."""
    a, b, c = leaf(1.0, 2.0), leaf(3.0, 4.0), leaf(5.0, 6.0)
    seed = Tensor(np.ones(2))
    (a + b + c.reshape(2, 1).reshape(2)).backward(seed)
    for x in (a, b, c):
        x.grad.data *= 0.5
    assert [x.grad.tolist() for x in (a, b, c)] == [[0.5, 0.5]] * 3
    assert seed.tolist() == [1.0, 1.0]
    a.backward(seed)  # a leaf itself
    a.grad.data *= 0.0
    assert seed.tolist() == [1.0, 1.0]


def test_gradients_of_grad_share_no_memory():
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    first, second = grad((a + b).sum(), [a, b])
    first.data *= 0.0
    assert second.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("f", [lambda x: x.sum(), lambda x: x.mean(), lambda x: x.broadcast_to((3, 2)).sum(),
                               lambda x: x.transpose().sum(), lambda x: x[::-1].sum()])  # fmt: skip
def test_a_gradient_can_be_written_to(f):
    x = leaf(1.0, 2.0)
    f(x).backward()
    x.grad.data *= 2.0


def test_an_intermediate_result_cannot_stop_asking_for_a_gradient():
    x = leaf(1.0)
    y = x * 2.0
    with pytest.raises(RuntimeError, match=r"leaf only.*detach"):
        y.requires_grad = False
    y.requires_grad = True
    x.requires_grad = False  # a leaf may
    assert not x.requires_grad


# -- in place ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operator", ["+=", "-=", "*=", "/="])
def test_a_parameter_is_not_quietly_left_as_it_was(operator):
    """In a loop over parameters, `p -= …` would change only the name p: an error, or within no_grad the parameter."""
    p = Parameter(np.array([8.0]))
    with pytest.raises(RuntimeError, match="within `with no_grad"):
        exec(f"p {operator} 2.0", {"p": p})
    assert p.tolist() == [8.0]
    array, version = p.data, p.version
    with no_grad():
        for q in [p]:
            exec(f"q {operator} 2.0", {"q": q})
    assert p.tolist() == [{"+=": 10.0, "-=": 6.0, "*=": 16.0, "/=": 4.0}[operator]]
    assert p.data is array
    assert p.version > version


def test_a_running_total_of_losses_keeps_its_history():
    x, total = leaf(1.0, 2.0), Tensor(np.array(0.0))
    for _ in range(2):
        total += (x * x).sum()
    total.backward()
    assert x.grad.tolist() == [4.0, 8.0]


# -- losses -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", [ops.bce_with_logits, ops.mse, ops.l1])
def test_a_column_and_a_row_are_not_paired_all_with_all(loss):
    with pytest.raises(ValueError, match=r"a number or a target of shape \(4, 1\), got \(4,\)"):
        loss(Tensor(np.ones((4, 1))), np.ones(4))


# -- optimisers -------------------------------------------------------------------------------------------------------


def test_a_second_optimiser_that_finds_nothing_says_so():
    p = Parameter(np.ones(2))
    first, second = SGD([p]), SGD([p])
    (p * p).sum().backward()
    first.step()
    with pytest.raises(RuntimeError, match=r"no gradient in any parameter: call backward\(\) first"):
        second.step()


def test_zero_grad_clears_what_another_loss_left():
    p = Parameter(np.ones(2))
    optimizer = SGD([p])
    (p * p).sum().backward()
    optimizer.zero_grad()
    assert p.grad is None


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (nn.Linear(2, 2, rng=RNG), "such as network.parameters.*, got Linear"),
        (Parameter(np.ones(2)), "got Parameter"),
        ([], "got none"),
        ([Tensor(np.ones(2))], "requires_grad=True"),
        ([np.ones(2)], "got ndarray"),
        ([leaf(1.0) * 2.0], "is computed"),
    ],
)
def test_what_an_optimiser_takes(parameters, message):
    with pytest.raises(TypeError, match=message):
        Adam(parameters)


def test_each_parameter_once():
    p = Parameter(np.ones(2))
    with pytest.raises(ValueError, match="each parameter once"):
        SGD([p, p])


@pytest.mark.parametrize("settings", [{"lr": np.inf}, {"lr": np.nan}, {"lr": 0.0}, {"epsilon": -1.0}, {"epsilon": 0.0},
                                      {"weight_decay": -1.0}, {"betas": (0.9, 1.0)}, {"betas": (0.9,)}])  # fmt: skip
def test_settings_out_of_range(settings):
    with pytest.raises(ValueError, match="expected"):
        Adam([Parameter(np.ones(2))], **settings)


def test_a_parameter_counts_its_own_steps():
    """One whose first gradient comes late moves as far as in a first step: Adam's correction is for its own count."""
    early, late, alone = (Parameter(np.zeros(1)) for _ in range(3))
    both, single = Adam([early, late], 0.1), Adam([alone], 0.1)
    for _ in range(1000):
        early.grad = Tensor(np.ones(1))
        both.step()
    late.grad, alone.grad = Tensor(np.ones(1)), Tensor(np.ones(1))
    both.step(), single.step()
    assert late.numpy() == alone.numpy()
    assert both.steps == [1000, 1]


def test_a_state_from_before_there_were_settings_is_read():
    """One number of steps for all, and no settings: as in every checkpoint of version 2 and early 3."""
    p, q = Parameter(np.ones(2)), Parameter(np.ones(1))
    old = {"steps": np.array(7), "0.m": np.ones(2), "0.v": np.ones(2), "1.m": np.ones(1), "1.v": np.ones(1)}
    optimizer = Adam([p, q], 0.25, (0.5, 0.9))
    optimizer.load_state_dict(old)
    assert (optimizer.steps, optimizer.lr, optimizer.betas) == ([7, 7], 0.25, (0.5, 0.9))


def test_a_state_has_the_settings():
    p = Parameter(np.ones(2))
    other = Adam([p], 0.5, (0.1, 0.2), 0.3, 0.4)
    adam = Adam([p])
    adam.load_state_dict(other.state_dict())
    assert (adam.lr, adam.betas, adam.epsilon, adam.weight_decay) == (0.5, (0.1, 0.2), 0.3, 0.4)
    with pytest.raises(ValueError, match="another optimiser"):
        adam.load_state_dict({**adam.state_dict(), "speed": np.array(1.0)})


# -- ops of your own --------------------------------------------------------------------------------------------------


def own_op(backward_of):
    class Own(Op):
        def forward(self, a, b):
            return a * b

        def backward(self, grad):
            return backward_of(self, grad)

    return Own


@pytest.mark.parametrize(
    ("backward_of", "message"),
    [
        (lambda op, g: g, r"returned 1 gradients for 2 inputs"),
        (lambda op, g: (g.data, g.data), "returned a ndarray as a gradient"),
        (
            lambda op, g: (g, Tensor(g.data.astype(np.float32))),
            "returned a gradient of float32 for an input of float64",
        ),
        (lambda op, g: (g.sum(), g), r"returned a gradient of shape \(\) for an input of \(2,\)"),
    ],
)
def test_a_backward_that_returns_something_else_is_named(backward_of, message):
    with pytest.raises(RuntimeError, match=message):
        own_op(backward_of)()(leaf(1.0, 2.0), leaf(3.0, 4.0)).sum().backward()


def test_a_backward_that_ignores_needs_leaves_no_gradient():
    a, b = leaf(1.0, 2.0), Tensor(np.array([3.0, 4.0]))
    own_op(lambda op, g: (g, g))()(a, b).sum().backward()
    assert a.grad is not None
    assert b.grad is None


def test_an_array_of_another_type_does_not_slip_in():
    x, array = Tensor(np.ones((1, 2), np.float32)), np.full((1, 2), 2.0)
    joined = ops.concatenate([x, array])
    assert (joined.dtype, joined.tolist()) == (np.float32, [[1.0, 1.0, 2.0, 2.0]])
    with pytest.raises(TypeError, match="inputs of one dtype, got float64, float32"):
        nn.BatchNorm2d(2, rng=RNG)(np.ones((3, 2)))
    assert ops.relu(np.ones(2, np.float32)).dtype == np.float32


# -- what NumPy makes of a Tensor -------------------------------------------------------------------------------------


def test_numpy_gets_numbers_and_not_objects(tmp_path):
    t = Tensor(np.array([[1.0, 2.0]], np.float32))
    for array in (np.array(t), np.asarray(t), np.stack([t, t])[0], np.vstack([t]), np.array([t, t])[0]):
        assert (array.dtype, array.tolist()) == (np.float32, [[1.0, 2.0]])
    assert np.array(t, dtype=int).dtype == int
    np.savez(tmp_path / "t.npz", t=t)
    assert np.load(tmp_path / "t.npz")["t"].tolist() == [[1.0, 2.0]]


def test_matplotlib_draws_a_tensor():
    from matplotlib.figure import Figure

    shown = Figure().subplots().imshow(Tensor(np.eye(2)))
    assert shown.get_array().tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_matrices_become_arrays_and_masks_are_refused():
    t = Tensor(np.matrix([[1.0, 2.0], [3.0, 4.0]]))
    assert (t * t).tolist() == [[1.0, 4.0], [9.0, 16.0]]
    with pytest.raises(TypeError, match="without a mask"):
        Tensor(np.ma.array([1.0, 2.0], mask=[True, False]))


# -- accepted without a word ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Tensor(2, 3), "requires_grad expected True or False, got 3"),
        (lambda: ops.upsample_nearest(Tensor(np.ones((1, 2, 2, 1))), 0), "whole scales ≥ 1.*and 0"),
        (lambda: ops.upsample_nearest(Tensor(np.ones((1, 2, 2, 1))), 1.5), "expected an integer, or a pair.*got 1.5"),
        (lambda: one_hot([0, 3], 3), "integers from 0 to 2, got"),
        (lambda: one_hot([0.5], 3), "integers from 0 to 2, got"),
        (lambda: Tensor([1.0]) + 1j, "a real number, got 1j"),
        (lambda: Tensor([1.0]) * np.array([1j]), "real numbers, got complex128"),
        (lambda: Tensor([Tensor([1.0])]), "ops.stack"),
        (lambda: ops.where(np.array([1.0]), Tensor([1.0]), 0.0), "condition of booleans"),
        (lambda: Tensor([1.0]).sum((0, 0)), "each axis once"),
    ],
)
def test_refused_with_a_sentence(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()


@pytest.mark.parametrize("size", [0, 7, 9, 30, 50, 60, 100])
def test_networks_refuse_sizes_that_they_do_not_have(size):
    from minigan.gan import Discriminator, Generator

    for make in (lambda: Generator(size, 1, 8, 4, rng=RNG), lambda: Discriminator(size, 1, 8, rng=RNG)):
        with pytest.raises(ValueError, match="28, 32, 48, 64"):
            make()


def test_grad_of_what_is_not_used():
    x, y = leaf(1.0), leaf(2.0)
    with pytest.raises(RuntimeError, match=r"does not depend on input 1.*allow_unused"):
        grad((x * x).sum(), [x, y])
    first, second = grad((x * x).sum(), [x, y], allow_unused=True)
    assert first.tolist() == [2.0]
    assert second is None


def test_the_graph_is_kept_when_asked():
    x = leaf(3.0)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    assert grad(y, [x], retain_graph=True)[0].item() == 6.0
    y.backward()
    assert x.grad.item() == 12.0
    assert minigan.grad is grad

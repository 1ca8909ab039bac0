"""float32 in, float32 out: values, gradients, parameters, optimiser state.  One float64 constant would spread."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import Tensor, grad, ops
from minigan.gan import Discriminator, Game, Generator
from minigan.nn import BatchNorm2d, Linear, Sequential
from minigan.optim import SGD, Adam
from tests.support.nodes import leaves, weights_for
from tests.support.op_cases import CASES


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_an_op_keeps_its_dtype(name, dtype, data):
    """The output, each gradient on the way back, the inputs' gradients, and those of second order."""
    call = data.draw(CASES[name].calls)
    inputs = leaves(call.inputs, dtype)
    y = call.function(*inputs)
    seen = [y]
    for step in y.steps(weights_for(y)):
        seen += [step.grad, *(g for g in step.grads if g is not None)]
    seen += [x.grad for x in inputs]

    again = leaves(call.inputs, dtype)
    v = weights_for(y)
    v.requires_grad = True
    first = grad(call.function(*again), again, v, create_graph=True)
    for g in first:
        if g.requires_grad:
            g.backward(weights_for(g))
            break  # the graph of the others is the same one, now freed
    seen += first + [x.grad for x in [*again, v] if x.grad is not None]
    assert {x.dtype for x in seen} == {np.dtype(dtype)}


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_float32_is_close_to_float64(name, data):
    """The values and gradients in float32 are those of float64, rounded."""
    call = data.draw(CASES[name].calls)
    results = []
    for dtype in (np.float64, np.float32):
        inputs = leaves(call.inputs, dtype)
        y = call.function(*inputs)
        y.backward(weights_for(y))
        results.append([y.numpy()] + [x.grad.numpy() for x in inputs])
    for exact, rounded in zip(*results):
        np.testing.assert_allclose(rounded, exact, rtol=1e-4, atol=1e-4)


def numbers_of(game: Game) -> dict[str, np.ndarray]:
    """Every parameter, running statistic and moment of a game."""
    parts = {
        "G": game.generator, "D": game.discriminator,
        "adam G": game.generator_adam, "adam D": game.discriminator_adam,
    }  # fmt: skip
    numbers = {f"{part} {name}": x for part, owner in parts.items() for name, x in owner.state_dict().items()}
    return {name: x for name, x in numbers.items() if name[-1].isdigit() or "." in name}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ten_training_steps_keep_the_dtype(dtype):
    """Images, losses, parameters, running statistics and moments of a GAN, after each of ten steps."""
    rng = np.random.default_rng(0)
    game = Game(
        Generator(28, 1, 2, 4, rng=rng).astype(dtype), Discriminator(28, 1, 2, rng=rng).astype(dtype), 1e-3, (0.5, 0.9)
    )
    before = numbers_of(game)
    for _ in range(10):
        real, z = rng.uniform(-1, 1, (3, 28, 28, 1)).astype(dtype), rng.normal(size=(3, 4)).astype(dtype)
        for move in game.moves(Tensor(real), Tensor(z)):
            assert {x.dtype for x in move.tensors.values()} <= {np.dtype(dtype)}, move.name
            assert {p.grad.dtype for p in game.generator.parameters() if p.grad is not None} <= {np.dtype(dtype)}
    after = numbers_of(game)
    assert {x.dtype for x in after.values()} == {np.dtype(dtype)}
    unchanged = [name for name, x in after.items() if (x == before[name]).all()]
    assert not unchanged


@pytest.mark.parametrize("optimizer", [SGD, Adam])
def test_optimiser_state_has_the_dtype_of_its_parameter(optimizer):
    """Also after a step, and after being saved and loaded."""
    rng = np.random.default_rng(0)
    net = Sequential(Linear(3, 2, rng=rng), BatchNorm2d(2, rng=rng))
    steps = optimizer(net.parameters(), lr=0.1)
    (net(Tensor(rng.normal(size=(4, 3)).astype(np.float32))) ** 2).mean().backward()
    steps.step()
    steps.load_state_dict(steps.state_dict())
    assert {x.dtype for state in steps.state for x in state.values()} == {np.dtype(np.float32)}
    assert {x.dtype for _, x in net.named_tensors()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("constant", [2, 2.5, np.float64(2.5), np.float32(2.5), np.int64(2), np.ones(3), [1, 2, 3]])
def test_constants_do_not_promote(constant):
    """A Python number, a NumPy scalar of any type, a float64 array, a list, on either side: float32 stays."""
    x = Tensor(np.ones(3, np.float32))
    for y in (x + constant, x - constant, x * constant, x / constant):
        assert y.dtype == np.float32
    if not isinstance(constant, list):
        for y in (constant + x, constant - x, constant * x, constant / x):
            assert isinstance(y, Tensor)
            assert y.dtype == np.float32


@pytest.mark.parametrize("number", [np.float64(0.5), np.float32(0.5), 0.5])
def test_settings_do_not_promote(number):
    """The same for an op's settings, which may come out of a NumPy array."""
    x = Tensor(np.ones((3, 1), np.float32), requires_grad=True)
    one, zero = Tensor(np.ones(1, np.float32)), Tensor(np.zeros(1, np.float32))
    for function in (
        lambda: x**number,
        lambda: ops.leaky_relu(x, number),
        lambda: ops.batch_norm(x, one, zero, number),
        lambda: ops.normalize(x, zero, one, one, zero, number),
        lambda: ops.bce_with_logits(x, number),
        lambda: ops.maximum(x, number),
    ):
        y = function()
        y.backward(weights_for(y))
        assert (y.dtype, x.grad.dtype) == (np.float32, np.float32)


def test_what_is_not_floating_point_becomes_float32():
    """Integers, booleans and lists; float64 stays float64."""
    for data in ([1, 2], 3, np.arange(3), np.ones(2, bool), [0.5]):
        assert Tensor(data).dtype == np.float32
    assert Tensor(np.zeros(2)).dtype == np.float64

"""Every op on every device that is not the host: the stand-in of `standin.py` always, CuPy where a GPU answers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan.arrays.backend import DeviceError, device_of, namespace, open_device, to_device, to_host
from minigan.gradcheck import check_gradients
from minigan.nn import BatchNorm2d, Conv2d, LeakyReLU, Linear, Reshape, Sequential
from minigan.optim import SGD, Adam
from minigan.tensor import Tensor
from tests.support.nodes import leaves, weights_for
from tests.support.op_cases import CASES

FEW = max(3, settings.default.max_examples // 6)


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
@settings(max_examples=FEW)
def test_same_numbers_as_on_the_host(name, device, data):
    """Forward and backward give NumPy's numbers, and everything made on the way stays on the device."""
    call = data.draw(CASES[name].calls)
    results = []
    for where in ("cpu", device):
        inputs = leaves(call.inputs, device=where)
        y = call.function(*inputs)
        for step in y.steps(weights_for(y)):
            assert {g.device for g in (step.grad, *step.grads) if g is not None} == {where}
        assert y.device == where
        results.append([y.numpy()] + [x.grad.numpy() for x in inputs])
    for here, there in zip(*results):
        np.testing.assert_allclose(there, here, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
@settings(max_examples=FEW)
def test_gradients_match_difference_quotients_on_the_device(name, device, data):
    """The check of `test_gradients.py`, first and second order, with its inputs there."""
    call = data.draw(CASES[name].calls)
    check_gradients(call.function, call.inputs, order=2, device=device)


@pytest.mark.parametrize("optimizer", [lambda p: SGD(p, 0.1, 0.9), lambda p: Adam(p, 0.01)], ids=["SGD", "Adam"])
def test_a_network_trains_to_the_same_weights(device, optimizer):
    """Three steps of a small network with batch norm: weights, running statistics and optimiser state agree."""
    states = []
    for where in ("cpu", device):
        rng = np.random.default_rng(0)
        net = Sequential(
            Conv2d(2, 3, 3, rng=rng, stride=2, padding=1, bias=False),  # Adam would blow up the noise in its gradient
            BatchNorm2d(3, rng=rng), LeakyReLU(), Reshape(-1), Linear(12, 1, rng=rng),
        ).to(where)  # fmt: skip
        x = Tensor(to_device(rng.normal(size=(5, 4, 4, 2)).astype(np.float32), where))
        steps = optimizer(net.parameters())
        for _ in range(3):
            (net(x) ** 2).mean().backward()
            steps.step()
        assert {t.device for _, t in net.named_tensors()} == {where}
        states.append({**net.state_dict(), **steps.state_dict()})
    for name, here in states[0].items():
        np.testing.assert_allclose(states[1][name], here, rtol=1e-5, atol=1e-6, err_msg=name)


def test_arrays_go_there_and_come_back(device):
    """The two doors: `to_device` and `to_host`; in between, `device_of` and `namespace` know where an array is."""
    x = np.arange(6.0).reshape(2, 3)
    there = to_device(x, device)
    assert device_of(there) == device
    assert namespace(there) is open_device(device).xp
    assert not isinstance(there, np.ndarray)
    np.testing.assert_array_equal(to_host(there), x)
    tensor = Tensor(there)
    assert tensor.to("cpu").device == "cpu"
    assert "Tensor" in repr(tensor)


def test_a_device_that_is_not_there_is_refused():
    """With the name that came and those that would do."""
    with pytest.raises(DeviceError, match=r"expected device 'cpu', 'cuda' or 'cuda:N' \(N from 0 on\), got 'tpu'"):
        to_device(np.zeros(3), "tpu")
    with pytest.raises(TypeError, match="expected an array, got list"):
        namespace([1.0])

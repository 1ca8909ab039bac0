"""PyTorch as an independent oracle, in float64 to 1e-10: every op and every layer, forward and backward; optimisers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import Tensor, nn
from minigan.nn import (
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    LeakyReLU,
    Linear,
    MaxPool2d,
    Module,
    Parameter,
    ReLU,
    Sequential,
    init,
)
from minigan.optim import SGD, Adam, AdamW, Schedule, clip_grad_norm, schedules
from tests.support.nodes import leaves, weights_for
from tests.support.op_cases import CASES

torch = pytest.importorskip("torch", reason="PyTorch, the independent oracle, is not installed: pip install torch")


def close(ours, theirs):
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_op(name, data):
    """The value and the gradient by every input, at any shape and setting."""
    call = data.draw(CASES[name].calls)
    ours = leaves(call.inputs)
    theirs = [torch.tensor(np.ascontiguousarray(x).reshape(x.shape), requires_grad=True) for x in call.inputs]
    y, expected = call.function(*ours), call.oracle(torch, *theirs)
    close(y.numpy(), expected)
    v = weights_for(y)
    y.backward(v)
    expected.backward(torch.tensor(v.numpy()))
    for x, t in zip(ours, theirs):
        close(x.grad.numpy(), t.grad)


# -- layers -----------------------------------------------------------------------------------------------------------


def nchw(array):
    """A torch tensor that asks for a gradient: of images in PyTorch's order of axes, of anything else as it is."""
    return torch.tensor(np.moveaxis(array, -1, 1).copy() if array.ndim == 4 else array, requires_grad=True)


def nhwc(t):
    return t.movedim(1, -1) if t.ndim == 4 else t


def as_we_have_it(layer, t):
    """A parameter of PyTorch's, or its gradient, with the axes in our order."""
    if t.ndim == 4:
        return t.permute(2, 3, 1, 0)  # (O, I, kh, kw) → (kh, kw, I, O)
    return t.T if isinstance(layer, torch.nn.Linear) and t.ndim == 2 else t


RNG = np.random.default_rng(0)
NN = torch.nn


class Affine(NN.Module):
    """2 x − 1."""

    def forward(self, x):
        return 2.0 * x - 1.0


LAYERS = {
    "Linear": (Linear(3, 2, rng=RNG), NN.Linear(3, 2), (4, 3)),
    "Linear without bias": (Linear(3, 2, rng=RNG, bias=False), NN.Linear(3, 2, bias=False), (4, 3)),
    "Conv2d": (
        Conv2d(2, 3, (3, 2), rng=RNG, stride=(2, 1), padding=(1, 0)),
        NN.Conv2d(2, 3, (3, 2), (2, 1), (1, 0)), (2, 6, 5, 2),
    ),
    "ConvTranspose2d": (
        ConvTranspose2d(2, 3, (3, 4), rng=RNG, stride=2, padding=1, output_padding=(1, 0)),
        NN.ConvTranspose2d(2, 3, (3, 4), 2, 1, (1, 0)), (2, 3, 4, 2),
    ),
    "BatchNorm2d of images": (BatchNorm2d(3, rng=RNG), NN.BatchNorm2d(3), (4, 3, 2, 3)),
    "BatchNorm2d of rows": (BatchNorm2d(3, rng=RNG, momentum=0.3, epsilon=0.01), NN.BatchNorm1d(3, 0.01, 0.3), (5, 3)),
    "BatchNorm2d with LeakyReLU": (
        Sequential(BatchNorm2d(3, rng=RNG), LeakyReLU(0.2)),
        NN.Sequential(NN.BatchNorm2d(3), NN.LeakyReLU(0.2)), (4, 3, 2, 3),
    ),
    "BatchNorm2d with ReLU": (
        Sequential(BatchNorm2d(3, rng=RNG), ReLU()), NN.Sequential(NN.BatchNorm2d(3), NN.ReLU()), (4, 3, 2, 3),
    ),
    "ReLU": (ReLU(), NN.ReLU(), (2, 3, 3, 2)),
    "LeakyReLU": (LeakyReLU(0.3), NN.LeakyReLU(0.3), (2, 3, 3, 2)),
    "Tanh": (nn.Tanh(), NN.Tanh(), (2, 3)),
    "Sigmoid": (nn.Sigmoid(), NN.Sigmoid(), (2, 3)),
    "Conv2d with LeakyReLU": (
        Sequential(Conv2d(2, 3, 2, rng=RNG), LeakyReLU(0.2)), NN.Sequential(NN.Conv2d(2, 3, 2), NN.LeakyReLU(0.2)),
        (2, 3, 4, 2),
    ),
    "Conv2d in groups, dilated": (
        Conv2d(4, 2, 2, rng=RNG, groups=2, dilation=2), NN.Conv2d(4, 2, 2, groups=2, dilation=2), (2, 4, 5, 4),
    ),
    "Conv2d that keeps the size": (Conv2d(1, 2, (4, 3), rng=RNG, padding="same"),
                                   NN.Conv2d(1, 2, (4, 3), padding="same"), (2, 5, 4, 1)),
    "ConvTranspose2d in groups, dilated": (
        ConvTranspose2d(4, 2, 2, rng=RNG, groups=2, dilation=(1, 2)),
        NN.ConvTranspose2d(4, 2, 2, groups=2, dilation=(1, 2)), (2, 3, 4, 4),
    ),
    "MaxPool2d": (MaxPool2d(), NN.MaxPool2d(2), (2, 4, 6, 3)),
    "MaxPool2d with borders": (MaxPool2d(3, 2, 1, True), NN.MaxPool2d(3, 2, 1, ceil_mode=True), (2, 4, 6, 3)),
    "AvgPool2d": (nn.AvgPool2d(3, 2, 1, True), NN.AvgPool2d(3, 2, 1, True), (2, 4, 6, 3)),
    "UpsampleNearest": (nn.UpsampleNearest(3), NN.Upsample(scale_factor=3), (2, 2, 3, 2)),
    "UpsampleBilinear": (nn.UpsampleBilinear(2), NN.Upsample(scale_factor=2, mode="bilinear"), (2, 2, 3, 2)),
    "UpsampleNearest by two scales": (nn.UpsampleNearest((3, 2)), NN.Upsample(scale_factor=(3, 2)), (2, 2, 3, 2)),
    "UpsampleBilinear by two scales": (
        nn.UpsampleBilinear((3, 2)), NN.Upsample(scale_factor=(3, 2), mode="bilinear"), (2, 2, 3, 2),
    ),
    "GlobalAveragePool2d": (nn.GlobalAveragePool2d(), NN.AdaptiveAvgPool2d(1), (2, 3, 4, 2)),
    "Rescale": (nn.Rescale(2.0, -1.0), Affine(), (2, 3, 4, 2)),
    "Reshape": (
        Sequential(nn.Reshape(-1), nn.Reshape(2, 3)), NN.Sequential(NN.Flatten(), NN.Unflatten(1, (2, 3))), (4, 6),
    ),
    "Flatten": (nn.Flatten(), NN.Flatten(), (4, 6)),
    "Dropout of nothing": (nn.Dropout(0.0, rng=RNG), NN.Dropout(0.0), (4, 6)),
    "LayerNorm": (nn.LayerNorm(5, epsilon=0.01), NN.LayerNorm(5, 0.01), (4, 5)),
    "GroupNorm": (nn.GroupNorm(2, 4), NN.GroupNorm(2, 4), (3, 2, 3, 4)),
    "InstanceNorm2d": (nn.InstanceNorm2d(3), NN.InstanceNorm2d(3, affine=True), (2, 3, 4, 3)),
}  # fmt: skip


def test_every_layer_is_here():
    """A new layer must be added to the table."""

    def below(kind):
        return {kind}.union(*map(below, kind.__subclasses__()))

    layers = {kind for kind in below(Module) - {Module} if kind.__module__.startswith("minigan.nn.")}
    assert len(layers) > 20
    by_themselves = {nn.Embedding, nn.SpectralNorm}  # below
    assert {type(m) for ours, _, _ in LAYERS.values() for m in ours.modules()} == layers - by_themselves


@pytest.mark.parametrize("name", LAYERS)
def test_layer(name):
    """Training mode twice (so that running statistics move), then evaluation: output, gradients, statistics."""
    ours, theirs, shape = LAYERS[name]
    ours.astype(np.float64), theirs.double()
    pairs = list(zip(ours.parameters(), theirs.parameters()))
    assert len(pairs) == len(ours.parameters()) == len(list(theirs.parameters()))
    with torch.no_grad():
        for p, t in pairs:
            as_we_have_it(theirs, t).copy_(torch.tensor(p.numpy()))
    for mode in ("train", "train", "eval"):
        getattr(ours, mode)(), getattr(theirs, mode)()
        ours.zero_grad(), theirs.zero_grad()
        array = RNG.normal(size=shape)
        x, t = Tensor(array, requires_grad=True), nchw(array)
        y, expected = ours(x), theirs(t)
        v = RNG.normal(size=y.shape)
        y.backward(Tensor(v))
        expected.backward(nchw(v).detach())
        close(y.numpy(), nhwc(expected))
        close(x.grad.numpy(), nhwc(t.grad))
        for p, q in pairs:
            close(p.grad.numpy(), as_we_have_it(theirs, q.grad))
        statistics = [x for _, x in ours.named_tensors() if not isinstance(x, Parameter)]
        buffers = [b for b in theirs.buffers() if b.ndim]  # without PyTorch's count of batches
        assert len(statistics) == len(buffers) == 2 * sum(isinstance(layer, BatchNorm2d) for layer in ours.modules())
        for x, b in zip(statistics, buffers):
            close(x.numpy(), b)


def test_embedding():
    """Of indices of two axes, one of which is chosen twice: values, and the gradient of the table."""
    ours, theirs = nn.Embedding(4, 3, rng=RNG).astype(np.float64), NN.Embedding(4, 3).double()
    ours.weight.data[...] = theirs.weight.detach().numpy()
    indices = np.array([[0, 3], [3, 1]])
    v = RNG.normal(size=(2, 2, 3))
    y, expected = ours(indices), theirs(torch.tensor(indices))
    y.backward(Tensor(v))
    expected.backward(torch.tensor(v))
    close(y.numpy(), expected)
    close(ours.weight.grad.numpy(), theirs.weight.grad)


SPECTRAL = {
    "Linear": (Linear(3, 4, rng=RNG), NN.Linear(3, 4), (5, 3)),
    "Conv2d": (Conv2d(2, 3, 2, rng=RNG), NN.Conv2d(2, 3, 2), (2, 4, 4, 2)),
    "ConvTranspose2d": (ConvTranspose2d(2, 3, 2, rng=RNG), NN.ConvTranspose2d(2, 3, 2), (2, 4, 4, 2)),
}


@pytest.mark.parametrize("name", SPECTRAL)
def test_spectral_norm(name):
    """Both after so many iterations that they have found the largest singular value: in training and in evaluation."""
    layer, theirs, shape = SPECTRAL[name]
    with torch.no_grad():
        as_we_have_it(theirs, theirs.weight).copy_(torch.tensor(layer.weight.numpy()))
        theirs.bias.zero_()
    ours = nn.SpectralNorm(layer.astype(np.float64), rng=RNG, iterations=300).astype(np.float64)
    NN.utils.parametrizations.spectral_norm(theirs.double(), n_power_iterations=300)
    for mode in ("train", "eval"):
        getattr(ours, mode)(), getattr(theirs, mode)()
        ours.zero_grad(), theirs.zero_grad()
        array = RNG.normal(size=shape)
        x, t = Tensor(array, requires_grad=True), nchw(array)
        y, expected = ours(x), theirs(t)
        v = RNG.normal(size=y.shape)
        y.backward(Tensor(v))
        expected.backward(nchw(v).detach())
        gradient = as_we_have_it(theirs, theirs.parametrizations.weight.original.grad)
        np.testing.assert_allclose(y.numpy(), nhwc(expected).detach().numpy(), rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(x.grad.numpy(), nhwc(t.grad).numpy(), rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(layer.weight.grad.numpy(), gradient.numpy(), rtol=1e-6, atol=1e-8)


# -- optimisers -------------------------------------------------------------------------------------------------------

OPTIMIZERS = {
    "SGD": (lambda p: SGD(p, 0.005), lambda p: torch.optim.SGD(p, 0.005)),
    "SGD with momentum": (lambda p: SGD(p, 0.005, 0.9), lambda p: torch.optim.SGD(p, 0.005, 0.9)),
    "Adam": (lambda p: Adam(p, 0.05), lambda p: torch.optim.Adam(p, 0.05)),
    "Adam as in DCGAN": (lambda p: Adam(p, 2e-4, (0.5, 0.999)), lambda p: torch.optim.Adam(p, 2e-4, (0.5, 0.999))),
    "SGD that decays": (
        lambda p: SGD(p, 0.005, 0.9, weight_decay=0.3), lambda p: torch.optim.SGD(p, 0.005, 0.9, weight_decay=0.3),
    ),
    "Nesterov": (
        lambda p: SGD(p, 0.005, 0.9, nesterov=True), lambda p: torch.optim.SGD(p, 0.005, 0.9, nesterov=True),
    ),
    "Adam that decays": (
        lambda p: Adam(p, 0.05, weight_decay=0.3), lambda p: torch.optim.Adam(p, 0.05, weight_decay=0.3),
    ),
    "AdamW": (lambda p: AdamW(p, 0.05, weight_decay=0.3), lambda p: torch.optim.AdamW(p, 0.05, weight_decay=0.3)),
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimiser(name):
    """Ten steps down a function whose gradient changes from place to place."""
    rng = np.random.default_rng(0)
    start, target = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    layer = Linear(3, 4, rng=rng, bias=False).astype(np.float64)
    p, t = layer.weight, torch.tensor(start, requires_grad=True)
    p.data[...] = start
    ours, theirs = (make(x) for make, x in zip(OPTIMIZERS[name], ([p], [t])))
    for _ in range(10):
        ((p - target) ** 4).sum().backward()
        theirs.zero_grad()
        ((t - torch.tensor(target)) ** 4).sum().backward()
        ours.step(), theirs.step()
        close(p.numpy(), t)


SCHEDULES = {
    "linear": (schedules.linear(8, end=0.25), lambda o: torch.optim.lr_scheduler.LinearLR(o, 1.0, 0.25, 8)),
    "cosine": (schedules.cosine(8, 0.0), lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 8)),
    "steps": (schedules.steps(3, 0.5), lambda o: torch.optim.lr_scheduler.StepLR(o, 3, 0.5)),
    "exponential": (schedules.exponential(0.9), lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.9)),
    "warm-up": (schedules.warm_up(4), lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda t: min((t + 1) / 4, 1.0))),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule(name):
    """The learning rate of each of nine steps, the first included."""
    factor, make = SCHEDULES[name]
    ours, theirs = SGD([Parameter(np.ones(2))], 0.2), torch.optim.SGD([torch.ones(2, requires_grad=True)], 0.2)
    schedule, scheduler = Schedule(ours, factor), make(theirs)
    for _ in range(9):
        assert ours.lr == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-12)
        theirs.step(), schedule.step(), scheduler.step()


@pytest.mark.parametrize("limit", [0.1, 1e6])
def test_clip_grad_norm(limit):
    """Several gradients, of which one is missing, above and below the limit."""
    arrays = [RNG.normal(size=(3, 2)), RNG.normal(size=4)]
    ours = [Parameter(np.zeros((3, 2))), Parameter(np.zeros(4)), Parameter(np.zeros(1))]
    theirs = [torch.zeros(p.shape, requires_grad=True) for p in ours]
    for p, t, g in zip(ours, theirs, arrays):
        p.grad, t.grad = Tensor(g.copy()), torch.tensor(g, dtype=torch.float32)
    norm = torch.nn.utils.clip_grad_norm_(theirs, limit)
    assert clip_grad_norm(ours, limit) == pytest.approx(float(norm), rel=1e-5)
    for p, t in zip(ours, theirs[:2]):
        np.testing.assert_allclose(p.grad.numpy(), t.grad.numpy(), rtol=1e-4)


# -- initial weights --------------------------------------------------------------------------------------------------

SHAPES = [
    ((4, 4, 30, 50), (50, 30, 4, 4)),  # 24,000 weights: fan-in 480, fan-out 800
    ((120, 200), (200, 120)),  # as many: fan-in 120, fan-out 200
]
INITIALIZERS = {
    "normal": (init.normal(0.5, 0.1), lambda t: torch.nn.init.normal_(t, 0.5, 0.1)),
    "normal as in the DCGAN": (init.normal(), lambda t: torch.nn.init.normal_(t, 0.0, 0.02)),
    "he_normal": (init.he_normal, torch.nn.init.kaiming_normal_),
    "glorot_uniform": (init.glorot_uniform, torch.nn.init.xavier_uniform_),
    "constant": (init.constant(0.25), lambda t: torch.nn.init.constant_(t, 0.25)),
}


@pytest.mark.parametrize(("shape", "torch_shape"), SHAPES, ids=["kernel", "matrix"])
@pytest.mark.parametrize("name", INITIALIZERS)
def test_initial_weights_are_spread_alike(name, shape, torch_shape):
    """Mean and standard deviation within five standard errors of PyTorch's, the largest value alike; float32."""
    ours, theirs = INITIALIZERS[name]
    x = ours(np.random.default_rng(0), shape)
    torch.manual_seed(0)
    t = theirs(torch.empty(torch_shape)).numpy()
    assert (x.shape, x.dtype) == (shape, np.float32)
    error = t.std() / np.sqrt(t.size)
    assert abs(x.mean() - t.mean()) <= 5 * np.sqrt(2) * error + 1e-9
    assert abs(x.std() - t.std()) <= 5 * error + 1e-9  # σ/√(2n) for each, √2 for the difference
    assert abs(x).max() == pytest.approx(abs(t).max(), rel=0.15)

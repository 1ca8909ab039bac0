"""Modules: what belongs to them and in which order, saving and loading, modes, and what they refuse."""

import numpy as np
import pytest

from minigan import Tensor
from minigan.arrays.backend import DeviceError
from minigan.nn import (
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    LeakyReLU,
    Linear,
    Module,
    Parameter,
    ReLU,
    Reshape,
    Sequential,
    Sigmoid,
    Tanh,
)


def network(seed: int = 0) -> Sequential:
    rng = np.random.default_rng(seed)
    return Sequential(
        Conv2d(1, 2, 3, rng=rng, bias=False), BatchNorm2d(2, rng=rng), LeakyReLU(), Reshape(-1), Linear(8, 1, rng=rng)
    )


def images(n: int = 3) -> Tensor:
    return Tensor(np.random.default_rng(1).normal(size=(n, 4, 4, 1)).astype(np.float32))


class Nested(Module):
    """Holds its parts every way that counts: alone, in a list, as a statistic; and things that do not."""

    def __init__(self, rng):
        self.last_by_name = Linear(2, 2, rng=rng, bias=False)
        self.parts = [Linear(2, 2, rng=rng), Parameter(np.zeros(1, np.float32))]
        self.a_number, self.a_name, self.nothing = 3, "name", None
        self.statistic = Tensor(np.zeros(2, np.float32))
        self.again = Parameter(np.ones(1, np.float32))


def test_the_walk_is_in_the_order_of_definition():
    """Names are dotted, list items numbered; running statistics are among the tensors, not among the parameters."""
    nested = Nested(np.random.default_rng(0))
    names = [name for name, _ in nested.named_tensors()]
    assert names == ["last_by_name.weight", "parts.0.weight", "parts.0.bias", "parts.1", "statistic", "again"]
    named = dict(nested.named_tensors())
    assert all(x is named[name] for x, name in zip(nested.parameters(), [n for n in names if n != "statistic"]))
    assert len(nested.parameters()) == 5
    assert [type(m).__name__ for m in nested.modules()] == ["Nested", "Linear", "Linear"]


def test_a_state_dict_is_a_copy_on_the_host():
    """Changing the network later does not change what was saved."""
    net = network()
    state = net.state_dict()
    assert list(state) == [
        "layers.0.weight", "layers.1.scale", "layers.1.shift", "layers.1.running_mean", "layers.1.running_variance",
        "layers.4.weight", "layers.4.bias",
    ]  # fmt: skip
    before = state["layers.0.weight"].copy()
    net.parameters()[0].data[...] = 7.0
    np.testing.assert_array_equal(state["layers.0.weight"], before)


def test_saving_and_loading_gives_the_same_network():
    """All parameters and running statistics, bit for bit; the arrays that an optimiser holds stay the same objects."""
    source, target = network(0), network(1)
    source(images())  # so that the running statistics have moved
    arrays = [x.data for _, x in target.named_tensors()]
    target.load_state_dict(source.state_dict())
    assert all(x.data is array for (_, x), array in zip(target.named_tensors(), arrays))
    np.testing.assert_array_equal(target.eval()(images()).numpy(), source.eval()(images()).numpy())
    target.parameters()[0].data[...] = 0.0
    assert (source.parameters()[0].numpy() != 0.0).any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("layers.4.bias"), r"missing \['layers.4.bias'\], unexpected none"),
        (lambda s: s.update(extra=np.zeros(1)), r"missing none, unexpected \['extra'\]"),
        (lambda s: s.update({"layers.4.bias": np.zeros(2)}), r"expected layers.4.bias of shape \(1,\), got \(2,\)"),
    ],
)
def test_a_state_dict_that_does_not_fit_is_refused_and_nothing_changes(change, message):
    """Not even those that would have fitted."""
    net, state = network(0), network(1).state_dict()
    before = net.state_dict()
    change(state)
    with pytest.raises(ValueError, match=message):
        net.load_state_dict(state)
    for name, x in net.state_dict().items():
        np.testing.assert_array_equal(x, before[name])


def test_frozen_asks_for_no_gradient_and_lets_it_through():
    """Within, the input gets its gradient and no parameter does; afterwards all is as before, also by an error."""
    net, x = network(), images()
    x.requires_grad = True
    already = net.parameters()[0]
    already.requires_grad = False
    with net.frozen():
        y = net(x)
    y.sum().backward()
    assert x.grad is not None
    assert all(p.grad is None for p in net.parameters())
    with pytest.raises(KeyError), net.frozen():
        raise KeyError
    assert [p.requires_grad for p in net.parameters()] == [False] + [True] * 4


def test_zero_grad_forgets():
    """And only the gradients."""
    net = network()
    net(images()).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_train_and_eval_reach_every_layer():
    """They change the mode of the module and all inside, and return it."""
    net = network()
    assert net.eval() is net
    assert not any(m.training for m in net.modules())
    assert all(m.training for m in net.train().modules())
    assert Module.training  # the class's own default is not touched


def test_in_evaluation_an_image_does_not_depend_on_its_neighbours():
    """Running statistics, and they stay; in training, the batch's, and the running ones move."""
    net, x = network(), images()
    net(x)
    net.eval()
    before = net.state_dict()
    together = net(x).numpy()
    alone = np.concatenate([net(Tensor(x.numpy()[i : i + 1])).numpy() for i in range(3)])
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)
    assert all((x == before[name]).all() for name, x in net.state_dict().items())
    moved = [name for name, x in network().state_dict().items() if (x != before[name]).any()]
    assert moved == ["layers.1.running_mean", "layers.1.running_variance"]


def test_to_moves_everything_in_place():
    """Parameters and running statistics; the Tensors stay the same objects, so whoever holds them follows."""
    net = network()
    tensors = [x for _, x in net.named_tensors()]
    before = net.state_dict()
    assert net.to("standin") is net
    assert {x.device for x in tensors} == {"standin"}
    assert {x.device for _, x in net.named_tensors()} == {"standin"}
    for name, x in net.to("cpu").state_dict().items():
        np.testing.assert_array_equal(x, before[name])


def test_to_a_device_that_is_not_there_moves_nothing():
    """The question is asked before the first Tensor moves."""
    net = network()
    with pytest.raises(DeviceError, match="got 'tpu'"):
        net.to("tpu")
    assert {x.device for _, x in net.named_tensors()} == {"cpu"}
    with pytest.raises(DeviceError, match="got 'tpu'"):  # nor is a wrong name accepted where there is nothing to move
        ReLU().to("tpu")


def test_a_module_must_say_what_it_computes():
    """The base class computes nothing."""
    with pytest.raises(NotImplementedError):
        Module()(images())


def test_astype_converts_everything():
    """Parameters and running statistics alike; and the network still runs."""
    net = network().astype(np.float64)
    assert {x.dtype for _, x in net.named_tensors()} == {np.dtype(np.float64)}
    assert net(images().astype(np.float64)).dtype == np.float64


def zeros(*shape) -> Tensor:
    return Tensor(np.zeros(shape, np.float32))


RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("layer", "x", "message"),
    [
        (Conv2d(64, 8, 4, rng=RNG), zeros(8, 14, 14, 3),
         r"Conv2d expected 64 input channels \(axis 3\), got shape \(8, 14, 14, 3\)"),
        (ConvTranspose2d(5, 8, 4, rng=RNG), zeros(8, 7, 7, 3), r"ConvTranspose2d expected 5 input channels"),
        (Linear(5, 2, rng=RNG), zeros(3, 4), r"Linear expected shape \(N, 5\), got \(3, 4\)"),
        (BatchNorm2d(4, rng=RNG), zeros(2, 3, 3, 5),
         r"BatchNorm2d expected 4 channels \(last axis\), got shape \(2, 3, 3, 5\)"),
        (BatchNorm2d(4, rng=RNG), zeros(1, 4), "more than one value per channel in training"),
    ],
)  # fmt: skip
def test_a_layer_names_the_shape_that_does_not_fit(layer, x, message):
    """What was expected and what came."""
    with pytest.raises(ValueError, match=message):
        layer(x)


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (Linear(3, 2, rng=RNG), "Linear(3 → 2, bias=True)"),
        (Conv2d(1, 2, 3, rng=RNG, stride=2), "Conv2d(1 → 2, kernel=(3, 3), stride=(2, 2), padding=(0, 0), bias=True)"),
        (BatchNorm2d(4, rng=RNG), "BatchNorm2d(4)"),
        (ReLU(), "ReLU()"),
        (LeakyReLU(), "LeakyReLU(0.2)"),
        (Reshape(7, 7, 2), "Reshape(7, 7, 2)"),
        (Nested(RNG), "Nested(\n  last_by_name: Linear(2 → 2, bias=False)\n  parts.0: Linear(2 → 2, bias=True)\n)"),
        (Sequential(ReLU(), Sequential(Tanh(), Sigmoid())),
         "Sequential(\n  layers.0: ReLU()\n  layers.1: Sequential(\n"
         "    layers.0: Tanh()\n    layers.1: Sigmoid()\n  )\n)"),
    ],
)  # fmt: skip
def test_they_print_what_they_are(layer, text):
    """A network prints as a tree of its modules, a layer with its settings."""
    assert repr(layer) == text


def test_the_same_generator_gives_the_same_weights():
    """All randomness comes from the Generator that was passed."""
    first, second, third = network(0).state_dict(), network(0).state_dict(), network(1).state_dict()
    assert all((first[name] == second[name]).all() for name in first)
    assert (first["layers.0.weight"] != third["layers.0.weight"]).any()


class Holder(Module):
    """Holds what it is given, in attributes of these names."""

    def __init__(self, **held):
        vars(self).update(held)

    def forward(self, x):
        return x


def test_modules_are_found_however_they_are_held():
    """In lists, tuples and dicts, nested, with names that say where; in evaluation mode and trained like all others."""
    layers = [BatchNorm2d(n, rng=RNG) for n in range(2, 8)]
    statistic = Tensor(np.zeros(1))
    net = Holder(
        pair=(layers[0], layers[1]), by_name={"a": layers[2], "b": [layers[3], {"deep": layers[4]}]},
        numbers=[1, (2, "x")], last=layers[5], plain={"mean": statistic},
    )  # fmt: skip
    prefixes = ["pair.0", "pair.1", "by_name.a", "by_name.b.0", "by_name.b.1.deep", "last"]
    names = [f"{prefix}.{name}" for prefix in prefixes for name, _ in layers[0].named_tensors()]
    assert [name for name, _ in net.named_tensors()] == [*names, "plain.mean"]
    assert list(net.modules()) == [net, *layers]
    assert len(net.parameters()) == 12
    net.eval()
    assert not any(layer.training for layer in layers)
    other = Holder(pair=tuple(BatchNorm2d(n, rng=RNG) for n in (2, 3)))
    state = {name: x + 1 for name, x in other.state_dict().items()}
    other.load_state_dict(state)
    assert all((x == state[name]).all() for name, x in other.state_dict().items())


def test_what_is_held_twice_is_trained_once():
    """Shared weights: two names in the state, one parameter for an optimiser."""
    shared = Linear(2, 2, rng=RNG)
    net = Sequential(shared, Tanh(), shared)
    assert [name for name, _ in net.named_tensors()] == [
        "layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias",
    ]  # fmt: skip
    assert net.parameters() == [shared.weight, shared.bias]
    assert list(net.modules()) == [net, shared, net.layers[1]]


@pytest.mark.parametrize("use", [Module.parameters, Module.eval, Module.state_dict, lambda net: net.to("cpu")])
def test_a_module_that_holds_its_parent_is_refused(use):
    """Directly, or by way of others and of a tuple."""
    child = Holder()
    parent = Holder(child=child)
    child.parents = (parent,)
    with pytest.raises(ValueError, match=r"Holder\.parents\.0 is Holder, which holds this module: .*cannot hold its"):
        use(parent)
    alone = Holder()
    alone.me = alone
    with pytest.raises(ValueError, match=r"Holder\.me is Holder"):
        use(alone)

"""Each ablation breaks its rule and no other: tested layer by layer, and by what the networks compute."""

import numpy as np
import pytest

from minigan import Tensor, gan
from minigan.commands import sample, train
from minigan.data import load_dataset, scale_images
from minigan.gan import RULES, SIZES, Config, build_networks
from minigan.gan.networks import one_hot
from minigan.nn import BatchNorm2d, Conv2d, ConvTranspose2d, MaxPool2d, Rescale, Sigmoid, UpsampleNearest
from tests.support.commands import refused
from tests.support.layer_lines import layers
from tests.support.steps import assert_resumes_bit_for_bit, one_step


def networks(rule="", size=32, channels=3, classes=0):
    config = Config(ablate=rule, image_size=size, channels=channels, classes=classes, width=4, latent=10)
    return build_networks(config, np.random.default_rng(0))


def replaced(lines, *pairs):
    """The lines with some of them replaced, each by any number of lines."""
    pairs = dict(pairs)
    assert pairs.keys() <= set(lines)
    return [new for line in lines for new in pairs.get(line, [line])]


G = [
    "convT 10→16 4/1/0", "BN 16", "ReLU",
    "convT 16→8 4/2/1", "BN 8", "ReLU",
    "convT 8→4 4/2/1", "BN 4", "ReLU",
    "convT 4→3 4/2/1 +bias", "Tanh",
]  # fmt: skip
D = [
    "conv 3→4 4/2/1 +bias", "LeakyReLU 0.2",
    "conv 4→8 4/2/1", "BN 8", "LeakyReLU 0.2",
    "conv 8→16 4/2/1", "BN 16", "LeakyReLU 0.2",
    "conv 16→1 4/1/0 +bias",
]  # fmt: skip

EXPECTED = {
    "": (G, D),
    "strides": (
        replaced(
            G,
            ("convT 16→8 4/2/1", ["UpsampleNearest", "conv 16→8 3/1/1"]),
            ("convT 8→4 4/2/1", ["UpsampleNearest", "conv 8→4 3/1/1"]),
            ("convT 4→3 4/2/1 +bias", ["UpsampleNearest", "conv 4→3 3/1/1 +bias"]),
        ),
        [
            "conv 3→4 3/1/1 +bias", "LeakyReLU 0.2", "MaxPool2d",
            "conv 4→8 3/1/1", "MaxPool2d", "BN 8", "LeakyReLU 0.2",
            "conv 8→16 3/1/1", "MaxPool2d", "BN 16", "LeakyReLU 0.2",
            "conv 16→1 4/1/0 +bias",
        ],
    ),
    "batchnorm": (
        [
            "convT 10→16 4/1/0 +bias", "ReLU",
            "convT 16→8 4/2/1 +bias", "ReLU",
            "convT 8→4 4/2/1 +bias", "ReLU",
            "convT 4→3 4/2/1 +bias", "Tanh",
        ],
        [
            "conv 3→4 4/2/1 +bias", "LeakyReLU 0.2",
            "conv 4→8 4/2/1 +bias", "LeakyReLU 0.2",
            "conv 8→16 4/2/1 +bias", "LeakyReLU 0.2",
            "conv 16→1 4/1/0 +bias",
        ],
    ),
    "connected": (
        ["conv 10→128 1/1/0", "BN 128", "ReLU", "convT 128→16 4/1/0", *G[1:]],
        [*D[:-1], "conv 16→128 4/1/0", "BN 128", "LeakyReLU 0.2", "conv 128→1 1/1/0 +bias"],
    ),
    "average": (G, [*D[:-1], "GlobalAveragePool2d", "conv 16→1 1/1/0 +bias"]),
    "relu": (
        replaced(G, ("ReLU", ["Tanh"])),
        D,
    ),
    "tanh": ([*G[:-1], "Sigmoid", "Rescale"], ["Rescale", *D]),
    "leaky": (G, [line.replace("LeakyReLU 0.2", "ReLU") for line in D]),
}  # fmt: skip


def test_every_rule_is_tested():
    assert EXPECTED.keys() == {"", *RULES}


@pytest.mark.parametrize("rule", EXPECTED)
def test_one_rule_is_broken_layer_by_layer(rule):
    generator, discriminator = networks(rule)
    assert (layers(generator), layers(discriminator)) == EXPECTED[rule]


def initial_weights(network):
    """The initial weights of each convolution and the scales of each batch norm, by its line."""
    return {
        line: layer.weight.numpy() if isinstance(layer, Conv2d) else layer.scale.numpy()
        for line, layer in zip(layers(network), network.net.layers)
        if isinstance(layer, Conv2d | BatchNorm2d)
    }


@pytest.mark.parametrize("rule", RULES)
def test_unchanged_layers_have_the_same_initial_weights(rule):
    for ours, paper in zip(networks(rule), networks()):
        ours, paper = initial_weights(ours), initial_weights(paper)
        for line in ours.keys() & paper.keys():
            np.testing.assert_array_equal(ours[line], paper[line], err_msg=line)


@pytest.mark.parametrize("rule", ["strides", "batchnorm", "connected", "average"])
def test_new_layers_are_initialised_as_in_the_paper(rule):
    for ours, paper in zip(networks(rule), networks()):
        known = layers(paper)
        for line, layer in zip(layers(ours), ours.net.layers):
            if isinstance(layer, Conv2d) and line not in known:
                weight = layer.weight.numpy()
                assert abs(weight.std() - 0.02) < 0.1 / weight.size**0.5, line
                assert layer.bias is None or not layer.bias.numpy().any()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("rule", RULES)
def test_images_of_every_size(rule, size, channels):
    generator, discriminator = networks(rule, size, channels)
    images = generator(Tensor(np.random.default_rng(1).standard_normal((2, 10), np.float32)))
    assert (images.shape, images.dtype) == ((2, size, size, channels), np.float32)
    assert np.abs(images.numpy()).max() <= 1
    logits = discriminator(images)
    assert (logits.shape, logits.dtype) == ((2,), np.float32)


@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("rule", RULES)
def test_a_step_reaches_every_parameter(rule, classes):
    one_step(Config(ablate=rule, width=4, latent=10, conditional=classes > 0, classes=classes))


@pytest.mark.parametrize("rule", RULES)
def test_a_step_on_another_device(rule, device):
    one_step(Config(ablate=rule, width=4, latent=10), device)


def test_conditional_networks_already_have_hidden_layers():
    for plain, connected in zip(networks(classes=5), networks("connected", classes=5)):
        assert [str(layer) for layer in plain.net.layers] == [str(layer) for layer in connected.net.layers]
        assert any(isinstance(layer, Conv2d) and layer.channels[1] == 128 for layer in plain.net.layers)


@pytest.mark.parametrize("rule", RULES)
def test_labels_go_into_every_convolution(rule):
    """And with every ablation, an image depends on its own label."""
    generator, discriminator = networks(rule, classes=5)
    for features, net in ((10, generator), (3, discriminator)):
        for layer in net.net.layers:
            if isinstance(layer, Conv2d):
                assert layer.channels[0] == features + 5
                features = layer.channels[1]
    z = Tensor(np.random.default_rng(1).standard_normal((2, 10), np.float32))
    generator.eval()
    discriminator.eval()
    images = generator(z, Tensor(one_hot([0, 1], 5)))
    for net, x in ((generator, z), (discriminator, images)):
        before, after = (net(x, Tensor(one_hot(labels, 5))).numpy() for labels in ([0, 1], [0, 4]))
        np.testing.assert_array_equal(before[0], after[0])
        assert (before[1] != after[1]).any()


# -- single rules ------------------------------------------------------------------------------------------------------


def receptive_field(layers, size, at):
    """The rows of an image that a feature depends on, by its gradient."""
    x = Tensor(np.random.default_rng(0).standard_normal((1, size, size, 1), np.float32), requires_grad=True)
    y = x
    for layer in layers:
        y = layer(y)
    y[:, at : at + 1, at : at + 1].sum().backward()
    return {int(row) for row in np.nonzero(x.grad.numpy())[1]}


def test_the_receptive_field_without_strides_is_the_same():
    rng = np.random.default_rng(0)
    strided, same = Conv2d(1, 1, 4, stride=2, padding=1, rng=rng), Conv2d(1, 1, 3, padding=1, rng=rng)
    rows = set()
    for seed in range(40):  # each time the maximum is one of four features, which depend on nine pixels each
        same.weight.data[...] = np.random.default_rng(seed).standard_normal((3, 3, 1, 1), np.float32)
        rows |= receptive_field([same, MaxPool2d()], 12, at=2)
    assert receptive_field([strided], 12, at=2) == rows == {3, 4, 5, 6}
    transposed = ConvTranspose2d(1, 1, 4, stride=2, padding=1, rng=rng)
    for at in (6, 7):
        assert receptive_field([transposed], 6, at) == receptive_field([UpsampleNearest(), same], 6, at)


def test_max_pooling_and_nearest_upsampling():
    x = Tensor(np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1))
    assert MaxPool2d()(x).numpy()[0, :, :, 0].tolist() == [[5, 7], [13, 15]]
    assert UpsampleNearest()(x[:, :2, :2]).numpy()[0, :, :, 0].tolist() == [
        [0, 0, 1, 1], [0, 0, 1, 1], [4, 4, 5, 5], [4, 4, 5, 5],
    ]  # fmt: skip


def test_a_hidden_layer_is_fully_connected():
    """Each of D's 128 units to every feature at every position; each feature of G to all of its 128 units."""
    generator, discriminator = networks("connected", size=28, channels=1)
    assert generator.net.layers[0].weight.shape == (1, 1, 10, 128)
    assert generator.net.layers[3].weight.shape == (7, 7, 8, 128)
    assert discriminator.net.layers[-4].weight.shape == (7, 7, 8, 128)


def test_with_average_pooling_the_logit_does_not_depend_on_positions():
    """Flipped feature maps give the same logit; in the paper's network they do not."""
    maps = np.random.default_rng(0).standard_normal((1, 4, 4, 16)).astype(np.float32)
    for rule, same in (("average", True), ("", False)):
        _, discriminator = networks(rule)
        output_layers = discriminator.net.layers[-2:] if same else discriminator.net.layers[-1:]
        logits = []
        for x in (maps, maps[:, ::-1]):
            y = Tensor(x.copy())
            for layer in output_layers:
                y = layer(y)
            logits.append(y.numpy().item())
        assert (abs(logits[0] - logits[1]) < 1e-6) == same


def test_without_tanh_images_are_0_to_1_inside_the_networks():
    """The input of D's first convolution is G's sigmoid or, for real images, their bytes / 255."""
    generator, discriminator = networks("tanh", size=28, channels=1)
    x = Tensor(np.random.default_rng(0).standard_normal((2, 1, 1, 10), np.float32))
    for layer in generator.net.layers[:-1]:
        x = layer(x)
    drawn = x.numpy()
    assert isinstance(generator.net.layers[-2], Sigmoid)
    assert 0 <= drawn.min() < drawn.max() <= 1
    first = discriminator.net.layers[0]
    np.testing.assert_allclose(first(generator.net.layers[-1](x)).numpy(), drawn, atol=1e-7)
    digits = load_dataset("mnist").images[:2]
    np.testing.assert_allclose(first(Tensor(scale_images(digits))).numpy(), digits / 255, atol=1e-7)
    assert isinstance(first, Rescale)


# -- the command -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
def test_the_command_trains_samples_and_resumes_bit_for_bit(tmp_path, monkeypatch, capsys, rule):
    monkeypatch.chdir(tmp_path)
    assert_resumes_bit_for_bit(tmp_path, monkeypatch, "--ablate", rule, "--width", "4")
    run = gan.load_run(tmp_path / "whole" / "checkpoint.npz")
    paper = gan.Run(Config(width=4, latent=8))
    assert (layers(run.generator), layers(run.game.discriminator)) != (
        layers(paper.generator), layers(paper.game.discriminator),
    )  # fmt: skip
    assert sample.main(["whole", "--count", "4", "--out", "four.png"]) == 0
    assert f"has ablate {rule}, not x" in refused(capsys, train, "mnist", "--resume", "whole", "--ablate", "x")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--ablate", "strods"], f"expected a rule to ablate of {', '.join(RULES)}, got 'strods'"),
        (["--ablate", "relu", "--model", "mlp"], "expected no rule to ablate with the model mlp, got 'relu'"),
    ],
)
def test_bad_arguments_are_refused(tmp_path, monkeypatch, capsys, argv, message):
    monkeypatch.chdir(tmp_path)
    assert message in refused(capsys, train, "mnist", *argv)
    assert list(tmp_path.iterdir()) == []


def test_help_lists_the_rules(capsys):
    with pytest.raises(SystemExit):
        train.parse(["--help"])
    help_text = " ".join(capsys.readouterr().out.split())
    assert f"one of DCGAN's design rules: {', '.join(RULES)}" in help_text

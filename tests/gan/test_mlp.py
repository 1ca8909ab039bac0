"""The fully connected GAN: its layers, with and without labels, and through the commands."""

import math

import numpy as np
import pytest

from minigan import Tensor, gan
from minigan.commands import sample, train
from minigan.gan import SIZES, Config, Discriminator, Generator, MLPDiscriminator, MLPGenerator, Run
from minigan.gan.networks import join_labels, one_hot
from minigan.nn import Linear
from tests.support.commands import refused
from tests.support.steps import assert_depends_on_its_own_label_alone, assert_resumes_bit_for_bit, one_step


def rng():
    return np.random.default_rng(0)


def layers(net):
    """Each layer in one line."""
    return [repr(layer).replace(", bias=True", "") for layer in net.net.layers]


def test_the_generator_layer_by_layer():
    assert layers(MLPGenerator(28, 1, 100, rng=rng())) == [
        "Reshape(-1,)",
        "Linear(100 → 256)", "ReLU()",
        "Linear(256 → 512)", "ReLU()",
        "Linear(512 → 1024)", "ReLU()",
        "Linear(1024 → 784)", "Tanh()",
        "Reshape(28, 28, 1)",
    ]  # fmt: skip


def test_the_discriminator_layer_by_layer():
    assert layers(MLPDiscriminator(32, 3, rng=rng())) == [
        "Reshape(-1,)",
        "Linear(3072 → 1024)", "LeakyReLU(0.2)",
        "Linear(1024 → 512)", "LeakyReLU(0.2)",
        "Linear(512 → 256)", "LeakyReLU(0.2)",
        "Linear(256 → 1)",
    ]  # fmt: skip


def test_labels_go_into_every_layer():
    generator, discriminator = MLPGenerator(28, 1, 100, 3, rng=rng()), MLPDiscriminator(28, 1, 3, rng=rng())
    for net, expected in ((generator, [103, 259, 515, 1027]), (discriminator, [787, 1027, 515, 259])):
        assert [layer.weight.shape[0] for layer in net.net.layers if isinstance(layer, Linear)] == expected


def test_labels_are_concatenated_after_the_features():
    x = Tensor(np.arange(4, dtype=np.float32).reshape(2, 2))
    assert join_labels(x, Tensor(one_hot([1, 0], 2))).numpy().tolist() == [[0, 1, 0, 1], [2, 3, 1, 0]]


def test_activations_keep_their_scale():
    """From z to G's last hidden layer with He initialisation; with DCGAN's, they shrink by a factor of 100."""

    def scale_after_the_hidden_layers(net):
        x = Tensor(rng().standard_normal((64, 100), np.float32))
        for layer in net.net.layers[:7]:
            x = layer(x)
        return math.sqrt(np.mean(x.numpy() ** 2))

    net = MLPGenerator(28, 1, 100, rng=rng())
    assert scale_after_the_hidden_layers(net) == pytest.approx(1, rel=0.2)
    for layer in net.net.layers:
        if isinstance(layer, Linear):
            layer.weight.data[...] *= 0.02 / layer.weight.data.std()
    assert scale_after_the_hidden_layers(net) == pytest.approx(0.01, rel=0.2)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", SIZES[:3])
def test_images_of_every_size(size, channels):
    generator = MLPGenerator(size, channels, 10, rng=rng())
    images = generator(Tensor(rng().standard_normal((2, 10), np.float32)))
    assert images.shape == (2, size, size, channels)
    assert images.dtype == np.float32
    assert np.abs(images.numpy()).max() <= 1
    logits = MLPDiscriminator(size, channels, rng=rng())(images)
    assert (logits.shape, logits.dtype) == ((2,), np.float32)


def test_wrong_shapes_are_refused():
    generator, discriminator = MLPGenerator(28, 1, 10, 3, rng=rng()), MLPDiscriminator(28, 1, rng=rng())
    with pytest.raises(ValueError, match=r"expected z of shape \(N, 10\), got \(2, 11\)"):
        generator(Tensor(np.zeros((2, 11), np.float32)))
    with pytest.raises(ValueError, match=r"MLPGenerator expected y of shape \(2, 3\), got None"):
        generator(Tensor(np.zeros((2, 10), np.float32)))
    with pytest.raises(ValueError, match=r"expected images of shape .*28, 28, 1.*, got \(2, 784\)"):
        discriminator(Tensor(np.zeros((2, 784), np.float32)))


def test_each_image_depends_only_on_its_own_label():
    generator, discriminator = MLPGenerator(28, 1, 10, 3, rng=rng()), MLPDiscriminator(28, 1, 3, rng=rng())
    assert_depends_on_its_own_label_alone(generator, discriminator, latent=10)


@pytest.mark.parametrize("classes", [0, 3])
def test_a_step_reaches_every_parameter(classes):
    one_step(Config(model="mlp", latent=10, conditional=classes > 0, classes=classes))


def test_a_step_on_another_device(device):
    one_step(Config(model="mlp", latent=10), device)


def test_the_command_trains_samples_and_resumes_bit_for_bit(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert_resumes_bit_for_bit(tmp_path, monkeypatch, "--model", "mlp", "--conditional")
    run = gan.load_run(tmp_path / "whole" / "checkpoint.npz")
    assert isinstance(run.generator, MLPGenerator)
    assert isinstance(run.game.discriminator, MLPDiscriminator)
    assert sample.main(["whole", "--count", "4", "--label", "3", "--out", "threes.png"]) == 0
    assert "its networks are the package's own, mlp; leave out --model" in refused(
        capsys, train, "mnist", "--resume", "whole", "--model", "dcgan"
    )


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            ["--model", "vae"],
            "expected dcgan, mlp, pixel-art, or your own function as path/to/file.py:function, got 'vae'",
        ),
        (["--model", "mlp", "--width", "64"], "--width: the model mlp has no feature maps"),
    ],
)
def test_bad_arguments_are_refused(tmp_path, monkeypatch, capsys, argv, message):
    monkeypatch.chdir(tmp_path)
    assert message in refused(capsys, train, "mnist", *argv)
    assert list(tmp_path.iterdir()) == []


def test_a_seed_gives_the_same_initial_weights_as_in_earlier_versions():
    """G's weights, then D's, then the noise are drawn from one random number generator."""
    config = Config(width=4, latent=6, image_size=32, channels=3)
    run, numbers = Run(config), rng()
    expected = Generator(32, 3, 4, 6, rng=numbers), Discriminator(32, 3, 4, rng=numbers)
    for one, two in zip((run.game.generator, run.game.discriminator), expected):
        assert type(one) is type(two)
        assert repr(one) == repr(two)
        for (name, x), (same, y) in zip(one.named_tensors(), two.named_tensors(), strict=True):
            assert (name, x.numpy().tobytes()) == (same, y.numpy().tobytes())
    assert run.rng.bit_generator.state == numbers.bit_generator.state

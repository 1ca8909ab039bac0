"""The networks for every image size; with width 128 and 64 pixels they are the paper's, layer by layer."""

import numpy as np
import pytest

from minigan import Tensor
from minigan.commands import train
from minigan.errors import BadInput
from minigan.gan import Config, Discriminator, Generator, Run
from minigan.gan.networks import join_labels, one_hot
from minigan.nn import BatchNorm2d, Conv2d
from tests.support.commands import refused
from tests.support.layer_lines import layers
from tests.support.steps import assert_depends_on_its_own_label_alone, one_step


def rng():
    return np.random.default_rng(0)


def test_the_generator_of_the_paper():
    """Figure 1: 100 → 1024@4 → 512@8 → 256@16 → 128@32 → 3@64; no batch norm at the output."""
    assert layers(Generator(64, 3, 128, 100, rng=rng())) == [
        "convT 100→1024 4/1/0", "BN 1024", "ReLU",
        "convT 1024→512 4/2/1", "BN 512", "ReLU",
        "convT 512→256 4/2/1", "BN 256", "ReLU",
        "convT 256→128 4/2/1", "BN 128", "ReLU",
        "convT 128→3 4/2/1 +bias", "Tanh",
    ]  # fmt: skip


def test_the_discriminator_of_the_paper():
    """The mirror image: 128@32 → 256@16 → 512@8 → 1024@4 → 1; no batch norm at the input."""
    assert layers(Discriminator(64, 3, 128, rng=rng())) == [
        "conv 3→128 4/2/1 +bias", "LeakyReLU 0.2",
        "conv 128→256 4/2/1", "BN 256", "LeakyReLU 0.2",
        "conv 256→512 4/2/1", "BN 512", "LeakyReLU 0.2",
        "conv 512→1024 4/2/1", "BN 1024", "LeakyReLU 0.2",
        "conv 1024→1 4/1/0 +bias",
    ]  # fmt: skip


def test_the_initial_weights_are_those_of_the_paper():
    """§4: normal with standard deviation 0.02; biases and shifts are 0, scales around 1."""
    for net in (Generator(64, 3, 32, 100, rng=rng()), Discriminator(64, 3, 32, rng=rng())):
        for layer in net.net.layers:
            if isinstance(layer, Conv2d):
                many = layer.weight.size
                assert abs(layer.weight.numpy().std() - 0.02) < 0.1 / many**0.5
                assert abs(layer.weight.numpy().mean()) < 0.1 / many**0.5
                assert layer.bias is None or not layer.bias.numpy().any()
            elif isinstance(layer, BatchNorm2d):
                assert abs(layer.scale.numpy().mean() - 1) < 0.1 / layer.scale.size**0.5
                assert not layer.shift.numpy().any()


def feature_shapes(net, x):
    shapes = []
    for layer in net.net.layers:
        x = layer(x)
        if isinstance(layer, Conv2d):
            shapes.append(x.shape[1:])
    return shapes


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("size", "maps"),
    [
        (28, [(7, 8), (14, 4)]),
        (32, [(4, 16), (8, 8), (16, 4)]),
        (64, [(4, 32), (8, 16), (16, 8), (32, 4)]),
        (128, [(4, 64), (8, 32), (16, 16), (32, 8), (64, 4)]),
    ],
)
def test_the_depth_depends_on_the_size_and_d_mirrors_g(size, maps, channels):
    generator = Generator(size, channels, 4, 10, rng=rng())
    discriminator = Discriminator(size, channels, 4, rng=rng())
    expected = [(pixels, pixels, features) for pixels, features in maps]
    z = Tensor(np.ones((2, 1, 1, 10), np.float32))
    assert feature_shapes(generator, z) == [*expected, (size, size, channels)]
    images = generator(Tensor(np.ones((2, 10), np.float32)))
    assert images.shape == (2, size, size, channels)
    assert feature_shapes(discriminator, images) == [*expected[::-1], (1, 1, 1)]
    assert discriminator(images).shape == (2,)


@pytest.mark.parametrize(("size", "start"), [(12, 6), (16, 4), (40, 5), (48, 6), (56, 7), (96, 6), (256, 4)])
def test_other_sizes_begin_with_4_to_7_pixels(size, start):
    generator, discriminator = (
        Generator(size, 1, 1, 3, rng=rng()), Discriminator(size, 1, 1, rng=rng()),
    )  # fmt: skip
    assert generator.net.layers[0].kernel == discriminator.net.layers[-1].kernel == (start, start)
    images = generator(Tensor(np.ones((2, 3), np.float32)))
    assert images.shape == (2, size, size, 1)
    assert discriminator(images).shape == (2,)


def test_hidden_layers_have_the_units_that_are_asked_for(here, capsys):
    def shapes(**settings):
        run = Run(Config(width=4, latent=5, **settings))
        return [
            [x.shape for name, x in network.named_tensors() if name.endswith("weight")]
            for network in (run.generator, run.game.discriminator)
        ]

    g, d = shapes(hidden=True, hidden_units=9, d_hidden_units=11)
    assert (g[:2], d[-2:]) == ([(1, 1, 5, 9), (7, 7, 8, 9)], [(7, 7, 8, 11), (1, 1, 11, 1)])
    g, d = shapes(conditional=True, classes=3, hidden_units=9)
    assert (g[:2], d[-2:]) == ([(1, 1, 8, 9), (7, 7, 8, 12)], [(7, 7, 11, 9), (1, 1, 12, 1)])
    _, d = shapes(model="pixel-art", hidden=True, hidden_units=9, d_hidden_units=11)
    assert d[-2:] == [(7, 7, 4, 11), (1, 1, 11, 1)]
    for argv in ("--no-hidden --hidden-units 9", "--model mlp --conditional --d-hidden-units 9"):
        assert "expected hidden layers for" in refused(capsys, train, "mnist", *argv.split())


@pytest.mark.parametrize("size", [16, 48])
@pytest.mark.parametrize("hidden", [False, True])
def test_a_step_with_other_sizes(size, hidden):
    one_step(Config(image_size=size, width=4, latent=5, hidden=hidden))


@pytest.mark.parametrize("size", [0, 1, 4, 7, 9, 30, 50, 60, 100])
def test_sizes_that_are_not_4_to_7_doubled_are_refused(size):
    """Without an endless loop, and without networks for another size."""
    message = f"of 4 to 7 pixels, doubled, such as 16, 28, 32, 48, 64, 96, 128, 256; got {size}"
    for make in (lambda: Generator(size, 1, 4, 10, rng=rng()), lambda: Discriminator(size, 1, 4, rng=rng())):
        with pytest.raises(ValueError, match=message):
            make()
    for model in ("dcgan", "mlp") if size else ():
        with pytest.raises(BadInput, match=message):
            Run(Config(image_size=size, model=model))


def conditional():
    return Generator(28, 1, 4, 10, 3, rng=rng()), Discriminator(28, 1, 4, 3, rng=rng())


def test_labels_go_into_every_convolution():
    generator, discriminator = conditional()
    assert [layer.channels for layer in generator.net.layers if isinstance(layer, Conv2d)] == [
        (13, 8), (11, 4), (7, 1),
    ]  # fmt: skip
    assert [layer.channels for layer in discriminator.net.layers if isinstance(layer, Conv2d)] == [
        (4, 4), (7, 8), (11, 1),
    ]  # fmt: skip


def test_joined_labels_are_the_same_at_every_pixel_and_have_the_memory_layout_of_features():
    x = Tensor(np.zeros((5, 5, 2, 4), np.float32).transpose(2, 0, 1, 3))
    joined = join_labels(x, Tensor(one_hot([2, 0], 3)))
    assert joined.shape == (2, 5, 5, 7)
    np.testing.assert_array_equal(joined.numpy()[0, :, :, 4:], np.broadcast_to([0, 0, 1], (5, 5, 3)))
    np.testing.assert_array_equal(joined.numpy()[1, :, :, 4:], np.broadcast_to([1, 0, 0], (5, 5, 3)))
    assert joined.data.transpose(1, 2, 0, 3).flags.c_contiguous


def test_each_image_depends_only_on_its_own_label():
    generator, discriminator = conditional()
    generator.eval()
    discriminator.eval()
    assert_depends_on_its_own_label_alone(generator, discriminator, latent=10)


def test_missing_and_unexpected_labels_are_refused():
    generator, discriminator = conditional()
    z = Tensor(np.zeros((2, 10), np.float32))
    with pytest.raises(ValueError, match=r"Generator expected y of shape \(2, 3\), got None"):
        generator(z)
    with pytest.raises(ValueError, match=r"Discriminator expected y of shape \(2, 3\), got \(2, 4\)"):
        discriminator(Tensor(np.zeros((2, 28, 28, 1), np.float32)), Tensor(np.zeros((2, 4), np.float32)))
    with pytest.raises(ValueError, match=r"Generator expected y of shape None, got \(2, 3\)"):
        Generator(28, 1, 4, 10, rng=rng())(z, Tensor(one_hot([0, 1], 3)))

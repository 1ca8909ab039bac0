"""DCGAN for pixel art: squares of one colour, a palette for each image, residual blocks that begin as the identity."""

import numpy as np
import pytest

from minigan import Tensor, check_gradients, gan
from minigan.commands import sample, train
from minigan.commands.train_options import configure, parse
from minigan.gan import Config, PixelDiscriminator, PixelGenerator, Residual, Run, draw_samples
from minigan.gan.pixel_art import COLOURS, SHARPNESS
from minigan.nn import inference
from tests.support.commands import refused
from tests.support.steps import assert_depends_on_its_own_label_alone, assert_resumes_bit_for_bit, one_step

FACES = {"source": "pixel-faces", "image_size": 32, "channels": 3, "width": 4, "latent": 6, "model": "pixel-art"}


def rng():
    return np.random.default_rng(0)


def names(net):
    return [type(layer).__name__ for layer in net.layers]


def test_the_networks_layer_by_layer():
    block = ["Residual", "Residual", "BatchNorm2d", "ReLU"]
    generator, discriminator = PixelGenerator(64, 3, 4, 10, rng=rng()), PixelDiscriminator(32, 3, 4, rng=rng())
    assert names(generator.net) == [*["ConvTranspose2d", *block] * 3, "ConvTranspose2d"]
    assert names(generator.palette) == ["Conv2d", *block, "Conv2d"]
    layers = ["AvgPool2d", "Conv2d", "LeakyReLU", "Conv2d", "BatchNorm2d", "LeakyReLU", "Conv2d"]
    assert names(discriminator.net) == layers
    hidden = PixelDiscriminator(32, 3, 4, classes=2, hidden=128, rng=rng()).net
    assert names(hidden) == [*layers, "LeakyReLU", "Conv2d"]
    assert [layer.weight.shape for layer in hidden.layers[-3::2]] == [(4, 4, 10, 128), (1, 1, 130, 1)]


@pytest.mark.parametrize("size", [16, 28, 32, 64, (48, 64), (32, 48)])
def test_squares_of_two_pixels_have_one_colour(size):
    high, wide = np.broadcast_to(size, 2)
    images = PixelGenerator(size, 3, 4, 6, rng=rng())(Tensor(rng().standard_normal((5, 6)).astype(np.float32)))
    assert images.shape == (5, high, wide, 3)
    corners = images.numpy()[:, ::2, ::2]
    assert np.ptp(corners, axis=(1, 2)).max() > 1e-4  # squares differ
    np.testing.assert_array_equal(images.numpy(), corners.repeat(2, axis=1).repeat(2, axis=2))
    assert PixelDiscriminator(size, 3, 4, rng=rng())(images).shape == (5,)


def test_an_image_is_the_sum_over_its_colours():
    """The formula at the top of the file, one square at a time."""
    generator, z = PixelGenerator((16, 24), 2, 4, 6, rng=rng()), rng().standard_normal((3, 6)).astype(np.float32)
    at_one_point = Tensor(z.reshape(3, 1, 1, 6))
    with inference(generator):
        images = generator(Tensor(z)).numpy()
        logits, colours = (net(at_one_point).numpy().astype(float) for net in (generator.net, generator.palette))
    colours = np.tanh(colours.reshape(3, COLOURS, 2))
    assert logits.shape == (3, 8, 12, COLOURS)
    for n, i, j in np.ndindex(3, 8, 12):
        shares = np.exp(SHARPNESS * (logits[n, i, j] - logits[n, i, j].max()))
        np.testing.assert_allclose(images[n, 2 * i, 2 * j], shares / shares.sum() @ colours[n], rtol=1e-4, atol=1e-6)


def test_gradients():
    generator = PixelGenerator(16, 2, 3, 4, rng=rng()).astype(np.float64)
    discriminator = PixelDiscriminator(16, 2, 3, hidden=9, rng=rng()).astype(np.float64)
    for layer in (generator.net.layers[0], generator.palette.layers[0]):
        layer.weight.data *= 20  # as small as they are at first, features are near the corner of ReLU
    check_gradients(
        lambda z: discriminator(generator(z)), [rng().standard_normal((3, 4))], order=1, step=1e-5, tolerance=1e-6
    )


def test_a_residual_block_begins_as_nearly_the_identity_and_has_the_right_gradients():
    block = Residual(5, rng=rng())
    x = rng().standard_normal((8, 3, 3, 5))
    change = block(Tensor(x.astype(np.float32))).numpy() - x
    assert 1e-4 < np.abs(change).mean() < 0.05
    block = block.astype(np.float64)
    np.testing.assert_array_equal(block(Tensor(x)).numpy(), x + block.net(Tensor(x)).numpy())
    check_gradients(block, [x[:2, :2, :2]], order=1, step=1e-4)  # ReLUs are not smooth near 0


@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("hidden", [False, True])
def test_a_step_reaches_every_parameter(classes, hidden):
    one_step(Config(**FACES, conditional=classes > 0, classes=classes, hidden=hidden))


def test_a_step_on_another_device(device):
    one_step(Config(**FACES), device)


def test_each_image_depends_only_on_its_own_label():
    networks = PixelGenerator(16, 1, 4, 6, 3, rng=rng()), PixelDiscriminator(16, 1, 4, 3, hidden=9, rng=rng())
    with inference(networks[0]), inference(networks[1]):
        assert_depends_on_its_own_label_alone(*networks, latent=6)


def test_trains_resumes_and_samples(here, monkeypatch, capsys):
    assert_resumes_bit_for_bit(here, monkeypatch, "--model", "pixel-art", "--width", "4")
    assert sample.main(["whole", "--count", "4", "--out", "drawn.png"]) == 0
    images, _ = draw_samples(gan.load_run("whole"), 4, seed=0)
    np.testing.assert_array_equal(images, images[:, ::2, ::2].repeat(2, axis=1).repeat(2, axis=2))


def test_images_of_a_batch_do_not_depend_on_each_other():
    generator = Run(Config(**FACES)).generator
    z = rng().standard_normal((4, 6)).astype(np.float32)
    with inference(generator):
        together, alone = generator(Tensor(z)).numpy(), generator(Tensor(z[2:3])).numpy()
    np.testing.assert_allclose(together[2:3], alone, atol=1e-6)


def test_its_own_defaults_come_after_those_of_the_source():
    config = configure(parse(["pixel-faces", "--model", "pixel-art", "--epochs", "30"]), "pixel-art")
    assert (config.width, config.lr, config.decay, config.epochs, config.hidden) == (96, 4e-4, 0.5, 30, False)
    assert config.command() == "python -m minigan.train pixel-faces --model pixel-art --epochs 30"
    assert configure(parse(["mnist", "--model", "pixel-art", "--width", "8"]), "pixel-art").width == 8


def test_a_checkpoint_from_before_the_hidden_layer_has_none():
    config = configure(parse(["pixel-faces", "--model", "pixel-art"]), "pixel-art")
    old = {name: value for name, value in config.to_dict().items() if name != "hidden"}
    assert Config.from_dict(old) == config
    assert len(names(Run(config).game.discriminator.net)) == 7


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ("mnist --model pixel-art --image-size 12", "expected, for the model pixel-art, an image size of 4 to 7"),
        ("mnist --model pixel-art --image-size 14", "such as 16, 28, 32 or 64, got 14"),
        ("mnist --model pixel-art --image-size 28 --image-width 30", "got 28×30"),
        ("mnist --model mlp --hidden", "expected hidden layers only with the model dcgan or pixel-art, got mlp"),
        ("mnist --model pixel-art --pack 2", "expected pack 1 with the model pixel-art, got 2"),
        ("mnist --model pixel-arts", "expected dcgan, mlp, pixel-art, or your own function"),
    ],
)
def test_refuses(here, capsys, argv, message):
    assert message in refused(capsys, train, *argv.split())

"""D's normalisers: layer by layer, and by whether outputs depend on the other images of a batch."""

import numpy as np
import pytest

from minigan import Tensor
from minigan.commands import train
from minigan.errors import BadInput
from minigan.gan import NORMALISERS, Config, build_networks
from minigan.nn import BatchNorm2d, Conv2d, SpectralNorm
from tests.support.commands import refused
from tests.support.steps import assert_resumes_bit_for_bit

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(-1, 1, (6, 32, 32, 3)).astype(np.float32)


def networks(name, hidden=False, classes=0):
    config = Config(normaliser=name, image_size=32, channels=3, classes=classes, width=4, latent=10, hidden=hidden)
    return build_networks(config, np.random.default_rng(0))


def kinds(network):
    return [text for text in map(repr, network.net.layers) if "Norm" in text]


EXPECTED = {
    "batch": ["BatchNorm2d(8)", "BatchNorm2d(16)"],
    "none": [],
    "layer": ["GroupNorm(1, 8)", "GroupNorm(1, 16)"],
    "instance": ["InstanceNorm2d(8)", "InstanceNorm2d(16)"],
}


def test_every_normaliser_is_tested():
    assert EXPECTED.keys() | {"spectral"} == NORMALISERS.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_norms_layer_by_layer(name):
    """And G is DCGAN's, with the same initial weights."""
    (g, d), (dcgans, _) = networks(name), networks("batch")
    assert kinds(d) == EXPECTED[name]
    assert all((a.numpy() == b.numpy()).all() for a, b in zip(g.parameters(), dcgans.parameters(), strict=True))


def test_spectral_norm_is_of_every_layer_with_weights():
    _, d = networks("spectral")
    assert not any(isinstance(layer, Conv2d | BatchNorm2d) for layer in d.net.layers)
    inside = [layer.layer for layer in d.net.layers if isinstance(layer, SpectralNorm)]
    assert [layer.channels for layer in inside] == [(3, 4), (4, 8), (8, 16), (16, 1)]
    assert all(layer.bias is not None for layer in inside)


def test_a_hidden_layer_of_one_pixel_is_not_normalised_away():
    """Instance norm of a single pixel would be 0, whatever the image."""
    for name in NORMALISERS:
        _, d = networks(name, hidden=True)
        assert np.ptp(d(Tensor(IMAGES)).numpy()) > 1e-4, name
    assert kinds(networks("instance", hidden=True)[1])[-1] == "GroupNorm(1, 128)"


@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("name", NORMALISERS)
def test_only_batch_norm_depends_on_the_other_images(name, classes):
    """In training; but for spectral norm, whose σ is estimated anew for each batch of training."""
    _, d = networks(name, classes=classes)
    d.train(name != "spectral")
    y = [Tensor(np.eye(6, classes, dtype=np.float32))] if classes else []
    alone = d(Tensor(IMAGES[:2]), *(labels[:2] for labels in y)).numpy()
    together = d(Tensor(IMAGES), *y).numpy()[:2]
    close = np.allclose(alone, together, rtol=1e-4, atol=1e-5 * np.abs(together).max())
    assert close == (name != "batch")


def test_without_a_norm_values_keep_their_size():
    """He's initial weights: from the image to the last features, the mean square neither vanishes nor explodes."""
    _, d = networks("none")
    x = Tensor(IMAGES)
    for layer in d.net.layers[:-1]:
        x = layer(x)
    assert 0.05 < (x.numpy() ** 2).mean() / (IMAGES**2).mean() < 5


@pytest.mark.parametrize("name", ["spectral", "layer"])
def test_a_run_resumes(name, tmp_path, monkeypatch):
    """Bit for bit, u and v of the power iteration included."""
    assert_resumes_bit_for_bit(tmp_path, monkeypatch, "--normaliser", name, "--width", "4")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"normaliser": "group"}, "expected a normaliser of batch, none, layer, instance, spectral, got 'group'"),
        ({"normaliser": "none", "ablate": "relu"}, "expected normaliser batch with a rule to ablate, relu, got none"),
        ({"normaliser": "none", "model": "mlp"}, "expected normaliser batch with the model mlp, got none"),
        ({"normaliser": "none", "model": "a.py:b"}, "expected normaliser batch with the model a.py:b, got none"),
    ],
)
def test_settings_that_are_refused(settings, words):
    with pytest.raises(BadInput) as refusal:
        Config(**settings)
    assert words in str(refusal.value)


def test_the_command_refuses_an_unknown_one(capsys):
    assert "expected a normaliser of batch, none" in refused(capsys, train, "mnist", "--normaliser", "x")

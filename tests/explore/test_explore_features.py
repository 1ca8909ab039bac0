"""D's features: guided gradients and AUC against their definitions, and the command."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from minigan import Tensor
from minigan.commands import explore
from minigan.commands.explore import features as command
from minigan.data import ImageDataset, load_test_set, scale_images
from minigan.errors import BadInput
from minigan.explore.guided import guided_gradients, strongest_units, unit_maps, unit_responses, untrained_discriminator
from minigan.explore.separation import auc, questions, separate
from minigan.gan import Config, Discriminator, Run, load_run, save_run
from minigan.nn.inference import inference
from tests.support.commands import refused


def make(size=28, width=2, seed=0):
    """A discriminator with weights much larger than rounding errors, and images."""
    net = Discriminator(size, 1, width, rng=np.random.default_rng(seed))
    for parameter in net.parameters():
        parameter.data *= 10.0
    return net, np.random.default_rng(1).integers(0, 256, (3, size, size, 1), np.uint8)


def by_definition(net, image, unit):
    """Springenberg et al. 2014: layer by layer, by the layer's matrix; at a ReLU g → g · (g > 0) · (output > 0)."""
    first, leaky, second, norm, _, _ = net.net.layers
    with inference(net):
        x = scale_images(image[None])
        a = leaky(first(Tensor(x))).numpy()
        b = leaky(norm(second(Tensor(a)))).numpy()
        g = np.zeros_like(b)
        position = np.unravel_index(b[0, :, :, unit].argmax(), b.shape[1:3])
        g[0, position[0], position[1], unit] = 1.0
        g = g * (g > 0) * (b > 0)
        g = g * norm.scale.data / np.sqrt(norm.running_variance.data + norm.epsilon)
        ones = np.eye(a.size, dtype=np.float32).reshape(-1, *a.shape[1:])
        g = (second(Tensor(ones)).numpy() * g).sum((1, 2, 3)).reshape(a.shape)
        g = g * (g > 0) * (a > 0)
        ones = np.eye(x.size, dtype=np.float32).reshape(-1, *x.shape[1:])
        return (first.convolve(Tensor(ones)).numpy() * g).sum((1, 2, 3)).reshape(x.shape)[0]


@pytest.mark.parametrize("unit", [0, 3])
def test_the_guided_gradient_agrees_with_its_definition(unit):
    net, images = make()
    found = guided_gradients(net, images, unit)
    assert found.shape == images.shape
    for image, gradient in zip(images, found):
        expected = by_definition(net, image, unit)
        assert np.abs(expected).max() > 1e-3
        np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-5)


def test_the_network_is_not_changed():
    net, images = make()
    before = net.state_dict()
    guided_gradients(net, images, 1)
    unit_responses(net, images)
    assert net.training
    assert all(p.requires_grad and p.grad is None for p in net.parameters())
    assert all((before[name] == value).all() for name, value in net.state_dict().items())


def test_responses_are_the_maxima_of_the_maps_and_the_strongest_units_come_first():
    net, images = make()
    responses = unit_responses(net, images)
    with inference(net):
        x = Tensor(scale_images(images))
        for layer in net.net.layers[:-1]:
            x = layer(x)
    np.testing.assert_allclose(responses, x.numpy().reshape(3, -1, 4).max(axis=1), rtol=1e-5)
    assert strongest_units(np.array([[9, 5, 1, 0], [0, 6, 2, 0], [0, 6, 3, 7]]), 3, 2).tolist() == [1, 0, 3]


def test_a_layer_can_be_chosen():
    """For the first hidden layer the guided gradient is the image of one output position, through its kernel alone."""
    net, images = make()
    first, leaky, *_ = net.net.layers
    with inference(net):
        maps = leaky(first(Tensor(scale_images(images)))).numpy()
    np.testing.assert_allclose(unit_maps(net, images, layer=1), maps, rtol=1e-5)
    np.testing.assert_array_equal(unit_maps(net, images, layer=2), unit_maps(net, images))
    gradients = guided_gradients(net, images, 1, layer=1)
    for values, gradient in zip(maps[..., 1], gradients):
        y, x = np.unravel_index(values.argmax(), values.shape)
        padded = np.zeros((30, 30, 1), np.float32)  # stride 2, padding 1
        padded[2 * y : 2 * y + 4, 2 * x : 2 * x + 4] = first.weight.numpy()[..., 1]
        np.testing.assert_allclose(gradient, padded[1:-1, 1:-1], rtol=1e-5)
    for wrong in (3, -1):
        with pytest.raises(BadInput, match=f"one of D's 2 hidden layers, 1 next to the image, got {wrong}"):
            unit_maps(net, images, layer=wrong)


def test_the_same_on_the_device(device):
    net, images = make()
    expected, responses = guided_gradients(net, images, 2), unit_responses(net, images)
    net.to(device)
    np.testing.assert_allclose(guided_gradients(net, images, 2, device), expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(unit_responses(net, images, device), responses, rtol=1e-4, atol=1e-6)


def test_random_weights_are_the_initial_weights_of_a_run():
    config = Config(width=2, latent=4, seed=7)
    images = make()[1]
    net, again, other = (untrained_discriminator(config, images, seed) for seed in (7, 7, 8))
    initial = dict(Run(config).game.discriminator.named_tensors())
    for name, x in net.named_tensors():
        assert (x.data == initial[name].data).all() != ("running" in name), name  # only running statistics differ
    responses = [unit_responses(each, images) for each in (net, again, other)]
    np.testing.assert_array_equal(responses[0], responses[1])
    assert (responses[0] != responses[2]).all()


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=30))
def test_the_auc_counts_pairs(pairs):
    """For each pair of a positive and a negative image: is the value of the positive one larger?  Ties count half."""
    values, shows = (np.array(x) for x in zip(*pairs))
    if shows.all() or not shows.any():
        with pytest.raises(ValueError, match="expected images with and without"):
            auc(values[:, None], shows[:, None])
        return
    greater = np.sign(values[shows][:, None] - values[~shows])
    assert auc(values[:, None], shows[:, None]).item() == pytest.approx(((greater + 1) / 2).mean())


def test_the_best_feature_is_chosen_on_training_images_and_inverted_if_needed():
    """Feature 1 is inverted in training, feature 0 is correct only for test images, feature 2 is noise."""
    rng = np.random.default_rng(0)
    truth, test_truth = rng.random((2, 300, 1)) < 0.5
    train = np.concatenate([rng.random((300, 1)), ~truth, rng.random((300, 1))], axis=1)
    test = np.concatenate([test_truth, ~test_truth, rng.random((300, 1))], axis=1)
    found = separate(train, truth, test, test_truth)
    assert (found.best.tolist(), found.auc.tolist()) == ([1], [1.0])
    test[:, 1] = test_truth[:, 0]
    assert separate(train, truth, test, test_truth).auc.tolist() == [0.0]


def test_questions_are_attributes_or_classes():
    images = np.zeros((3, 4, 4, 1), np.uint8)
    data = ImageDataset("some", images, np.array([2, 0, 2]))
    names, truth = questions(data)
    assert (names, truth.astype(int).tolist()) == (["0", "1", "2"], [[0, 0, 1], [1, 0, 0], [0, 0, 1]])
    names, truth = questions(replace(data, attributes=np.array([[1], [0], [0]]), attribute_names=["hat"]))
    assert (names, truth.tolist()) == (["hat"], [[True], [False], [False]])
    with pytest.raises(BadInput, match="has no labels"):
        questions(ImageDataset("nameless", images))


def test_the_guided_gradient_of_the_shipped_network_increases_the_response():
    """A step along the gradient increases the responses; the same step, upside down, increases them less."""
    net = load_run("pretrained:pixel-faces").game.discriminator
    images = load_test_set("pixel-faces", 32).images[:40].clip(20, 235)
    responses = unit_responses(net, images)
    for unit in strongest_units(responses, 4, 3):
        step = (20 * np.sign(guided_gradients(net, images, unit))).astype(int)
        after, turned = (unit_responses(net, (images + s).astype(np.uint8))[:, unit] for s in (step, step[:, ::-1]))
        assert (after > responses[:, unit]).mean() > 0.9
        assert after.mean() > turned.mean()


def test_the_command_writes_numbers_and_a_picture(here, capsys, monkeypatch):
    """The best unit of the shipped D is better than chance on test images."""
    monkeypatch.setattr(command, "TRAIN", 500)
    monkeypatch.setattr(command, "load_test_set", lambda source, size: load_test_set(source, size).first(300))
    assert explore.main(["features", "pretrained:pixel-faces"]) == 0
    assert "separates 300 test images" in capsys.readouterr().out
    with open("explorations/features/001/numbers.csv") as file:
        rows = {row["shows"]: row for row in csv.DictReader(file)}
    assert list(rows) == ["glasses", "hat", "beard", "long_hair", "smile", "mean"]
    assert float(rows["mean"]["trained_auc"]) > 0.56
    assert float(rows["glasses"]["trained_auc"]) > 0.6
    assert float(rows["mean"]["pixels_auc"]) > 0.75
    assert float(rows["mean"]["trained_neurons_auc"]) > 0.7
    with Image.open("explorations/features/001/features.png") as picture:
        assert picture.width > 800


def test_a_response_is_the_maximum_of_a_map():
    net, images = load_run("pretrained:pixel-faces").game.discriminator, load_test_set("pixel-faces", 32).images[:5]
    maps = unit_maps(net, images)
    assert maps.shape == (5, 4, 4, 192)
    np.testing.assert_array_equal(unit_responses(net, images), maps.reshape(5, 16, 192).max(axis=1))


def test_unsuitable_networks_are_refused(here, capsys):
    save_run(here / "labelled.npz", Run(Config(width=4, latent=6, conditional=True, classes=10)))
    assert "networks are conditional (10 classes)" in refused(capsys, explore, "features", "labelled.npz")
    save_run(here / "mlp.npz", Run(Config(latent=6, model="mlp")))
    assert "fully connected and have no feature maps" in refused(capsys, explore, "features", "mlp.npz")
    save_run(here / "own.npz", Run(Config(latent=6, width=4, data_dir="letters")))
    message = refused(capsys, explore, "features", "pretrained:pixel-faces", "--layer", 4)
    assert "expected one of D's 3 hidden layers, 1 next to the image, got 4" in message
    assert "no test set for letters" in refused(capsys, explore, "features", "own.npz")
    save_run(here / "celeba.npz", Run(Config(source="celeba", latent=6, width=4)))
    assert "celeba has no test set" in refused(capsys, explore, "features", "celeba.npz")
    with pytest.raises(BadInput, match="expected images of 28×28×1, got 32×32×3"):
        unit_responses(make()[0], np.zeros((2, 32, 32, 3), np.uint8))
    assert not (here / "explorations").exists()

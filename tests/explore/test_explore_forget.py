"""Forgetting an attribute: planted maps are found, and the images without maps are correct."""

import csv
import sys

import numpy as np
import pytest
from PIL import Image

from minigan.commands import explore
from minigan.data.dataset import to_bytes
from minigan.errors import BadInput
from minigan.evaluate.judges import shipped_judge
from minigan.explore import forget as forget_module
from minigan.explore.forget import draw_without, find_box, find_maps, forget, second_highest
from minigan.explore.layers import features, hidden_layers, hidden_maps
from minigan.gan import RULES, Config, Generator, Run, draw_noise, generate, load_run, save_run
from tests.support.commands import refused

FACES = {"source": "pixel-faces", "image_size": 32, "channels": 3, "width": 4, "latent": 6}


def noise(run, count=5):
    return draw_noise(np.random.default_rng(1), count, run.config.latent)


def test_the_second_last_features_are_those_of_the_paper():
    """64×64 pixels with the paper's width: 256 maps of 16×16 (the paper drops 200); the last are 128 maps."""
    generator = Generator(64, 3, 128, 2, rng=np.random.default_rng(0))
    assert generator.net.layers[second_highest(generator) - 1].scale.size == 256
    assert [f.shape for _, f in features(generator, np.zeros((1, 2), np.float32))] == [
        (1, 4, 4, 1024), (1, 8, 8, 512), (1, 16, 16, 256), (1, 32, 32, 128),
    ]  # fmt: skip


def test_the_image_is_computed_from_the_features():
    """In evaluation mode, independent of the batch; the network is not changed."""
    run = Run(Config(**FACES))
    z = noise(run, 300)  # more than a batch
    found = features(run.generator, z)
    assert run.generator.training
    assert found[0][0] == f"2: BatchNorm2d({found[0][1].shape[-1]}), ReLU()"
    drawn = draw_without(run, z, np.array([], int))
    np.testing.assert_array_equal(drawn, generate(run.sampling_generator, z))
    np.testing.assert_allclose(features(run.generator, z[290:])[1][1], found[1][1][290:], atol=1e-6)
    assert min(f.min() for _, f in found) == 0.0  # after the ReLU


def test_dropping_a_map_is_equivalent_to_a_zero_scale_and_shift():
    """The images are the same if batch norm's scale and shift of these maps are 0."""
    run, maps = Run(Config(**FACES)), np.array([1, 6])
    for parameter in run.generator.parameters():
        parameter.data *= 5.0  # with the initial weights, images are nearly uniform
    z = noise(run)
    without, complete = draw_without(run, z, maps), generate(run.sampling_generator, z)
    norm = run.generator.net.layers[second_highest(run.generator) - 1]
    norm.scale.data[maps] = norm.shift.data[maps] = 0.0
    np.testing.assert_allclose(without, generate(run.sampling_generator, z), atol=1e-6)
    assert np.abs(without - complete).max() > 0.01


def test_the_ema_generator_is_used():
    run = Run(Config(**FACES, average=0.9))
    for p in run.generator.parameters():
        p.data[...] = 0.0
    np.testing.assert_array_equal(
        draw_without(run, noise(run), np.array([], int)), generate(run.sampling_generator, noise(run))
    )


def test_on_the_device(device):
    run, there = Run(Config(**FACES)), Run(Config(**FACES), device)
    expected = draw_without(run, noise(run), np.array([0, 3]))
    np.testing.assert_allclose(draw_without(there, noise(run), np.array([0, 3])), expected, atol=1e-5)


@pytest.mark.parametrize("rule", ["", *RULES])
def test_maps_can_be_dropped_with_every_ablation(rule):
    run = Run(Config(**FACES, ablate=rule))
    z = noise(run)
    np.testing.assert_allclose(draw_without(run, z, np.array([], int)), generate(run.sampling_generator, z), atol=1e-6)
    assert len(hidden_layers(run.game.discriminator)) >= 2
    last = features(run.generator, z)[-1][1]
    assert last.shape == (5, 16, 16, 4)


def planted(count=200):
    """Maps 4×4 with 6 channels, and images 8×8 whose attribute is a bright upper right quarter.

    With the attribute, map 2 is bright in that quarter, map 4 is dark there, map 3 is bright in the opposite quarter.
    Maps 0 and 1 are noise, map 5 is 0.
    """
    rng = np.random.default_rng(0)
    shown = rng.random(count) < 0.4
    maps = rng.random((count, 4, 4, 6))
    maps[:, :2, 2:, 2] += shown[:, None, None]
    maps[:, :2, 2:, 4] -= shown[:, None, None]
    maps[:, 2:, :2, 3] += 5 * shown[:, None, None]  # outside the box, so it does not draw the attribute
    maps[..., 5] = 0.0
    images = rng.integers(0, 60, (count, 8, 8, 3), np.uint8)
    images[:, :4, 4:] += (100 * shown[:, None, None, None]).astype(np.uint8)
    return maps, images, shown


def test_planted_maps_are_found():
    pytest.importorskip("sklearn")
    maps, images, shown = planted()
    box = np.zeros((4, 4), bool)
    box[:2, 2:] = True
    np.testing.assert_array_equal(find_box(images, shown, 4), box)
    found = find_maps(maps, images, shown, 1)
    assert found.maps.tolist() == [2]
    np.testing.assert_array_equal(found.box, box)
    assert (found.weights.argmin(), found.weights[5]) == (4, 0.0)
    every = find_maps(maps, images, shown, 6)
    assert every.maps[0] == 2
    assert (every.weights[every.maps] > 0).all()
    assert set(every.maps) == set(np.flatnonzero(every.weights > 0))


def test_too_few_examples_are_refused():
    pytest.importorskip("sklearn")
    maps, images, _ = planted()
    with pytest.raises(BadInput, match="3 of 200 samples show it; expected at least 20 that do, and 20 that do not"):
        find_maps(maps, images, np.arange(200) < 3, 1)
    with pytest.raises(BadInput, match="197 of 200"):
        find_maps(maps, images, np.arange(200) >= 3, 1)


@pytest.mark.parametrize("name", ["glasses", "hat"])
def test_the_shipped_generator_forgets(name, monkeypatch):
    """At most 70 % as many samples show it, and dropping as many random maps has less effect."""
    pytest.importorskip("sklearn")
    for setting, few in {"MEASURED": 200, "CONTROLS": 2}.items():
        monkeypatch.setattr(forget_module, setting, few)
    run = load_run("pretrained:pixel-faces")
    judge = shipped_judge("pixel-faces", 32)
    result = forget(run, judge, name, seed=3)
    i = judge.names.index(name)
    assert result.before[i] > 0.1
    assert result.after.shares[i] < 0.7 * result.before[i]
    assert result.after.shares[i] < 0.8 * result.control.shares[i]
    assert result.before[i] == result.shown[:, i].mean()
    lost = result.before[i] - result.after.shares[i]
    assert result.after.flipped[i] > lost - 1e-9  # samples that lost it are among the changed ones
    rng = np.random.default_rng(3)
    draw_noise(rng, forget_module.LEARNED, 100)
    z = draw_noise(rng, 200, 100)
    np.testing.assert_array_equal(result.images, run.draw(z))
    np.testing.assert_array_equal(result.without, to_bytes(draw_without(run, z, result.found.maps)))


def test_the_command_writes_numbers_and_a_picture(here, capsys, monkeypatch):
    pytest.importorskip("sklearn")
    for setting, few in {"LEARNED": 300, "MEASURED": 40, "CONTROLS": 2}.items():
        monkeypatch.setattr(forget_module, setting, few)
    assert explore.main(["forget", "pretrained:pixel-faces", "--drop", "5", "--attribute", "smile"]) == 0
    output = capsys.readouterr().out
    assert "without the 5 of 96 maps with the most positive weights" in output
    assert "explorations/forget/001/forget.png" in output
    with open("explorations/forget/001/numbers.csv") as file:
        rows = {row.pop("attribute"): {k: float(v) for k, v in row.items()} for row in csv.DictReader(file)}
    assert list(rows) == ["glasses", "hat", "beard", "long_hair", "smile"]
    assert all(0 <= value <= 1 for row in rows.values() for value in row.values())
    assert f"smile: {rows['smile']['before']:.1%} of" in output
    with Image.open("explorations/forget/001/forget.png") as picture:
        assert picture.width > 600


def test_unsuitable_networks_and_arguments_are_refused(here, capsys):
    save_run(here / "digits.npz", Run(Config(width=4, latent=6)))
    assert "forgetting needs a judge of attributes" in refused(capsys, explore, "forget", "digits.npz")
    save_run(here / "labelled.npz", Run(Config(width=4, latent=6, conditional=True, classes=10)))
    assert "networks are conditional (10 classes)" in refused(capsys, explore, "forget", "labelled.npz")
    faces = "pretrained:pixel-faces"
    error = refused(capsys, explore, "forget", faces, "--attribute", "moustache")
    assert "expected an attribute of glasses, hat, beard, long_hair, smile, got 'moustache'" in error
    assert "expected fewer than 96 maps to drop" in refused(capsys, explore, "forget", faces, "--drop", 96)
    save_run(here / "mlp.npz", Run(Config(**FACES, model="mlp")))
    assert "fully connected and have no feature maps" in refused(capsys, explore, "forget", "mlp.npz")
    assert not (here / "explorations").exists()


def test_a_missing_package_is_reported_before_drawing(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setattr(Run, "draw", None)
    with pytest.raises(BadInput, match=r"needs the package scikit-learn.*pip install 'minigan\[linear\]'"):
        forget(Run(Config(**FACES)), shipped_judge("pixel-faces", 32), "hat")


def test_conditional_networks_are_refused():
    run = Run(Config(width=4, latent=6, conditional=True, classes=10))
    with pytest.raises(BadInput, match="networks are conditional"):
        draw_without(run, noise(run), np.array([0]))
    with pytest.raises(BadInput, match="networks are conditional"):
        features(run.generator, noise(run))
    with pytest.raises(BadInput, match="networks are conditional"):
        hidden_maps(run.game.discriminator)

"""Experiments with a D of another normaliser work; with one that judges packs, they are refused in a line."""

from pathlib import Path

import numpy as np
import pytest

from minigan.commands import explore, sample
from minigan.errors import BadInput
from minigan.evaluate import pooled_features
from minigan.explore.guided import guided_gradients
from minigan.explore.layers import hidden_maps
from minigan.gan import NORMALISERS, Config, Run, save_run
from tests.support.commands import refused

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 28, 28, 1), np.uint8)


def saved(path, **settings):
    run = Run(Config(width=3, latent=4, **settings))
    save_run(Path(path), run)
    return run


@pytest.mark.parametrize("name", NORMALISERS)
def test_features_of_each_normaliser(name):
    """The same hidden maps, and gradients back to the image."""
    d = Run(Config(width=3, latent=4, normaliser=name)).game.discriminator.eval()
    assert len(hidden_maps(d)) == 2
    assert pooled_features(d, IMAGES).shape == (3, 16 * (3 + 6))
    gradients = guided_gradients(d, IMAGES, unit=1)
    assert gradients.shape == IMAGES.shape
    assert np.isfinite(gradients).all()


def test_a_d_of_packs_is_asked_only_about_packs(here, capsys):
    run = saved("packs.npz", pack=2)
    words = "this D judges packs of 2 images (--pack), and this asks it about single ones"
    for argv in (["features", "packs.npz"], ["complete", "packs.npz"], ["arithmetic", "packs.npz", "3 - 2"]):
        assert words in refused(capsys, explore, *argv)
    assert [path.name for path in here.iterdir()] == ["packs.npz"]
    with pytest.raises(BadInput, match="packs of 2 images"):
        pooled_features(run.game.discriminator, IMAGES)


def test_what_needs_only_g_works_with_packs(here):
    saved("packs.npz", pack=2)
    assert sample.main(["packs.npz", "--count", "3", "--out", "three.png"]) == 0
    assert explore.main(["walk", "packs.npz", "--out", "walk"]) == 0
    few = ["--count", "2", "--iterations", "2", "--restarts", "1"]
    assert explore.main(["complete", "packs.npz", "--weight", "0", *few]) == 0

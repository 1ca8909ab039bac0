"""Copies of training images are detected, and nothing else."""

import numpy as np
import pytest

from minigan.evaluate import memorisation


def pictures(rng, count):
    """Similar images: twenty patterns with independent noise."""
    patterns = np.random.default_rng(0).integers(40, 216, (20, 6, 5, 3))
    return (patterns[rng.integers(0, 20, count)] + rng.integers(-40, 40, (count, 6, 5, 3))).astype(np.uint8)


@pytest.fixture(scope="module")
def source():
    rng = np.random.default_rng(1)
    return rng, pictures(rng, 1500), pictures(rng, 1000)


def test_the_unit_by_hand():
    """Distances from black: white 1; one value of four that differs by 51 = 255 / 5, √(1/4) / 5 = 0.1."""
    train = np.zeros((1, 2, 2, 1), np.uint8)
    white, grey = np.full_like(train, 255), train.copy()
    grey[0, 1, 0, 0] = 51
    found = memorisation(np.concatenate([grey, white, grey]), train, white)
    np.testing.assert_allclose(found.distances, [0.1, 1, 0.1], rtol=1e-12)
    assert (found.indices.tolist(), found.heldout_median) == ([0, 0, 0], 1.0)
    assert found.median == pytest.approx(0.1)
    assert found.ratio == pytest.approx(0.1)
    assert found.share_near == 1.0  # the only held-out image is as far away as possible


def test_copies_are_found(source):
    """All of them, with the image that each is a copy of; also if each value is changed by up to 3."""
    rng, train, heldout = source
    which = rng.integers(0, len(train), 200)
    found = memorisation(train[which], train, heldout)
    np.testing.assert_array_equal(found.indices, which)
    assert (found.median, found.ratio, found.share_near) == (0.0, 0.0, 1.0)
    changed = np.clip(train[which] + rng.integers(-3, 4, train[which].shape), 0, 255).astype(np.uint8)
    near = memorisation(changed, train, heldout)
    np.testing.assert_array_equal(near.indices, which)
    assert near.share_near == 1.0
    assert near.ratio < 0.2


def test_half_copies(source):
    """The share is that of the copies, plus one in a hundred of the rest."""
    rng, train, heldout = source
    found = memorisation(np.concatenate([train[:500], pictures(rng, 500)]), train, heldout)
    assert 0.5 <= found.share_near < 0.52


def test_images_that_were_not_memorised_are_not_reported(source):
    """The held-out images themselves: exactly 1 % are near; others of the source: about 1 %; noise: none."""
    rng, train, heldout = source
    itself = memorisation(heldout, train, heldout)
    assert (itself.share_near, itself.ratio) == (0.01, 1.0)
    fresh = memorisation(pictures(rng, 1000), train, heldout)
    assert fresh.share_near < 0.03
    assert fresh.ratio == pytest.approx(1, abs=0.02)
    noise = memorisation(rng.integers(0, 256, (200, 6, 5, 3), np.uint8), train, heldout)
    assert noise.share_near == 0.0
    assert noise.ratio > 1.5


def test_copies_are_found_even_if_some_held_out_images_are_copies(source):
    """2 % of them are, so the nearest 1 % have distance 0."""
    _, train, heldout = source
    assert memorisation(train[:100], train, np.concatenate([heldout, train[:20]])).share_near == 1.0


IMAGES = np.zeros((4, 2, 2, 1), np.uint8)


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        ((IMAGES / 255, IMAGES, IMAGES), "images of bytes, got float64, uint8, uint8"),
        ((IMAGES, IMAGES[:, :1], IMAGES), "of one shape"),
        ((IMAGES, IMAGES, IMAGES), "half of them are training images"),
    ],
)
def test_sets_that_cannot_be_compared_are_refused(sets, message):
    with pytest.raises(ValueError, match=message):
        memorisation(*sets)

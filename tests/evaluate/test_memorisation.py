"""Copies of training images are found, and nothing else is."""

import numpy as np
import pytest

from minigan.evaluate import memorisation


def pictures(rng, count):
    """Images that resemble each other: twenty patterns, each with noise of its own."""
    patterns = np.random.default_rng(0).integers(40, 216, (20, 6, 5, 3))
    return (patterns[rng.integers(0, 20, count)] + rng.integers(-40, 40, (count, 6, 5, 3))).astype(np.uint8)


@pytest.fixture(scope="module")
def source():
    rng = np.random.default_rng(1)
    return rng, pictures(rng, 1500), pictures(rng, 1000)


def test_the_unit_by_hand():
    """From black: white lies at 1; one number of four that differs by 51 = 255 / 5 at √(1/4) / 5 = 0.1."""
    train = np.zeros((1, 2, 2, 1), np.uint8)
    white, grey = np.full_like(train, 255), train.copy()
    grey[0, 1, 0, 0] = 51
    found = memorisation(np.concatenate([grey, white, grey]), train, white)
    np.testing.assert_allclose(found.distances, [0.1, 1, 0.1], rtol=1e-12)
    assert (found.indices.tolist(), found.heldout_median) == ([0, 0, 0], 1.0)
    assert found.median == pytest.approx(0.1)
    assert found.ratio == pytest.approx(0.1)
    assert found.share_near == 1.0  # the only held-out image is as far as can be


def test_copies_are_found(source):
    """All of them, and which image each is a copy of; also if each number was changed by up to 3."""
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
    """The share is that of the copies, and one in a hundred of the rest."""
    rng, train, heldout = source
    found = memorisation(np.concatenate([train[:500], pictures(rng, 500)]), train, heldout)
    assert 0.5 <= found.share_near < 0.52


def test_what_was_not_memorised_is_not_found(source):
    """Held-out images beside themselves: exactly the nearest 1 %; others of the source: about; noise: none, far off."""
    rng, train, heldout = source
    itself = memorisation(heldout, train, heldout)
    assert (itself.share_near, itself.ratio) == (0.01, 1.0)
    fresh = memorisation(pictures(rng, 1000), train, heldout)
    assert fresh.share_near < 0.03
    assert fresh.ratio == pytest.approx(1, abs=0.02)
    noise = memorisation(rng.integers(0, 256, (200, 6, 5, 3), np.uint8), train, heldout)
    assert noise.share_near == 0.0
    assert noise.ratio > 1.5


def test_copies_are_found_although_some_held_out_images_are_copies(source):
    """2 % of them, so that the nearest 1 % lie at distance 0."""
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
def test_what_cannot_be_compared_is_refused(sets, message):
    with pytest.raises(ValueError, match=message):
        memorisation(*sets)

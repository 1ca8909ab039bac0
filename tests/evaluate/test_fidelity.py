"""Improved precision and recall: by hand, in extreme cases, and with a missing mode."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.evaluate import neighbours, precision_recall


def line(*positions):
    return np.array(positions, float).reshape(-1, 1)


def test_by_hand():
    """k = 1.  Real 0, 1, 5: radii 1, 1, 4, balls [−1, 1], [0, 2], [1, 9].  Fake 2, 9, 9.5, 30: radii 7, 0.5, 0.5, 20.5,
    balls [−5, 9], [8.5, 9.5], [9, 10], [9.5, 50.5].  Of the fake points 2 and 9 (on the boundary) are inside, of the
    real points all.
    """
    found = precision_recall(line(0, 1, 5), line(2, 9, 9.5, 30), k=1)
    assert found == (0.5, 1.0)
    assert (found.precision, found.recall) == found


def test_by_hand_with_two_neighbours():
    """k = 2.  Real 0, 1, 3: radii 3, 2, 3, so [−3, 3], [−1, 3], [0, 6].  Fake 6, 7, 8, 20: radii 2, 1, 2, 13."""
    assert precision_recall(line(0, 1, 3), line(6, 7, 8, 20), k=2) == (0.25, 0.0)


@given(st.integers(0, 99), st.integers(1, 5), st.booleans())
def test_identical_sets_and_sets_far_apart(seed, k, as_bytes):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 100, (12, 4), np.uint8) if as_bytes else rng.normal(size=(12, 4))
    far = x + np.uint8(150) if as_bytes else x + 1e3
    assert precision_recall(x, x, k) == (1.0, 1.0)
    assert precision_recall(x, far, k) == (0.0, 0.0)


def test_one_mode_of_two_is_missing():
    """All generated points look real, but half of the real ones are not covered.

    Exactly so with copies of the real points of one mode, approximately with new points from its distribution.
    """
    rng = np.random.default_rng(0)
    real = rng.normal(size=(400, 3)) + np.repeat([[0, 0, 0], [99, 0, 0]], 200, axis=0)
    assert precision_recall(real, real[:200]) == (1.0, 0.5)
    precision, recall = precision_recall(real, rng.normal(size=(400, 3)))
    assert precision > 0.9
    assert 0.45 < recall <= 0.5


@given(st.integers(0, 99), st.sampled_from([5, 1024]))
def test_order_and_block_size_do_not_matter_and_swapping_the_sets_swaps_the_results(seed, block):
    rng = np.random.default_rng(seed)
    real, fake = rng.normal(size=(23, 2)), rng.normal(size=(17, 2)) + 0.5
    expected = precision_recall(real, fake)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "BLOCK", block)
        assert precision_recall(rng.permutation(real), rng.permutation(fake)) == expected
        assert precision_recall(fake, real) == expected[::-1]


def test_against_the_definition():
    """Eq. 1, point by point, with k = 3 as in the paper, which is the default."""
    rng = np.random.default_rng(1)
    real, fake = rng.normal(size=(30, 3)), rng.normal(size=(20, 3)) * 2

    def inside(x, points):
        return any(np.linalg.norm(x - p) <= np.sort(np.linalg.norm(points - p, axis=1))[3] for p in points)

    expected = np.mean([inside(x, real) for x in fake]), np.mean([inside(x, fake) for x in real])
    assert precision_recall(real, fake) == pytest.approx(expected)
    assert 0 < expected[0] < 1


@pytest.mark.parametrize(
    ("real", "fake", "k"), [(line(0, 1, 2), line(0, 1, 2, 3), 3), (line(0, 1, 2, 3), line(0), 1), (line(0), line(0), 0)]
)
def test_too_few_points_are_refused(real, fake, k):
    with pytest.raises(ValueError, match=f"got {k}, {len(real)} and {len(fake)}"):
        precision_recall(real, fake, k)


def test_different_numbers_of_features_are_refused():
    with pytest.raises(ValueError, match="of one shape"):
        precision_recall(np.zeros((5, 2)), np.zeros((5, 3)))

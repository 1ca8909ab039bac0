"""The Fréchet distance: closed forms and invariances."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.evaluate import frechet_distance


def with_moments(mean, std):
    """Rows with exactly this mean and unbiased covariance: ± std · √((N−1)/2) along each axis, N = 2 F."""
    mean, std = np.asarray(mean, float), np.asarray(std, float)
    spread = np.diag(std) * np.sqrt((2 * len(std) - 1) / 2)
    return np.concatenate([mean + spread, mean - spread])


def test_diagonal_gaussians():
    """For commuting covariances, ‖μ₁ − μ₂‖² + Σ (σ₁ − σ₂)²: here 3² + 4² + (1 − 3)² + (2 − 2)² + (0.5 − 1)²."""
    a, b = with_moments([0, 0, 1], [1, 2, 0.5]), with_moments([3, 4, 1], [3, 2, 1])
    np.testing.assert_allclose(np.cov(a, rowvar=False), np.diag([1, 4, 0.25]), atol=1e-15)
    assert frechet_distance(a, b) == pytest.approx(25 + 4 + 0 + 0.25, rel=1e-12)


def test_one_feature_by_hand():
    """{0, 2} has mean 1 and variance 2, {3, 5, 7} mean 5 and variance 4: 16 + (2 − √2)²."""
    found = frechet_distance(np.array([[0.0], [2.0]]), np.array([[3.0], [5.0], [7.0]]))
    assert found == pytest.approx(16 + (2 - np.sqrt(2)) ** 2, rel=1e-12)


def draw_sets(seed, n=40, m=30, features=6):
    """Two sets with different covariances."""
    rng = np.random.default_rng(seed)
    a, b = (rng.normal(size=(k, features)) @ rng.normal(size=(features, features)) for k in (n, m))
    return rng, a, b + rng.normal(size=features)


@given(st.integers(0, 999))
def test_agrees_with_scipy(seed):
    """tr((Σ₁ Σ₂)^½), as in the code of FID's authors."""
    linalg = pytest.importorskip("scipy.linalg")
    _, a, b = draw_sets(seed)
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(cov_a @ cov_b).real
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(cov_a + cov_b - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-8)


@given(st.integers(0, 999))
def test_invariant_under_rotation_translation_and_swapping(seed):
    rng, a, b = draw_sets(seed)
    rotation = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    distance = frechet_distance(a, b)
    assert distance > 0.1
    assert frechet_distance(b, a) == pytest.approx(distance, rel=1e-10)
    assert frechet_distance(a @ rotation + 7, b @ rotation + 7) == pytest.approx(distance, rel=1e-10)
    assert frechet_distance(3 * a, 3 * b) == pytest.approx(9 * distance, rel=1e-10)


@given(st.integers(0, 999))
def test_the_distance_of_a_set_to_itself_is_0(seed):
    """In any order; to the set translated by a vector, it is the squared length."""
    rng, a, _ = draw_sets(seed)
    size = np.trace(np.cov(a, rowvar=False))
    assert frechet_distance(a, rng.permutation(a)) <= 1e-8 * size
    assert frechet_distance(a, a + np.arange(6)) == pytest.approx(55, abs=1e-8 * size)


@given(st.integers(0, 999))
def test_fewer_rows_than_features(seed):
    """Singular covariances: the reference value is the nuclear norm of X₁ X₂ᵀ, with centred rows X."""
    _, a, b = draw_sets(seed, n=8, m=5, features=30)
    x, y = a - a.mean(0), b - b.mean(0)
    x, y = x / np.sqrt(len(x) - 1), y / np.sqrt(len(y) - 1)
    size = (x**2).sum() + (y**2).sum()
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + size - 2 * np.linalg.norm(x @ y.T, "nuc")
    assert frechet_distance(a, b) == pytest.approx(expected, abs=1e-7 * size)
    assert frechet_distance(a, a) <= 1e-7 * size


def test_bytes_and_float32_are_computed_in_float64():
    """Far from 0, where float32 would round the differences away."""
    a = np.array([[1e4, 2], [1e4 + 1, 4], [1e4 + 2, 0]])
    assert frechet_distance(a.astype(np.float32), a.astype(np.float32) + 1) == pytest.approx(2, abs=1e-9)
    assert frechet_distance(np.array([[0], [255]], np.uint8), np.array([[0], [255]], np.uint8)) == 0


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (np.zeros((1, 3)), np.zeros((5, 3)), "at least 2 rows in each set, got 1 and 5"),
        (np.zeros((5, 3)), np.zeros((5, 4)), r"of one shape, got \(5, 3\) and \(5, 4\)"),
        (np.zeros(5), np.zeros(5), r"sets \(N, …\)"),
        (np.zeros((5, 3)), np.full((5, 3), np.inf), "finite"),
    ],
)
def test_bad_shapes_and_values_are_refused(a, b, message):
    with pytest.raises(ValueError, match=message):
        frechet_distance(a, b)

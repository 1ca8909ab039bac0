"""Paths through latent space, and how even their steps are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.explore.walk import linear, path, spherical, step_sizes, unevenness

KINDS = {"linear": linear, "spherical": spherical}
T = np.linspace(0, 1, 9)


def vectors(seed, length=5):
    return np.random.default_rng(seed).normal(size=(2, length))


def test_known_points():
    a, b = np.array([2.0, 0.0]), np.array([0.0, 4.0])
    np.testing.assert_allclose(linear(a, b, np.array([0.25])), [[1.5, 1.0]])
    half = 3 * np.sqrt(0.5)  # halfway in length and angle
    np.testing.assert_allclose(spherical(a, b, np.array([0.0, 0.5, 1.0])), [[2, 0], [half, half], [0, 4]], atol=1e-12)


@given(st.integers(0, 1000))
def test_spherical_is_slerp_for_vectors_of_equal_length(seed):
    """sin((1 − t)θ)/sin θ a + sin(tθ)/sin θ b, White 2016."""
    a, b = (x / np.linalg.norm(x) for x in vectors(seed))
    angle = np.arccos(a @ b)
    expected = (np.outer(np.sin((1 - T) * angle), a) + np.outer(np.sin(T * angle), b)) / np.sin(angle)
    np.testing.assert_allclose(spherical(a, b, T), expected, atol=1e-9)


@given(st.integers(0, 1000))
def test_spherical_has_equal_steps_in_angle_and_length(seed):
    a, b = vectors(seed)
    points = spherical(a, b, T)
    lengths = np.linalg.norm(points, axis=1)
    np.testing.assert_allclose(lengths, np.linspace(np.linalg.norm(a), np.linalg.norm(b), len(T)))
    directions = points / lengths[:, None]
    angles = np.arccos(np.einsum("nl,nl->n", directions[1:], directions[:-1]))
    np.testing.assert_allclose(angles, angles[0], atol=1e-6)
    np.testing.assert_allclose(points[[0, -1]], [a, b])


@pytest.mark.parametrize("factor", [1.0, 3.0, 1 + 1e-12])
def test_spherical_between_parallel_vectors_is_linear(factor):
    a, _ = vectors(0)
    np.testing.assert_allclose(spherical(a, factor * a, T), linear(a, factor * a, T))


@pytest.mark.parametrize("b", [[-2.0, 0, 0], [-2.0, 1e-9, 0]], ids=["opposite", "nearly opposite"])
def test_spherical_between_opposite_vectors_keeps_the_length(b):
    points = spherical(np.array([2.0, 0, 0]), np.array(b), T)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 2.0)
    np.testing.assert_allclose(points[[0, -1]], [[2, 0, 0], b], atol=1e-6)
    assert abs(points[4, 0]) < 1e-6


def test_a_zero_vector_is_refused():
    with pytest.raises(ValueError, match="got a zero vector"):
        spherical(np.zeros(3), np.ones(3), T)


@pytest.mark.parametrize("kind", KINDS)
def test_a_path_goes_through_all_stations(kind):
    stations = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    points = path(stations, 5, KINDS[kind])
    assert points.shape == (16, 6)
    assert points.dtype == np.float32
    np.testing.assert_allclose(points[::5], stations, atol=1e-6)
    np.testing.assert_allclose(points[2], KINDS[kind](stations[0], stations[1], np.array([0.4]))[0], atol=1e-6)


def test_a_path_needs_two_stations_and_a_step():
    with pytest.raises(ValueError, match="at least 2 stations and 1 step, got 1 and 5"):
        path(np.ones((1, 3)), 5, linear)
    with pytest.raises(ValueError, match="got 2 and 0"):
        path(np.ones((2, 3)), 0, linear)


def test_steps_are_root_mean_squares():
    points = np.array([[[0.0, 0.0]], [[3.0, 4.0]], [[3.0, 4.0]]])
    np.testing.assert_allclose(step_sizes(points), [np.sqrt(12.5), 0.0])


def test_bytes_do_not_wrap_around():
    np.testing.assert_allclose(step_sizes(np.array([[10], [5], [255]], np.uint8)), [5, 250])


def test_unevenness_of_even_steps_and_of_one_jump():
    assert unevenness([0.5] * 7) == 1.0
    assert unevenness([0, 0, 0, 9.0, 0]) == 5.0
    assert np.isnan(unevenness([0.0, 0.0]))

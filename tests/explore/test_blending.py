"""Poisson blending: known results."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.errors import BadInput
from minigan.explore.blending import blend
from minigan.explore.masks import MASKS, draw_masks

pytest.importorskip("scipy")


def ramp(size, across, down, at=0.0):
    y, x = np.mgrid[:size, :size]
    return (at + across * x + down * y)[None, :, :, None] * np.array([1.0, -2.0, 0.5])


@pytest.mark.parametrize("mask", MASKS)
@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(-99, 99), st.integers(4, 12))
def test_it_is_exact_for_a_constant_gradient(mask, across, down, off, size):
    """The fill is the image plus a constant; after blending it is equal to the image."""
    known = draw_masks(mask, 1, size, np.random.default_rng(0))
    image = ramp(size, across, down)
    np.testing.assert_allclose(blend(image, image + off, known), image, atol=1e-9)


@pytest.mark.parametrize("mask", MASKS)
def test_an_image_is_reconstructed_from_its_gradients(mask):
    """Also for several images with different masks, and with holes at the edge."""
    rng = np.random.default_rng(1)
    image = rng.normal(size=(3, 9, 7, 2))
    known = draw_masks(mask, 3, (9, 7), rng)
    off = rng.normal(size=(3, 1, 1, 2))
    with_hole = np.where(known[..., None], image, 77.0)
    np.testing.assert_allclose(blend(with_hole, image + off, known), image, atol=1e-9)


def test_it_minimises_the_sum_of_squares():
    """Changing a pixel in the hole increases Σ ((x_p − x_q) − (g_p − g_q))²; known pixels are not changed."""
    rng = np.random.default_rng(2)
    image, fill = rng.normal(size=(2, 1, 5, 6, 1))
    known = rng.random((1, 5, 6)) < 0.4

    def energy(x):
        d = (x - fill)[0, :, :, 0]
        return (np.diff(d, axis=0) ** 2).sum() + (np.diff(d, axis=1) ** 2).sum()

    found = blend(image, fill, known)
    np.testing.assert_array_equal(found[known], image[known])
    for position in np.argwhere(~known):
        for change in (1e-3, -1e-3):
            other = found.copy()
            other[(*position, 0)] += change
            assert energy(other) > energy(found)


def test_bytes_are_accepted():
    image = np.full((1, 4, 4, 1), 200, np.uint8)
    known = np.arange(16).reshape(1, 4, 4) % 2 == 0
    np.testing.assert_allclose(blend(image, np.zeros_like(image), known), 200.0)


def test_an_image_without_a_hole_is_not_changed_and_one_without_known_pixels_is_refused():
    image = np.random.default_rng(3).normal(size=(1, 4, 4, 3))
    np.testing.assert_array_equal(blend(image, image * 0, np.ones((1, 4, 4), bool)), image)
    with pytest.raises(ValueError, match="expected at least one known pixel"):
        blend(image, image, np.zeros((1, 4, 4), bool))
    with pytest.raises(ValueError, match=r"the same N, H and W, got \(1, 4, 4, 3\), \(1, 4, 4, 3\) and \(1, 4, 5\)"):
        blend(image, image, np.ones((1, 4, 5), bool))


def test_the_error_names_a_missing_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    with pytest.raises(BadInput, match=r"needs the package scipy.*pip install 'minigan\[blend\]'"):
        blend(np.zeros((1, 4, 4, 1)), np.zeros((1, 4, 4, 1)), np.eye(4, dtype=bool)[None])

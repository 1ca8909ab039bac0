"""Shares of classes and attributes, and their entropy: known values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.data import load_dataset
from minigan.evaluate import attribute_shares, class_shares, entropy_bits, kl_divergence, sure_share


@pytest.mark.parametrize(
    ("shares", "bits"),
    [([1.0], 0.0), ([0, 1, 0], 0.0), ([0.5, 0.5], 1.0), ([0.5, 0.25, 0.25], 1.5), ([0.125] * 8, 3.0)],
)
def test_known_entropies(shares, bits):
    assert entropy_bits(shares) == bits


@given(st.lists(st.integers(0, 5), min_size=1, max_size=50))
def test_shares_add_up_to_1_and_entropy_is_within_its_bounds(labels):
    shares = class_shares(np.array(labels), 6)
    np.testing.assert_array_equal(shares * len(labels), [labels.count(i) for i in range(6)])
    assert shares.sum() == pytest.approx(1)
    assert 0 <= entropy_bits(shares) <= np.log2(len(set(labels))) + 1e-12


def test_shares_by_hand():
    assert class_shares(np.array([0, 3, 3, 0], np.uint8), 5).tolist() == [0.5, 0, 0, 0.5, 0]


def test_shares_of_attributes():
    assert attribute_shares(np.array([[1, 0, 0], [1, 1, 0]], np.uint8)).tolist() == [1.0, 0.5, 0.0]
    faces = load_dataset("pixel-faces")
    assert attribute_shares(faces.attributes)[faces.attribute_names.index("hat")] == 4449 / 18000


def test_kl_divergence_by_hand():
    """Half of the kinds, equally often, is ln 2 from all of them, as one of a thousand is ln 1000."""
    assert kl_divergence([0.5, 0.5, 0, 0], [0.25] * 4) == pytest.approx(np.log(2))
    assert kl_divergence([1, *[0] * 999], np.full(1000, 1e-3)) == pytest.approx(np.log(1000))
    assert kl_divergence([0.1, 0.9], [0.1, 0.9]) == 0.0
    assert kl_divergence([0.25, 0.75], [0.5, 0.5]) == pytest.approx(0.25 * np.log(0.5) + 0.75 * np.log(1.5))
    assert kl_divergence([0.5, 0.5], [1.0, 0.0]) == np.inf


@given(st.lists(st.integers(0, 5), min_size=1), st.lists(st.integers(0, 5), min_size=1))
def test_kl_divergence_is_0_only_of_equal_shares(left, right):
    p, q = (class_shares(np.array(labels), 6) for labels in (left, right))
    assert kl_divergence(p, q) >= 0
    assert (kl_divergence(p, q) < 1e-12) == np.allclose(p, q, atol=1e-7)


def test_a_judge_is_sure_from_a_probability_of_nine_tenths():
    """Of two classes from a difference of ln 9 on; of attributes, of all of them, present or absent."""
    just, almost = np.log(9) + 1e-6, np.log(9) - 1e-6
    assert sure_share(np.array([[just, 0], [0, just], [almost, 0], [500, -500]]), exclusive=True) == 0.75
    assert sure_share(np.array([[just, -just], [just, -almost], [-9, 9], [900, 0]]), exclusive=False) == 0.5
    assert sure_share(np.zeros((3, 2)), exclusive=True) == 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: class_shares(np.array([0, 3]), 3), "labels 0 … 2, got 0 … 3"),
        (lambda: class_shares(np.array([-1, 0]), 3), "labels 0 … 2, got -1 … 0"),
        (lambda: class_shares(np.array([0.5]), 3), "whole numbers, got float64"),
        (lambda: class_shares(np.array([], int), 3), r"of shape \(0,\)"),
        (lambda: entropy_bits([0.5, 0.4]), "add up to 1"),
        (lambda: entropy_bits([1.5, -0.5]), "none below 0"),
        (lambda: entropy_bits([np.nan, 1.0]), "add up to 1"),
        (lambda: kl_divergence([1.0], [0.5, 0.5]), "as many shares as in the reference, got 1 and 2"),
        (lambda: kl_divergence([1.0, 0.0], [0.5, 0.4]), "add up to 1"),
        (lambda: sure_share(np.zeros((0, 3)), True), r"\(N, outputs\), got shape \(0, 3\)"),
        (lambda: attribute_shares(np.array([[2]])), "each 0 or 1"),
        (lambda: attribute_shares(np.array([1, 0])), r"\(N, A\)"),
    ],
)
def test_bad_values_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()

"""Nearest neighbours: exact for bytes, against integer brute force; ties; blocks; a known classification error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.data.mnist import load_mnist
from minigan.evaluate import nearest, neighbours, one_nn_error


@pytest.fixture(scope="module", params=[7, 1024], ids=["small blocks", "one block"])
def block(request):
    """With sets of up to twenty rows: several blocks, or one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "BLOCK", request.param)
        yield


def brute_force(queries, references, k):
    """The same with integer differences; a stable sort keeps the lower index first."""
    queries, references = (x.reshape(len(x), -1).astype(np.int64) for x in (queries, references))
    squared = np.stack([((references - query) ** 2).sum(axis=1) for query in queries])
    indices = squared.argsort(axis=1, kind="stable")[:, :k]
    return indices, np.sqrt(np.take_along_axis(squared, indices, axis=1))


def check_exactly(queries, references, k):
    for found, expected in zip(nearest(queries, references, k), brute_force(queries, references, k)):
        np.testing.assert_array_equal(found, expected)


@given(st.data())
def test_bytes_of_any_shape_are_compared_exactly(block, data):
    """With few different bytes, so that many distances tie; and with more features than one float32 sum allows."""
    k, features = data.draw(st.integers(1, 5)), data.draw(st.sampled_from([1, 3, 784, 1025, 3072]))
    q, r = data.draw(st.integers(1, 20)), data.draw(st.integers(k, 20))
    low, high = data.draw(st.sampled_from([(0, 2), (0, 256), (254, 256)]))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    check_exactly(rng.integers(low, high, (q, features), np.uint8), rng.integers(low, high, (r, features), np.uint8), k)


@pytest.mark.parametrize("pixels", [784, 3072, 12288])
def test_near_ties_among_bytes_that_float32_cannot_distinguish(block, pixels):
    """Black against white: squared distances above 5·10⁷ that differ by 1, where float32 has gaps of 4."""
    black = np.zeros((1, pixels), np.uint8)
    white = np.full((3, pixels), 255, np.uint8)
    white[:, :3] = [[8, 1, 1], [8, 1, 0], [8, 0, 0]]
    indices, distances = nearest(black, white, 3)
    assert indices.tolist() == [[2, 1, 0]]
    far = 255**2 * (pixels - 3)
    assert np.rint(distances**2).astype(int).tolist() == [[far + 64, far + 65, far + 66]]
    check_exactly(black, white, 3)


def test_the_lower_index_wins_a_tie(block):
    """All references are the same image; also across blocks."""
    same = np.full((20, 2, 2, 1), 9, np.uint8)
    indices, distances = nearest(same[:3], same, 4)
    assert indices.tolist() == [[0, 1, 2, 3]] * 3
    assert not distances.any()


@given(st.integers(0, 99), st.floats(-1e6, 1e6))
def test_other_numbers_are_compared_in_float64_also_far_from_0(block, seed, far):
    """A translation does not change the distances, up to the rounding of the translated numbers."""
    rng = np.random.default_rng(seed)
    q, r = rng.normal(size=(9, 5)), rng.normal(size=(19, 5))
    expected = np.sort(np.linalg.norm(q[:, None] - r, axis=2), axis=1)[:, :3]
    indices, distances = nearest(q + far, r + far, 3)
    np.testing.assert_allclose(distances, expected, rtol=1e-7)
    np.testing.assert_allclose(np.linalg.norm(q[:, None] - r[indices], axis=2), expected, rtol=1e-7)


def test_progress_is_reported_for_each_block(monkeypatch):
    monkeypatch.setattr(neighbours, "BLOCK", 4)
    reported = []

    def progress(items, total, what):
        for item in items:
            reported.append((total, what))
            yield item

    nearest(np.zeros((5, 1)), np.zeros((9, 1)), progress=progress)
    assert reported == [(6, "measuring distances")] * 6


ROW = np.zeros((3, 2), np.uint8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nearest(ROW, ROW, 0), "k from 1 to the 3 references, got 0"),
        (lambda: nearest(ROW, ROW, 4), "k from 1 to the 3 references, got 4"),
        (lambda: nearest(ROW, np.zeros((3, 4))), r"of one shape, got \(3, 2\) and \(3, 4\)"),
        (lambda: nearest(ROW[:0], ROW), r"of one shape, got \(0, 2\) and \(3, 2\)"),
        (lambda: nearest(np.full((1, 2), np.nan), ROW), "finite numbers"),
        (lambda: one_nn_error(ROW, np.zeros(2), ROW, np.zeros(3)), r"3 labels, one for each row, got shape \(2,\)"),
        (lambda: one_nn_error(ROW, np.zeros(3), ROW, np.zeros((3, 1))), r"got shape \(3, 1\)"),
    ],
)
def test_bad_shapes_and_values_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_error_of_one_nearest_neighbour():
    """By hand: references 0 and 10 with labels 0 and 1; of the queries 1, 4, 6, 9, one has a wrong label."""
    train, test = (np.array(values, np.uint8).reshape(-1, 1, 1, 1) for values in ([0, 10], [1, 4, 6, 9]))
    assert one_nn_error(train, np.array([0, 1]), test, np.array([0, 0, 0, 1])) == 0.25


def test_the_error_on_digits():
    """With 5,000 training digits, 98 of 1,000 test digits are wrong, as with brute force on integers.

    (All 60,000 and 10,000 digits give 3.09 %, as in the literature; that takes 10 seconds.)
    """
    train, test = load_mnist(), load_mnist("t10k")
    error = one_nn_error(train.images[:5000], train.labels[:5000], test.images[:1000], test.labels[:1000])
    assert error == 98 / 1000

"""Vector arithmetic on concepts: parsing expressions, computing sums, and whether the results satisfy them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.errors import BadInput
from minigan.explore.arithmetic import (
    Term,
    add_means,
    add_up,
    choose_exemplars,
    neighbourhood,
    parse,
    pixel_sum,
    satisfies,
)
from tests.support.pools import NAMES, made_up_pool

FACES = ["glasses", "hat", "beard", "long_hair", "smile"]
DIGITS = [str(i) for i in range(10)]


def test_parsing_expressions():
    assert parse("glasses + smile - hat", FACES) == [Term(1, "glasses"), Term(1, "smile"), Term(-1, "hat")]
    assert parse(" - long_hair", FACES) == [Term(-1, "long_hair")]
    assert parse("smile - long hair", FACES) == [Term(1, "smile"), Term(-1, "long_hair")]
    assert parse("7-1+4", DIGITS) == [Term(1, "7"), Term(-1, "1"), Term(1, "4")]
    assert parse("hat + hat", FACES) == [Term(1, "hat")] * 2


@given(
    st.lists(st.tuples(st.sampled_from("+-−"), st.sampled_from(FACES)), min_size=1), st.integers(0, 2), st.booleans()
)
def test_parsing_random_expressions(terms, spaces, bare):
    terms = list({concept: (sign, concept) for sign, concept in terms}.values())  # each concept once
    gap = " " * spaces
    text = gap.join(f"{sign}{gap}{concept}" for sign, concept in terms)
    if bare and text[0] == "+":
        text = text[1:]
    assert parse(text, FACES) == [Term(1 if sign == "+" else -1, concept) for sign, concept in terms]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "the expression is empty; expected concepts"),
        ("glasses smile", "no [+] or - before 'smile'; .*such as 'glasses [+] hat - beard'"),
        ("glasses +", "no concept after '[+]'"),
        ("glasses + - hat", "no concept after '[+]'"),
        ("+", "no concept after '[+]'"),
        ("glasses + mustache", "unknown concept 'mustache'; the judge knows: glasses, hat, beard, long_hair, smile"),
        ("glasses * 2", "no [+] or - before '[*]'"),
        ("hat + smile - hat", "hat is both added and subtracted"),
    ],
)
def test_malformed_expressions_are_refused(expression, message):
    with pytest.raises(BadInput, match=message):
        parse(expression, FACES)


def test_images_must_show_all_added_attributes_and_no_subtracted_one():
    terms = [Term(1, "glasses"), Term(1, "beard"), Term(-1, "hat")]
    shows = np.array([[1, 0, 1], [1, 1, 1], [1, 0, 0], [0, 0, 1]], bool)
    assert satisfies(shows, terms, NAMES, exclusive=False).tolist() == [True, False, False, False]
    assert satisfies(shows, [Term(-1, "beard")], NAMES, exclusive=False).tolist() == [False, False, True, False]


def test_images_must_show_one_of_the_added_digits():
    shows = np.eye(10, dtype=bool)
    assert np.flatnonzero(satisfies(shows, parse("7 - 1 + 4", DIGITS), DIGITS, exclusive=True)).tolist() == [4, 7]
    assert np.flatnonzero(satisfies(shows, parse("- 1", DIGITS), DIGITS, exclusive=True)).tolist() == [0, *range(2, 10)]


def test_the_sum_agrees_with_the_formula():
    pool, rng = made_up_pool(), np.random.default_rng(0)
    terms = parse("glasses - hat + beard", NAMES)
    chosen = choose_exemplars(pool, terms, 3, 4, rng)
    assert chosen.positives.shape == chosen.negatives.shape == (4, 3, 3)
    z, alone = add_up(pool.z, terms, chosen), add_means(pool.z, terms, chosen)
    for draw in range(4):
        means = [[pool.z[side[draw, i]].mean(axis=0) for i in range(3)] for side in chosen]
        (g, h, b), (no_g, no_h, no_b) = means
        np.testing.assert_allclose(z[draw], (g - no_g) - (h - no_h) + (b - no_b), atol=1e-6)
        np.testing.assert_allclose(alone[draw], g - h + b, atol=1e-6)
    assert len({tuple(row) for row in chosen.positives[:, 0]}) == 4  # each draw has other exemplars
    for i, (term, column) in enumerate(zip(terms, (0, 1, 2))):
        assert pool.shows[chosen.positives[:, i], column].all(), term


def test_sums_satisfy_their_terms_if_z_determines_the_concepts():
    """If each concept is the sign of one dimension of z, the sums have the required signs."""
    pool = made_up_pool(2000)
    terms = parse("glasses - hat + beard", NAMES)
    z = add_up(pool.z, terms, choose_exemplars(pool, terms, 10, 50, np.random.default_rng(0)))
    assert satisfies(z[:, :3] > 0, terms, NAMES, exclusive=False).mean() > 0.9
    np.testing.assert_allclose(z.mean(axis=0)[:3], np.array([1, -1, 1]) * 2 * np.sqrt(2 / np.pi), atol=0.25)


def test_pixel_sums_start_from_the_mean_image_and_are_bytes():
    pool = made_up_pool(4)
    images = np.array([0, 100, 200, 60], np.uint8).reshape(4, 1, 1, 1)
    terms = parse("hat", NAMES)
    chosen = choose_exemplars(pool, terms, 1, 1, np.random.default_rng(0))._replace(
        positives=np.array([[[1]], [[2]]]), negatives=np.array([[[0]], [[0]]])
    )
    assert pixel_sum(images, terms, chosen).ravel().tolist() == [190, 255]  # 90 + 100 − 0; 90 + 200, clipped
    assert pixel_sum(images, [Term(-1, "hat")], chosen).ravel().tolist() == [0, 0]


def test_neighbours_differ_by_at_most_a_quarter():
    z = np.zeros((5, 200), np.float32) + np.arange(5, dtype=np.float32)[:, None]
    around = neighbourhood(z, np.random.default_rng(0))
    assert around.shape == (5, 8, 200)
    noise = around - z[:, None]
    assert 0.24 < np.abs(noise).max() <= 0.25 + 1e-6
    assert abs(noise.mean()) < 0.01
    assert len(np.unique(noise[0].round(6), axis=0)) == 8

"""Exemplars show the concept that they are chosen for, and partners differ only in that concept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.errors import BadInput
from minigan.evaluate.judges import judge_images, shipped_judge
from minigan.explore import concepts
from minigan.explore.concepts import Pool, detect, detect_and_measure, draw_pool
from minigan.gan import Config, Run, load_run
from tests.support.pools import NAMES, made_up_pool


@given(st.sampled_from(NAMES), st.integers(1, 20), st.integers(0, 100))
def test_pairs_differ_only_in_the_concept(concept, count, seed):
    pool = made_up_pool()
    positives, negatives = pool.pairs(concept, count, np.random.default_rng(seed))
    column = NAMES.index(concept)
    assert len(set(positives)) == len(positives) == len(negatives) == count
    assert pool.shows[positives, column].all()
    assert not pool.shows[negatives, column].any()
    others = np.delete(pool.shows, column, axis=1)
    np.testing.assert_array_equal(others[positives], others[negatives])


def test_without_a_perfect_partner_the_most_similar_is_taken():
    shows = np.array([[1, 1, 1], [0, 0, 0], [0, 1, 0], [0, 0, 0]], bool)
    pool = Pool(np.zeros((4, 2)), np.zeros((4, 1, 1, 1)), shows, shows - 0.5, NAMES)
    positives, negatives = pool.pairs("glasses", 1, np.random.default_rng(0))
    assert (positives.tolist(), negatives.tolist()) == ([0], [2])


def test_partners_vary():
    """Equally similar partners are all chosen at some time."""
    pool = made_up_pool(40)
    rng = np.random.default_rng(0)
    seen = {int(x) for _ in range(300) for x in pool.pairs("hat", 1, rng)[1]}
    assert len(seen) == (~pool.shows[:, 1]).sum()


@given(st.sampled_from(NAMES), st.floats(0.01, 1), st.integers(1, 20), st.integers(0, 100))
def test_the_clearest_are_chosen(concept, clearest, count, seed):
    pool = made_up_pool()
    positives, negatives = pool.pairs(concept, count, np.random.default_rng(seed), clearest)
    has, clarity = pool.column(concept), pool.clarity[:, NAMES.index(concept)]
    for chosen, sign, whole in ((positives, 1, has), (negatives, -1, ~has)):
        assert whole[chosen].all()
        clearer = [(sign * clarity[whole] > sign * clarity[i]).sum() for i in chosen]
        assert max(clearer) < max(count, round(clearest * whole.sum()))


def test_clarity_is_the_logit_of_the_probability():
    for judge, shape in ((shipped_judge("mnist", 28), (28, 28, 1)), (shipped_judge("pixel-faces", 32), (32, 32, 3))):
        images = np.random.default_rng(0).integers(0, 256, (20, *shape), np.uint8)
        shows, clarity = detect_and_measure(judge, images)
        logits = judge_images(judge, images).logits.astype(np.float64)
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True) if judge.exclusive else 1 / (1 + np.exp(-logits))
        np.testing.assert_allclose(clarity, np.log(p / (1 - p)), rtol=1e-6, atol=1e-6)
        np.testing.assert_array_equal(shows, detect(judge, images))


@pytest.mark.parametrize("name", ["pretrained:pixel-faces"])
def test_the_concepts_of_a_pool_are_those_that_the_judge_detects(name, monkeypatch):
    monkeypatch.setattr(concepts, "MIN_SAMPLES", 500)
    run = load_run(name)
    judge = shipped_judge(run.config.source, run.config.image_size)
    pool = draw_pool(run, judge, ["hat", "smile"], 3, np.random.default_rng(0))
    again = draw_pool(run, judge, ["hat", "smile"], 3, np.random.default_rng(0))
    np.testing.assert_array_equal(pool.z, again.z)
    np.testing.assert_array_equal(pool.shows, detect(judge, pool.images))
    assert len(pool.z) == len(pool.images) == len(pool.shows) == 500
    assert 0.05 < pool.column("hat").mean() < 0.95


def test_the_pool_grows_until_there_are_enough_exemplars(monkeypatch):
    monkeypatch.setattr(concepts, "MIN_SAMPLES", 500)
    run = load_run("pretrained:pixel-faces")
    judge = shipped_judge("pixel-faces", 32)
    pool = draw_pool(run, judge, ["hat"], 200, np.random.default_rng(0))
    assert len(pool.z) > 500
    assert pool.column("hat").sum() >= 200


def test_one_digit_per_image():
    judge = shipped_judge("mnist", 28)
    shows = detect(judge, np.random.default_rng(0).integers(0, 256, (20, 28, 28, 1), np.uint8))
    assert shows.shape == (20, 10)
    assert (shows.sum(axis=1) == 1).all()


def test_unknown_and_rare_concepts_are_refused(monkeypatch):
    monkeypatch.setattr(concepts, "MIN_SAMPLES", 500)
    monkeypatch.setattr(concepts, "MAX_SAMPLES", 1000)
    run, judge, rng = Run(Config(width=4, latent=6)), shipped_judge("mnist", 28), np.random.default_rng(0)
    with pytest.raises(BadInput, match=r"unknown concept 'ten'; the judge knows: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"):
        draw_pool(run, judge, ["ten"], 3, rng)
    with pytest.raises(BadInput, match=r"of 1000 samples \d+ show \d and \d+ do not, expected 400 of each; .*fewer"):
        draw_pool(run, judge, ["0", "1"], 400, rng)  # an untrained generator does not draw so many of both

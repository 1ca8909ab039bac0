"""A file with the weights of G alone draws what the run draws, and refuses in one line what needs D."""

import numpy as np
import pytest

from minigan.commands import evaluate, explore, export, sample, train
from minigan.errors import BadInput
from minigan.gan import draw_samples, load_run
from minigan.tensor import Tensor
from tests.support.commands import SMALL, refused

NO_D = "has only a generator, and this needs its discriminator"


@pytest.fixture
def files(here, data):
    """A run on faces, its weights, and those of G alone."""
    assert train.main(["pixel-faces", "--hold-out", "17500", "--epochs", "1", "--out", "run", *SMALL]) == 0
    assert export.main(["run", "--out", "both.npz"]) == 0
    assert export.main(["run", "--out", "g.npz", "--generator-only"]) == 0
    return here


def test_it_draws_the_same(files):
    both, alone = load_run("both.npz"), load_run("g.npz")
    np.testing.assert_array_equal(draw_samples(both, 8, 0)[0], draw_samples(alone, 8, 0)[0])
    with np.load("both.npz") as whole, np.load("g.npz") as part:
        left_out = set(whole.files) - set(part.files)
        assert left_out
        assert all(name.startswith("discriminator/") for name in left_out)
        assert all(not name.startswith("discriminator/") for name in part.files)
    assert sample.main(["g.npz", "--count", "4", "--out", "drawn.png"]) == 0
    assert evaluate.main(["g.npz", "--embedding", "random", "--count", "200", "--out", "scores"]) == 0


def test_what_needs_d_is_refused_in_a_line(files, capsys):
    for command, *argv in (
        (explore, "features", "g.npz"),
        (explore, "complete", "g.npz"),
        (explore, "arithmetic", "g.npz", "hat"),
        (evaluate, "run", "--embedding", "g.npz"),
        (train, "pixel-faces", "--from", "g.npz", "--hold-out", "17900", "--out", "next"),
    ):
        assert f"g.npz: {NO_D}" in refused(capsys, command, *argv), argv
    assert not (files / "next").exists()
    assert "contains only weights" in refused(capsys, export, "g.npz", "--out", "again.npz")
    run = load_run("g.npz")
    for ask in (lambda d: d(Tensor(np.zeros((1, 32, 32, 3)))), lambda d: d.net, lambda d: d.state_dict()):
        with pytest.raises(BadInput, match=NO_D):
            ask(run.game.discriminator)

"""The search for z: a generator whose completions are known, what it may look at, what it leaves alone; and that the
shipped weights complete better than what needs no generator."""

from collections import deque

import numpy as np
import pytest

from minigan.arrays.backend import to_device
from minigan.data import load_dataset, load_test_set, scale_images
from minigan.data.dataset import to_bytes
from minigan.evaluate.judges import shipped_judge
from minigan.explore.completion import Search, importance, overlay
from minigan.explore.completion_scores import compare, mean_image, nearest_by_known, psnr
from minigan.explore.masks import MASKS, draw_masks
from minigan.gan import Discriminator, Generator, load_run
from minigan.nn import Module, Parameter
from minigan.ops import concatenate, tanh
from minigan.tensor import Tensor


class Mirror(Module):
    """z (N, 8) → images (N, 4, 4, 1): the left half is z by an orthogonal matrix, the right half its mirror image."""

    latent, classes = 8, 0

    def __init__(self):
        self.turn = Parameter(np.linalg.qr(np.random.default_rng(0).normal(size=(8, 8)))[0].astype(np.float32))

    def forward(self, z):
        half = tanh(z @ self.turn * 0.5).reshape(len(z), 4, 2, 1)
        mirrored = [half[:, :, 1:], half[:, :, :1]]
        both = concatenate([x.transpose(0, 1, 3, 2) for x in (half, *mirrored)])
        return both.transpose(0, 1, 3, 2)


def run_to_end(search, iterations):
    return deque(search.steps(iterations), maxlen=1)[0]


def small(seed=0):
    rng = np.random.default_rng(seed)
    generator, discriminator = Generator(28, 1, 4, 6, rng=rng), Discriminator(28, 1, 4, rng=rng)
    images = rng.integers(0, 256, (3, 28, 28, 1), np.uint8)
    return generator, discriminator, images, draw_masks("random", 3, 28, rng)


def searching(seed=0, **settings):
    generator, discriminator, images, known = small(seed)
    return Search(generator, discriminator, images, known, rng=np.random.default_rng(1), **settings)


def test_a_mirrored_half_is_completed_by_its_mirror_image():
    """The right half is known; there is one z that draws it, and it draws the left half that was never seen."""
    mirror = Mirror()
    truth = to_bytes(mirror(Tensor(np.random.default_rng(3).normal(size=(4, 8)).astype(np.float32))).numpy())
    np.testing.assert_array_equal(truth[:, :, :2], truth[:, :, :1:-1])
    known = draw_masks("left", 4, 4, np.random.default_rng(0))
    seen = np.where(known[..., None], truth, 0)
    search = Search(mirror, mirror, seen, known, rng=np.random.default_rng(0), weight=0.0, deviation=0.0)
    last = run_to_end(search, 400)
    assert last.number == 400
    assert last.loss.max() < 1e-3
    assert np.abs(overlay(seen, search.drawn(), known).astype(int) - truth).max() <= 1


def test_the_prior_draws_z_to_zero():
    """With nothing but the prior to go by, it is the most probable z of all."""
    search = searching(deviation=1e3, weight=0.0)
    before = np.abs(search.z).max()
    run_to_end(search, 100)
    assert np.abs(search.found()).max() < 0.1 * before


def test_the_hole_is_not_looked_at():
    """Other pixels there change nothing, not a bit; other known pixels do."""
    generator, discriminator, images, known = small()
    found = []
    for seen in (images, np.where(known[..., None], images, 255 - images), np.where(known[..., None], 0, images)):
        search = Search(generator, discriminator, seen, known, rng=np.random.default_rng(1))
        run_to_end(search, 5)
        found.append(search.found())
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()


def test_no_image_depends_on_its_neighbours():
    generator, discriminator, images, known = small()
    both = Search(generator, discriminator, images, known, rng=np.random.default_rng(1))
    alone = Search(generator, discriminator, images[1:2], known[1:2], rng=np.random.default_rng(1))
    two, one = run_to_end(both, 5), run_to_end(alone, 5)
    np.testing.assert_allclose(two.loss[1:2], one.loss, rtol=1e-5)
    np.testing.assert_allclose(both.found()[1:2], alone.found(), atol=1e-4)


def test_the_best_of_all_starts_and_iterations_is_kept():
    """At a learning rate that jumps about, most iterations are worse than the best; `found` still has that."""
    search = searching(restarts=4, lr=3.0)
    losses = []
    for step in search.steps(12):
        losses.append(step.loss)
        np.testing.assert_allclose(search.best.reshape(3, 4).min(axis=1), np.min(losses, axis=0), rtol=1e-6)
    assert (np.diff(losses, axis=0) > 0).any()
    chosen = search.best.reshape(3, 4).argmin(axis=1)
    again = sum(term.numpy() for term in search.terms(Tensor(search.z)))
    np.testing.assert_allclose(again, search.best, rtol=1e-5)
    np.testing.assert_array_equal(search.found(), search.z.reshape(3, 4, 6)[np.arange(3), chosen])


def test_more_weight_makes_it_look_more_real_to_d():
    opinions = []
    for weight in (1e-6, 1e3):
        generator, discriminator, images, known = small()
        for network in (generator, discriminator):  # untrained, G draws next to nothing, and D has next to no opinion
            network.parameters()[0].data *= 1e3
        search = Search(generator, discriminator, images, known, rng=np.random.default_rng(1), weight=weight)
        run_to_end(search, 40)
        opinions.append(discriminator.eval()(Tensor(scale_images(search.drawn()))).numpy())
    assert (opinions[1] > opinions[0] + 0.2).all()
    assert (run_to_end(searching(weight=0.0), 2).perceptual == 0.0).all()


def test_networks_are_left_as_they_were():
    """Weights, running statistics, mode, gradients; also between two iterations."""
    search = searching()
    networks = search.generator, search.discriminator
    before = [network.state_dict() for network in networks]
    for _ in search.steps(3):
        for network, state in zip(networks, before):
            assert all(module.training for module in network.modules())
            assert all(p.grad is None and p.requires_grad for p in network.parameters())
            assert all((state[name] == x).all() for name, x in network.state_dict().items())


def test_the_same_on_the_device(device):
    here, there = searching(), searching()
    there = Search(
        there.generator.to(device), there.discriminator.to(device), *small()[2:], rng=np.random.default_rng(1),
        device=device,
    )  # fmt: skip
    np.testing.assert_allclose(run_to_end(there, 5).loss, run_to_end(here, 5).loss, rtol=1e-4)
    np.testing.assert_allclose(there.found(), here.found(), atol=1e-3)
    assert there.terms(Tensor(to_device(there.z, device)))[0].device == device


def test_what_cannot_be_searched_for():
    generator, discriminator, images, known = small()
    with pytest.raises(ValueError, match=r"expected masks \(2, 28, 28\) of images"):
        Search(generator, discriminator, images[:2], known, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"expected images \(N, 28, 28, 1\) as G draws"):
        Search(generator, discriminator, images[:, :8, :8], known[:, :8, :8], rng=np.random.default_rng(0))
    told = Generator(28, 1, 4, 6, classes=10, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="without classes"):
        Search(told, discriminator, images, known, rng=np.random.default_rng(0))


@pytest.mark.parametrize("name", MASKS)
def test_importance(name):
    """0 in the hole, 1 on average where known, and more beside the hole than far from it."""
    known = MASKS[name](16, np.random.default_rng(0))
    weights = importance(known)
    assert (weights[~known] == 0).all()
    assert weights[known].mean() == pytest.approx(1.0)
    if name == "left":
        np.testing.assert_allclose(weights[:, 11:], 0.5)
        column = weights[8, 8:11] - 0.5  # three columns of the seven beside the first are unknown, then two, then one
        np.testing.assert_allclose(column / column[2], [3, 2, 1])
    assert (importance(np.ones((8, 8), bool)) == 1).all()


def test_psnr_by_hand():
    """One of two pixels is 51 of 255 away: 10 log₁₀(5²) where it is, 3 dB more over both."""
    images = np.zeros((1, 1, 2, 1), np.uint8)
    fills = images + np.array([51, 0], np.uint8).reshape(1, 1, 2, 1)
    where = np.array([[[True, False]]])
    assert psnr(images, fills, where) == pytest.approx(10 * np.log10(25))
    assert psnr(images, fills, where | True) == pytest.approx(10 * np.log10(50))
    assert psnr(images, fills, ~where) == np.inf


def test_the_nearest_by_what_is_known():
    """It is found through other pixels in the hole, for each image by its own mask."""
    rng = np.random.default_rng(0)
    references = rng.integers(0, 256, (40, 6, 6, 3), np.uint8)
    known = draw_masks("random", 5, 6, rng)
    images = np.where(known[..., None], references[7:12], 0).astype(np.uint8)
    np.testing.assert_array_equal(nearest_by_known(images, known, references), references[7:12])
    np.testing.assert_array_equal(mean_image(references), np.rint(references.mean(axis=0)))


@pytest.fixture(scope="module")
def faces():
    run = load_run("pretrained:pixel-faces")
    return run, load_test_set("pixel-faces", 32).first(16), load_dataset("pixel-faces").images


def test_shipped_weights_complete_better_than_the_mean_and_the_nearest(faces):
    """Of faces that were not learned from 80 % are removed: PSNR in the hole, and what the judge sees there."""
    run, data, train = faces
    known = draw_masks("random", 16, 32, np.random.default_rng(0))
    search = Search(
        run.sampling_generator, run.game.discriminator, data.images, known, rng=np.random.default_rng(0),
        weight=0.0, restarts=1,
    )  # fmt: skip
    first = search.drawn()
    run_to_end(search, 80)
    fillings = {
        "begun": first,
        "mean": np.broadcast_to(mean_image(train), data.images.shape),
        "nearest": nearest_by_known(data.images, known, train[:4000]),
        "completed": search.drawn(),
    }
    table = compare(data, known, fillings, shipped_judge("pixel-faces", 32))
    assert table["completed"][0] > table["mean"][0] + 3.0
    assert table["completed"][0] > table["nearest"][0] + 0.5
    assert table["completed"][0] > table["begun"][0] + 2.0
    assert table["completed"][1] > table["mean"][1] + 0.05


def test_shipped_weights_invert_better_than_the_nearest(faces):
    run, data, train = faces
    everywhere = np.ones((16, 32, 32), bool)
    search = Search(
        run.sampling_generator, run.game.discriminator, data.images, everywhere, rng=np.random.default_rng(0),
        weight=0.0, deviation=0.0, restarts=1,
    )  # fmt: skip
    run_to_end(search, 80)
    nearest = nearest_by_known(data.images, everywhere, train)
    assert psnr(data.images, search.drawn(), everywhere) > psnr(data.images, nearest, everywhere) + 1.0

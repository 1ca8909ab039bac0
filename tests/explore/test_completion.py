"""The search for z: with a generator whose completions are known, and with shipped weights against baselines.

It must use only known pixels, and must not change the networks.
"""

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
from minigan.gan import Discriminator, Generator, draw_noise, generate, load_run
from minigan.nn import Module, Parameter
from minigan.ops import concatenate, tanh
from minigan.tensor import Tensor


class Mirror(Module):
    """z (N, 8) → images (N, 4, 4, 1): the left half is z times an orthogonal matrix, the right half mirrors it."""

    latent, classes = 8, 0

    def __init__(self):
        self.rotation = Parameter(np.linalg.qr(np.random.default_rng(0).normal(size=(8, 8)))[0].astype(np.float32))

    def forward(self, z):
        half = tanh(z @ self.rotation * 0.5).reshape(len(z), 4, 2, 1)
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


def test_a_half_is_completed_by_its_mirror_image():
    """The right half is known; exactly one z draws it, and it also draws the correct left half."""
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


def test_the_prior_pulls_z_to_zero():
    """If the prior dominates the loss, the result is the most probable z."""
    search = searching(deviation=1e3, weight=0.0)
    before = np.abs(search.z).max()
    run_to_end(search, 100)
    assert np.abs(search.found()).max() < 0.1 * before


def test_unknown_pixels_are_not_used():
    """The result is bit-identical for other pixels in the hole, and different for other known pixels."""
    generator, discriminator, images, known = small()
    found = []
    for seen in (images, np.where(known[..., None], images, 255 - images), np.where(known[..., None], 0, images)):
        search = Search(generator, discriminator, seen, known, rng=np.random.default_rng(1))
        run_to_end(search, 5)
        found.append(search.found())
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()


def test_images_in_a_batch_are_independent():
    generator, discriminator, images, known = small()
    both = Search(generator, discriminator, images, known, rng=np.random.default_rng(1))
    alone = Search(generator, discriminator, images[1:2], known[1:2], rng=np.random.default_rng(1))
    two, one = run_to_end(both, 5), run_to_end(alone, 5)
    np.testing.assert_allclose(two.loss[1:2], one.loss, rtol=1e-5)
    np.testing.assert_allclose(both.found()[1:2], alone.found(), atol=1e-4)


def test_the_best_of_all_starts_and_iterations_is_kept():
    """With a learning rate that is too large, most iterations are worse than the best, which `found` returns."""
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


def test_with_a_larger_deviation_more_usual_z_are_found():
    lengths = []
    for deviation in (0.0, 0.5, 20.0):
        search = searching(deviation=deviation)
        for _ in search.steps(30):
            pass
        lengths.append(np.linalg.norm(search.found(), axis=1).mean())
    assert lengths[0] > lengths[1] > lengths[2]


def test_the_starts_are_the_best_of_all_guesses(monkeypatch):
    """Also if the guesses are drawn in several parts, whose last is smaller."""
    generator, discriminator, images, known = small()
    whole = Search(generator, discriminator, images, known, rng=np.random.default_rng(1), guesses=50, weight=0.0)
    monkeypatch.setattr("minigan.explore.completion.CHUNK", 8)
    search = Search(generator, discriminator, images, known, rng=np.random.default_rng(1), guesses=50, weight=0.0)
    np.testing.assert_array_equal(search.z, whole.z)
    guesses = draw_noise(np.random.default_rng(1), 50, 6)
    drawn = generate(generator, guesses)
    for image, mask, starts in zip(scale_images(images), known, search.z.reshape(3, 3, 6)):
        errors = (importance(mask)[..., None] * (drawn - image) ** 2).sum((1, 2, 3))
        np.testing.assert_array_equal(starts, guesses[np.argsort(errors)[:3]])


def test_more_weight_makes_it_look_more_real_to_d():
    logits = []
    for weight in (1e-6, 1e3):
        generator, discriminator, images, known = small()
        for network in (generator, discriminator):  # without training, G's images and D's logits are nearly 0
            network.parameters()[0].data *= 1e3
        search = Search(generator, discriminator, images, known, rng=np.random.default_rng(1), weight=weight)
        run_to_end(search, 40)
        logits.append(discriminator.eval()(Tensor(scale_images(search.drawn()))).numpy())
    assert (logits[1] > logits[0] + 0.2).all()
    assert (run_to_end(searching(weight=0.0), 2).perceptual == 0.0).all()


def test_the_networks_are_not_changed():
    """Weights, running statistics, mode and gradients stay the same, also between iterations."""
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


def test_bad_shapes_and_conditional_generators_are_refused():
    generator, discriminator, images, known = small()
    with pytest.raises(ValueError, match=r"expected masks \(2, 28, 28\) of images"):
        Search(generator, discriminator, images[:2], known, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"expected images \(N, 28, 28, 1\) as G draws"):
        Search(generator, discriminator, images[:, :8, :8], known[:, :8, :8], rng=np.random.default_rng(0))
    conditional = Generator(28, 1, 4, 6, classes=10, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="without classes"):
        Search(conditional, discriminator, images, known, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="at least as many guesses as starts, 3, got 2"):
        Search(generator, discriminator, images, known, rng=np.random.default_rng(0), guesses=2)


@pytest.mark.parametrize("name", MASKS)
def test_importance(name):
    """0 in the hole, 1 on average where known, and larger near the hole than far from it."""
    known = MASKS[name]((16, 16), np.random.default_rng(0))
    weights = importance(known)
    assert (weights[~known] == 0).all()
    assert weights[known].mean() == pytest.approx(1.0)
    if name == "left":
        np.testing.assert_allclose(weights[:, 11:], 0.5)
        column = weights[8, 8:11] - 0.5  # of the seven columns of the window three are unknown, then two, then one
        np.testing.assert_allclose(column / column[2], [3, 2, 1])
    assert (importance(np.ones((8, 8), bool)) == 1).all()


def test_psnr_by_hand():
    """One of two pixels differs by 51 of 255: 10 log₁₀(5²) for this pixel, 3 dB more for both."""
    images = np.zeros((1, 1, 2, 1), np.uint8)
    fills = images + np.array([51, 0], np.uint8).reshape(1, 1, 2, 1)
    where = np.array([[[True, False]]])
    assert psnr(images, fills, where) == pytest.approx(10 * np.log10(25))
    assert psnr(images, fills, where | True) == pytest.approx(10 * np.log10(50))
    assert psnr(images, fills, ~where) == np.inf


def test_the_nearest_image_by_known_pixels():
    """It is found although the pixels in the hole differ, for each image with its own mask."""
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
    """With 80 % of the pixels of test images removed: the PSNR in the hole, and the judge's accuracy."""
    run, data, train = faces
    known = draw_masks("random", 16, 32, np.random.default_rng(0))
    search = Search(
        run.sampling_generator, run.game.discriminator, data.images, known, rng=np.random.default_rng(0),
        weight=0.0, restarts=1,
    )  # fmt: skip
    first = search.drawn()
    run_to_end(search, 80)
    fillings = {
        "initial": first,
        "mean": np.broadcast_to(mean_image(train), data.images.shape),
        "nearest": nearest_by_known(data.images, known, train[:4000]),
        "completed": search.drawn(),
    }
    table = compare(data, known, fillings, shipped_judge("pixel-faces", 32))
    assert table["completed"][0] > table["mean"][0] + 3.0
    assert table["completed"][0] > table["nearest"][0] + 0.5
    assert table["completed"][0] > table["initial"][0] + 2.0
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

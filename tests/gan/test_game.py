"""Who learns when, and how fast: steps of D for each of G, and a learning rate of its own for D."""

import numpy as np
import pytest

from minigan import Tensor
from minigan.data import Batches, ImageDataset
from minigan.gan import METRICS, Config, Run, draw_noise, train
from minigan.gan.health import WAITS
from tests.support.steps import assert_resumes_bit_for_bit

RNG = np.random.default_rng(1)
REAL = RNG.uniform(-1, 1, (4, 28, 28, 1)).astype(np.float32)


def names(run):
    return [move.name for move in run.game.moves(Tensor(REAL), Tensor(draw_noise(RNG, 4, 5)))]


def weights(network):
    return [x.numpy().copy() for x in network.parameters()]


def test_with_d_steps_g_learns_in_every_third_step():
    """D in each of them; in the others G stays as it is, and its loss is still reported."""
    run = Run(Config(width=4, latent=5, d_steps=3))
    for step in range(1, 7):
        g, d = weights(run.generator), weights(run.game.discriminator)
        assert run.game.generators_turn == (step % 3 == 0)
        moves = list(run.game.moves(Tensor(REAL), Tensor(draw_noise(RNG, 4, 5))))
        assert moves[-1].name == ("G has learned" if step % 3 == 0 else "G waits")
        assert moves[-1].tensors.keys() == set(METRICS)
        assert (moves[-1].tensors["g_grad"].item() == WAITS) == (step % 3 != 0)
        assert all(np.isfinite(x.item()) for x in moves[-1].tensors.values())
        changed = [any((a != b).any() for a, b in zip(old, weights(net)))
                   for old, net in ((g, run.generator), (d, run.game.discriminator))]  # fmt: skip
        assert changed == [step % 3 == 0, True]
        assert all(x.grad is None for net in (run.generator, run.game.discriminator) for x in net.parameters())


def test_the_loss_of_a_g_that_waits_is_of_the_images_that_d_judged():
    run = Run(Config(width=4, latent=5, d_steps=2))
    moves = {move.name: move.tensors for move in run.game.moves(Tensor(REAL), Tensor(draw_noise(RNG, 4, 5)))}
    logits = moves["D judges fake images"]["logits"].numpy()
    assert moves["G waits"]["g_loss"].item() == pytest.approx(np.logaddexp(0, -logits).mean(), rel=1e-5)


def test_the_average_is_taken_only_when_g_has_learned():
    """With a decay rate of (1 + t) / (10 + t) after step t: 6/15 · before + 9/15 · now after step 5, then not until 10.

    Until step 5 G has its initial weights, and so has the average; from then on they differ.
    """
    images = np.random.default_rng(3).integers(0, 256, (20, 28, 28, 1), np.uint8)
    run = Run(Config(width=4, latent=5, d_steps=5, batch_size=4, epochs=2, average=0.9))
    before, after = run.ema.parameters()[0].numpy().copy(), {}
    for report in train(run, Batches(ImageDataset("noise", images), 4, 0)):
        after[report.step] = [net.parameters()[0].numpy().copy() for net in (run.ema, run.generator)]
    averages = {step: average for step, (average, _) in after.items()}
    for step in (1, 2, 3, 4):
        np.testing.assert_array_equal(averages[step], before)
    np.testing.assert_allclose(averages[5], 6 / 15 * before + 9 / 15 * after[5][1], rtol=1e-5)
    for step in (6, 7, 8, 9):
        np.testing.assert_array_equal(averages[step], averages[5])
    assert (averages[10] != averages[5]).any()


def test_two_learning_rates_fall_together():
    config = Config(lr=0.1, d_lr=0.4, decay=0.5)
    assert [config.lr_at(t) for t in (0.0, 0.75, 1.0)] == [(0.1, 0.4), (0.05, 0.2), (0.0, 0.0)]
    run = Run(config)
    assert (run.game.generator_adam.lr, run.game.discriminator_adam.lr) == (0.1, 0.4)
    run.game.set_lr(0.2)
    assert (run.game.generator_adam.lr, run.game.discriminator_adam.lr) == (0.2, 0.2)


def test_the_first_step_of_adam_is_as_large_as_the_learning_rate():
    """Almost all weights change by their network's rate: D's by four times as much as G's."""
    run = Run(Config(width=4, latent=5, lr=1e-3, d_lr=4e-3))
    before = {net: weights(net) for net in (run.generator, run.game.discriminator)}
    run.game.step(Tensor(REAL), Tensor(draw_noise(RNG, 4, 5)))
    for net, rate in ((run.generator, 1e-3), (run.game.discriminator, 4e-3)):
        changes = np.concatenate([np.abs(b - a).ravel() for a, b in zip(before[net], weights(net))])
        assert np.median(changes) == pytest.approx(rate, rel=0.01)


def test_a_run_resumes(tmp_path, monkeypatch):
    """Bit for bit, in the middle between two steps of G."""
    options = ["--width", "4", "--d-steps", "2", "--d-lr", "0.001", "--smoothing", "0.1", "--average", "0.9"]
    assert_resumes_bit_for_bit(tmp_path, monkeypatch, *options)

"""Sharpness and D's logits."""

import numpy as np

from minigan.data import scale_images
from minigan.explore.looks import discriminator_logits, sharpness
from minigan.gan import Config, Run
from minigan.tensor import Tensor


def test_sharpness_of_known_images():
    plane = np.add.outer(10 * np.arange(6), 3 * np.arange(6)).astype(np.uint8)[None, :, :, None]
    assert sharpness(plane) < 1e-12  # a linear gradient without edges
    board = (255 * (np.indices((6, 6)).sum(axis=0) % 2)).astype(np.uint8)[None, :, :, None]
    assert sharpness(board) == 1.0


def test_averaged_images_are_less_sharp():
    noise = np.random.default_rng(0).integers(0, 256, (40, 12, 12, 3), np.uint8)
    average = noise.reshape(10, 4, 12, 12, 3).mean(axis=1).astype(np.uint8)
    assert 0.2 < sharpness(average) / sharpness(noise) < 0.3  # the variance of a mean of four


def test_logits_in_evaluation_mode():
    run = Run(Config(width=4, latent=6))
    images = np.random.default_rng(0).integers(0, 256, (7, 28, 28, 1), np.uint8)
    found = discriminator_logits(run, images, batch_size=3)
    discriminator = run.game.discriminator
    assert discriminator.training
    discriminator.eval()
    np.testing.assert_allclose(found, discriminator(Tensor(scale_images(images))).numpy(), atol=1e-5)

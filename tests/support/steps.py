"""Tests for the networks of any run: one training step, an interruption, dependence on labels."""

import signal
from pathlib import Path

import numpy as np

from minigan import Tensor, gan
from minigan.arrays.backend import to_device
from minigan.commands import train
from minigan.gan.networks import one_hot
from minigan.nn import Parameter

from .idx_files import write_idx_folder

SIDES = {"D judges fake images": "discriminator", "D judges again, for G": "generator"}


def one_step(config: gan.Config, device: str = "cpu") -> None:
    """A step with 4 images: everything is finite and float32, and every parameter gets a gradient that is not 0."""
    run, rng = gan.Run(config, device), np.random.default_rng(1)
    shape = 4, config.image_size, config.image_size, config.channels
    inputs = [rng.uniform(-1, 1, shape), rng.standard_normal((4, config.latent))]
    if config.classes:
        inputs.append(one_hot(np.arange(4) % config.classes, config.classes))
    reached = 0
    for move in run.game.moves(*(Tensor(to_device(x.astype(np.float32), device)) for x in inputs)):
        for name, x in move.tensors.items():
            assert (x.dtype, x.device) == (np.float32, device), name
            assert np.isfinite(x.numpy()).all(), name
        if move.name in SIDES:
            for name, x in getattr(run.game, SIDES[move.name]).named_tensors():
                assert x.dtype == np.float32, name
                if isinstance(x, Parameter):
                    assert x.grad.dtype == np.float32, name
                    assert np.isfinite(x.grad.numpy()).all(), name
                    assert x.grad.numpy().any(), name
                    reached += 1
    assert reached == sum(len(getattr(run.game, side).parameters()) for side in SIDES.values())


def assert_d_is_the_same_after_resuming(*argv: str) -> None:
    """D after an epoch and --resume for another, in "one", is bit for bit that of two epochs, in "two"."""
    assert train.main([*argv, "--epochs", "1", "--out", "one"]) == 0
    assert train.main([argv[0], "--resume", "one", "--epochs", "2"]) == 0
    assert train.main([*argv, "--epochs", "2", "--out", "two"]) == 0
    one, two = (dict(gan.load_run(name).game.discriminator.named_tensors()) for name in ("one", "two"))
    for name, tensor in one.items():
        np.testing.assert_array_equal(tensor.numpy(), two[name].numpy())


def assert_resumes_bit_for_bit(folder: Path, monkeypatch, *argv: str) -> None:
    """Two epochs of 5 steps, in `folder`/whole, and the same with Ctrl-C in step 3 and --resume, are bit-identical."""
    data = write_idx_folder(folder / "data", count=100)
    settings = ["--data-dir", str(data), "--epochs", "2", "--batch-size", "20", "--latent", "8", *argv]
    whole, halves = folder / "whole", folder / "halves"
    assert train.main(["mnist", "--out", str(whole), *settings]) == 0

    step, steps = gan.Game.step, []

    def interrupted(game, *inputs, **named):
        steps.append(game)
        if len(steps) == 3:
            signal.raise_signal(signal.SIGINT)
        return step(game, *inputs, **named)

    with monkeypatch.context() as patch:
        patch.setattr(gan.Game, "step", interrupted)
        assert train.main(["mnist", "--out", str(halves), *settings]) == 130
    assert gan.load_run(halves / "checkpoint.npz").step == 3
    assert train.main(["mnist", "--resume", str(halves)]) == 0

    with np.load(whole / "checkpoint.npz") as left, np.load(halves / "checkpoint.npz") as right:
        assert left.files == right.files
        for name in left.files:
            assert left[name].tobytes() == right[name].tobytes(), name
    for name in ("metrics.csv", "config.json", "samples/epoch_002.png"):
        assert (whole / name).read_bytes() == (halves / name).read_bytes(), name


def assert_depends_on_its_own_label_alone(generator, discriminator, latent: int) -> None:
    """With 3 images and 3 classes, changing the label of the second image changes only the second output."""
    z = Tensor(np.random.default_rng(0).standard_normal((3, latent), np.float32))
    for net, x in ((generator, z), (discriminator, generator(z, Tensor(one_hot([0, 1, 2], 3))))):
        before = net(x, Tensor(one_hot([0, 1, 2], 3))).numpy()
        after = net(x, Tensor(one_hot([0, 2, 2], 3))).numpy()
        np.testing.assert_array_equal(before[[0, 2]], after[[0, 2]])
        assert (before[1] != after[1]).any()

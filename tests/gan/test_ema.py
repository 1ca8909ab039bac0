"""The exponential moving average (EMA) of the generator, which is used for sampling."""

import numpy as np

from minigan.commands import train
from minigan.gan import Config, Run, generate, load_run, save_weights
from tests.support.commands import SMALL

CONFIG = Config(width=4, latent=6, average=0.9)


def test_the_update_formula():
    run = Run(CONFIG)
    first = {name: x.numpy().copy() for name, x in run.ema.named_tensors()}
    for name, x in run.generator.named_tensors():
        np.testing.assert_array_equal(x.numpy(), first[name])
        x.data += 1.0
    for step, ema_decay in ((1, 2 / 11), (1000, 0.9)):  # faster at first, then with the configured rate
        run.step = step
        before = {name: x.numpy().copy() for name, x in run.ema.named_tensors()}
        run.update_ema()
        for (name, a), (_, g) in zip(run.ema.named_tensors(), run.generator.named_tensors()):
            np.testing.assert_allclose(a.numpy(), ema_decay * before[name] + (1 - ema_decay) * g.numpy(), atol=1e-6)
            assert a.dtype == np.float32


def test_samples_are_drawn_with_the_ema():
    run, z = Run(CONFIG), np.ones((2, 6), np.float32)
    before = generate(run.sampling_generator, z)
    for p in run.generator.parameters():
        p.data += 1.0
    np.testing.assert_array_equal(generate(run.sampling_generator, z), before)


def test_a_resumed_run_continues_the_ema(here, data):
    argv = ["mnist", "--data-dir", str(data), "--average", "0.9", *SMALL]
    train.main([*argv, "--epochs", "2", "--out", "whole"])
    train.main([*argv, "--epochs", "1", "--out", "run"])
    train.main(["mnist", "--resume", "run", "--epochs", "2"])
    with np.load("whole/checkpoint.npz") as one, np.load("run/checkpoint.npz") as two:
        names = [name for name in one.files if name.startswith("average/")]
        assert len(names) > 5
        for name in names:
            np.testing.assert_array_equal(one[name], two[name])
            assert name.endswith("shift") or (one[name] != one[name.replace("average", "generator")]).any()


def test_a_weights_file_contains_only_the_ema(tmp_path):
    run, z = Run(CONFIG), np.ones((2, 6), np.float32)
    for p in run.generator.parameters():
        p.data += 1.0
    save_weights(tmp_path / "weights.npz", run, "made by a test")
    loaded = load_run(tmp_path / "weights.npz")
    assert loaded.ema is None
    np.testing.assert_allclose(generate(loaded.sampling_generator, z), generate(run.sampling_generator, z), atol=2e-3)

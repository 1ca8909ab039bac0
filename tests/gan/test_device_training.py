"""Training on a device gives the same results as on the host, and checkpoints can move between them."""

from dataclasses import replace

import numpy as np
import pytest

from minigan import Tensor
from minigan.arrays.backend import to_device
from minigan.data import Batches, ImageDataset
from minigan.gan import (
    Config,
    Discriminator,
    Game,
    Generator,
    MetricsLog,
    Run,
    draw_noise,
    generate,
    load_run,
    save_run,
    train,
)
from tests.support import standin

CONFIG = Config(width=8, latent=6, batch_size=5, epochs=2, average=0.9)


def batches() -> Batches:
    images = np.random.default_rng(3).integers(0, 256, (20, 28, 28, 1), np.uint8)
    return Batches(ImageDataset("noise", images), CONFIG.batch_size, CONFIG.seed)


def state(run: Run) -> dict[str, np.ndarray]:
    owners = {"generator": run.generator, "discriminator": run.game.discriminator, "average": run.ema}
    owners |= {"generator_adam": run.game.generator_adam, "discriminator_adam": run.game.discriminator_adam}
    return {f"{part}/{name}": x for part, owner in owners.items() for name, x in owner.state_dict().items()}


def assert_close(a: dict, b: dict, tolerance: float) -> None:
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_allclose(a[name], b[name], rtol=tolerance, atol=tolerance, err_msg=name)


@pytest.mark.parametrize(("size", "channels"), [(28, 1), (32, 3)])
def test_five_float64_steps_agree(size, channels, device):
    """Both networks, both optimisers and the metrics agree to 1e-9."""
    states = []
    for where in ("cpu", device):
        rng = np.random.default_rng(0)
        networks = [Generator(size, channels, 6, 5, rng=rng), Discriminator(size, channels, 6, rng=rng)]
        game = Game(*(network.astype(np.float64).to(where) for network in networks), lr=2e-3, betas=(0.5, 0.999))
        for _ in range(5):
            inputs = rng.uniform(-1, 1, (4, size, size, channels)), rng.normal(size=(4, 5))
            metrics = game.step(*(Tensor(to_device(x, where)) for x in inputs))
        owners = (*networks, game.generator_adam, game.discriminator_adam)
        found = {f"{i}/{name}": x for i, owner in enumerate(owners) for name, x in owner.state_dict().items()}
        states.append(found | {name: x.numpy() for name, x in metrics.items()})
    assert {x.dtype for x in states[1].values()} <= {np.dtype(np.float64), np.dtype(np.int64)}
    assert_close(states[1], states[0], 1e-9)


def test_a_seed_gives_the_same_initial_weights_and_noise(device):
    """Bit-identical: both are drawn on the host."""
    here, there = Run(CONFIG), Run(CONFIG, device)
    for (name, a), b in zip(state(here).items(), state(there).values()):
        assert a.tobytes() == b.tobytes(), name
    assert {x.device for _, x in there.generator.named_tensors()} == {device}
    assert draw_noise(here.rng, 4, 6).tobytes() == draw_noise(there.rng, 4, 6).tobytes()


@pytest.mark.parametrize("first", ["cpu", "device"])
def test_a_checkpoint_from_one_device_resumes_on_the_other(first, device, tmp_path):
    """The state is loaded bit-identical, and the next step gives the same metrics."""
    start, end = ("cpu", device) if first == "cpu" else (device, "cpu")
    run, path = Run(CONFIG, start), tmp_path / "checkpoint.npz"
    for _, _ in zip(range(3), train(run, batches())):
        pass
    save_run(path, run)
    resumed = load_run(path, end, to_train=True)
    assert resumed.device == end
    assert (resumed.step, resumed.batch, resumed.rng.bit_generator.state) == (3, 3, run.rng.bit_generator.state)
    for (name, a), b in zip(state(run).items(), state(resumed).values()):
        assert a.tobytes() == b.tobytes(), name
    run.config = resumed.config = replace(CONFIG, epochs=1)
    reports = [list(train(x, batches())) for x in (run, resumed)]
    assert [r.step for r in reports[1]] == [4]
    for a, b in zip(*(list(map(float, report[0].values)) for report in reports)):
        assert b == pytest.approx(a, rel=1e-4, abs=1e-4)
    z = np.random.default_rng(0).normal(size=(3, 6)).astype(np.float32)
    np.testing.assert_allclose(*(generate(x.sampling_generator, z, device=x.device) for x in (resumed, run)), atol=1e-3)


@pytest.mark.parametrize("conditional", [False, True])
def test_a_step_copies_only_the_batch_and_the_noise(conditional, tmp_path):
    """To the device: the batch as bytes, the noise (and the labels); back: the metrics, once for all steps."""
    data = batches()
    config = replace(CONFIG, conditional=conditional, classes=3 * conditional)
    if conditional:
        dataset = replace(data.dataset, labels=np.arange(20, dtype=np.uint8) % 3)
        data = Batches(dataset, CONFIG.batch_size, CONFIG.seed)
    run, log = Run(config, "standin"), MetricsLog(tmp_path / "metrics.csv", keep_until=0)
    reads, expected = standin.reads, [((5, 28, 28, 1), "uint8"), ((5, 6), "float32")]
    if conditional:
        expected.append(((5, 3), "float32"))
    standin.copies.clear()
    for _, report in zip(range(6), train(run, data)):
        log.add(report)
        assert standin.copies == expected
        standin.copies.clear()
    assert standin.reads == reads
    assert all(np.isfinite(x) for x in log.flush().values())
    assert standin.reads == reads + 1
    assert standin.copies == []


def test_every_copy_to_the_device_is_counted():
    """So the test above can fail: an additional array that is copied is noticed."""
    x = Tensor(to_device(np.zeros(3), "standin"))
    standin.copies.clear()
    _ = x + np.ones(3)
    assert standin.copies == [((3,), "float64")]

"""The benchmark times the training steps that it names."""

import json

import numpy as np
import pytest

from minigan.arrays.backend import DeviceError
from minigan.bench import __main__ as bench
from minigan.bench import race
from minigan.bench.nets import NETS, flops, layers, products
from minigan.bench.textbook import networks
from minigan.errors import BadInput
from minigan.gan import Config, Discriminator, Generator
from minigan.nn import Conv2d
from minigan.ops.algorithms import product
from minigan.tensor import Tensor

SMALL = Config(width=4, latent=6, batch_size=4)


@pytest.mark.parametrize("config", [SMALL, *NETS.values()])
def test_the_layers_are_those_of_the_networks(config):
    """The counted convolutions have the kernels of the networks that are trained."""
    rng = np.random.default_rng(0)
    small = config if config is SMALL else None
    if small is None and config.width > 32:
        pytest.skip("the wide networks differ from the narrow ones only in width")
    generator = Generator(config.image_size, config.channels, config.width, config.latent, rng=rng)
    discriminator = Discriminator(config.image_size, config.channels, config.width, rng=rng)
    for network, counted in zip((generator, discriminator), layers(config)):
        trained = sorted(m.weight.shape for m in network.modules() if isinstance(m, Conv2d))
        assert trained == sorted((a.kh, a.kw, a.c, a.d) for a, _ in counted)


def test_flops_of_a_training_step_on_mnist():
    """Computed by hand, in multiplications for one image: 4 layers, each product as often as it is used."""
    wide, narrow = 7 * 7 * 16 * 64 * 128, 14 * 14 * 16 * 64
    first, last = 49 * 100 * 128, 49 * 128  # of G, of D
    generator = 3 * wide + 3 * narrow + 2 * first
    discriminator = 8 * wide + 6 * narrow + 8 * last
    assert flops(NETS["MNIST 28×28"]) == 2 * 64 * (generator + discriminator)


def test_the_operands_of_the_products_fit():
    for a, b, times in products(SMALL):
        assert len(product(a, b)) > 0
        assert times in (0, 1, 2, 3)


def test_the_textbook_computes_the_same_logits():
    """With the same weights and images, to float32 precision."""
    rng = np.random.default_rng(0)
    ours = Discriminator(28, 1, 4, rng=rng)
    _, theirs = networks(SMALL, rng)
    convolutions = [m for m in ours.modules() if isinstance(m, Conv2d)]
    for mine, layer in zip(convolutions, [layer for layer in theirs.layers if hasattr(layer, "w")]):
        layer.w = np.ascontiguousarray(mine.weight.numpy().transpose(3, 2, 0, 1))
    for norm in (m for m in ours.modules() if hasattr(m, "running_mean")):
        norm.scale.data[...] = 1.0
    images = rng.uniform(-1, 1, (4, 28, 28, 1)).astype(np.float32)
    expected = theirs.forward(images.transpose(0, 3, 1, 2)).ravel()
    np.testing.assert_allclose(ours(Tensor(images)).numpy(), expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    "contestant",
    [
        "ours, plain malloc",
        "ours, NumPy",
        "ours, NumPy, split",
        "GEMMs alone",
        "textbook",
        "textbook, float64",
        "torch",
    ],
)
def test_every_contestant_takes_a_step(contestant):
    if contestant == "torch":
        pytest.importorskip("torch", reason="PyTorch is not installed")
    step, wait, peak = race.make_contestant(SMALL, contestant)
    step()
    wait()
    assert peak is None


def test_the_command_prints_and_writes_its_figures(tmp_path, capsys):
    path = tmp_path / "figures.json"
    assert bench.main(["--nets", "MNIST 28×28", "--against", "textbook", "--rounds", "1", "--json", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "kernel" in printed
    assert "textbook" in printed
    figures = json.loads(path.read_text())
    ours = figures["nets"]["MNIST 28×28"]["ours"]
    assert ours["ms"] > 0
    assert ours["peak_mib"] > 20


def test_our_step_on_a_device(device):
    """It computes on the device, can be waited for, and reports its peak memory there."""
    step, wait, peak = race.make_contestant(SMALL, "ours", race.DeviceSettings(device))
    metrics = step()
    wait()
    assert {x.device for x in metrics.values()} == {device}
    assert all(np.isfinite(x.item()) for x in metrics.values())
    assert peak() >= 1


@pytest.mark.parametrize("tf32", [False, True])
def test_torch_gets_the_tf32_setting(tf32):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    race.make_contestant(SMALL, "torch", race.DeviceSettings("cpu", tf32))
    assert torch.backends.cuda.matmul.allow_tf32 == torch.backends.cudnn.allow_tf32 == tf32


def test_a_gpu_is_measured_without_tf32_and_with_it(monkeypatch, tmp_path, capsys):
    """Both in one run, for every net; ours is compared with the faster PyTorch format of each round."""
    calls = []

    def fake_race(net, contestants, rounds, seconds, tick, settings):
        calls.append((net, settings))
        times = {"ours": [1.0, 3.0], "torch": [2.0, 2.0], "torch channels_last": [4.0, 1.0]}
        return {name: race.Result(times[name], 100.0, 0.0) for name in contestants}

    monkeypatch.setattr(bench, "race", fake_race)
    monkeypatch.setattr(bench, "contestants_of", lambda *_: ["ours", "torch", "torch channels_last"])
    path = tmp_path / "figures.json"
    nets = ["MNIST 28×28", "64×64, width 128 (the paper's)"]
    assert bench.main(["--device", "standin", "--against", "torch", "--nets", *nets, "--json", str(path)]) == 0
    assert calls == [(net, race.DeviceSettings("standin", tf32)) for net in nets for tf32 in (False, True)]
    figures = json.loads(path.read_text())
    assert figures["machine"]["GPU"] == "Stand-in 100"
    assert list(figures["nets"]) == [f"{net}, TF32 {state}" for net in nets for state in ("off", "on")]
    ratio = figures["nets"]["MNIST 28×28, TF32 on"]["better torch"]["ours_to_this"]
    assert (ratio["lowest"], ratio["highest"]) == (0.5, 3.0)
    assert "GPU:" in capsys.readouterr().out


def test_a_child_process_gets_its_device_settings(monkeypatch):
    """In the variable that CuPy reads, and in the arguments that the child process reads."""
    started = []
    monkeypatch.setattr(race.subprocess, "Popen", lambda command, env, **_: started.append((command[3:], env)))
    race.start("MNIST 28×28", "ours", race.DeviceSettings("cuda:1", True))
    race.start("MNIST 28×28", "torch", race.DeviceSettings("cuda"))
    (first, environment), (second, other) = started
    assert first == ["MNIST 28×28", "ours", "cuda:1", "1"]
    assert second == ["MNIST 28×28", "torch", "cuda", "0"]
    assert (environment["CUPY_TF32"], other["CUPY_TF32"]) == ("1", "0")


def test_contestants_that_are_not_available(monkeypatch):
    with pytest.raises(BadInput, match="--nets 'MNIST 28×28'"):
        bench.contestants_of("64×64, width 32", "textbook", "cpu")
    ours = ["ours", "ours, NumPy", "ours, NumPy, split"]
    assert bench.contestants_of("MNIST 28×28", "textbook", "cpu") == [*ours, "textbook", "textbook, float64"]
    monkeypatch.setattr(bench, "compiled_kernels_installed", lambda: False)  # then "ours" is by NumPy
    del ours[1]
    assert bench.contestants_of("MNIST 28×28", "textbook", "cpu") == [*ours, "textbook", "textbook, float64"]
    monkeypatch.setattr(bench.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r"pip install 'minigan\[torch\]'"):
        bench.contestants_of("MNIST 28×28", "torch", "cuda")
    assert bench.contestants_of("MNIST 28×28", None, "cuda") == ["ours"]
    with pytest.raises(DeviceError):
        bench.main(["--device", "tpu"])

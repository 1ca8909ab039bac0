"""Your own networks, from a file or a function in a notebook, work with every command."""

import json
import re

import numpy as np
import pytest

from minigan import nn
from minigan.commands import cli, evaluate, explore, export, sample, train
from minigan.errors import BadInput
from minigan.gan import Config, Run, draw_samples, load_builder, load_run, save_run
from minigan.tensor import Tensor
from tests.support import ROOT
from tests.support.commands import refused
from tests.support.idx_files import write_idx_folder

MY_NET = """
from dataclasses import dataclass
from pathlib import Path

from minigan import nn
from my_layers import hidden


class Mine(nn.Module):
    def __init__(self, *layers):
        self.parts = {"body": tuple(layers)}  # found in dicts and tuples

    def forward(self, x):
        for layer in self.parts["body"]:
            x = layer(x)
        return x


@dataclass
class Sizes:
    features: int = int(Path(__file__).with_name("features.txt").read_text())


class Judge(Mine):
    def forward(self, x):
        return super().forward(x).reshape(x.shape[0])


def build(config, rng):
    pixels = config.image_size**2 * config.channels
    image = config.image_size, config.image_size, config.channels
    n = Sizes().features
    g = Mine(*hidden(config.latent, n, rng), nn.Linear(8, pixels, rng=rng), nn.Tanh(), nn.Reshape(*image))
    d = Judge(nn.Reshape(-1), *hidden(pixels, n, rng), nn.Linear(8, 1, rng=rng))
    return g, d
"""
MY_LAYERS = """
from minigan import nn


def hidden(inputs, outputs, rng):
    return nn.Linear(inputs, outputs, rng=rng), nn.BatchNorm2d(outputs, rng=rng), nn.LeakyReLU(0.2)
"""
QUICK = ("--epochs", "1", "--batch-size", "32", "--hold-out", "59500", "--latent", "6")


@pytest.fixture
def mine(here):
    """The argument of --model: a file that imports another file in its folder."""
    (here / "nets").mkdir()
    (here / "nets" / "my_layers.py").write_text(MY_LAYERS)
    (here / "nets" / "my_net.py").write_text(MY_NET)
    (here / "nets" / "features.txt").write_text("8")
    return "nets/my_net.py:build"


@pytest.fixture
def trained(here, mine):
    assert train.main(["mnist", "--model", mine, *QUICK, "--out", "mine"]) == 0
    return "mine"


def test_every_command_supports_them(trained, mine, here, capsys):
    """Training, sampling, resuming, evaluating, exploring and exporting, with --model."""
    run = load_run("mine", networks=load_builder(mine))
    assert run.config.model == "my_net.py:build"
    assert (here / "mine" / "model.py").read_text() == MY_NET
    assert sample.main(["mine", "--model", mine, "--out", "drawn.png"]) == 0
    assert evaluate.main(["mine", "--model", mine, "--count", "200", "--out", "scores"]) == 0
    for command in ("walk", "invert", "complete"):
        few = [] if command == "walk" else ["--count", "2", "--iterations", "3"]
        assert explore.main([command, "mine", "--model", mine, "--out", f"found-{command}", *few]) == 0
    assert export.main(["mine", "--model", mine, "--out", "small.npz"]) == 0
    assert sample.main(["small.npz", "--model", mine, "--out", "small.png"]) == 0
    assert train.main(["mnist", "--resume", "mine", "--model", mine, "--epochs", "2"]) == 0
    assert capsys.readouterr().out.count("--model nets/my_net.py:build") == 2  # to sample, and to train further
    assert load_run("mine", networks=load_builder(mine)).epoch == 2


def test_a_resumed_run_ends_bit_identical(mine, here):
    argv = ["mnist", "--model", mine, *QUICK, "--average", "0.9", "--lr", "0.01"]
    assert train.main([*argv, "--out", "one", "--epochs", "2"]) == 0
    assert train.main([*argv, "--out", "two"]) == 0
    assert train.main(["mnist", "--resume", "two", "--model", mine, "--epochs", "2"]) == 0
    with np.load("one/checkpoint.npz") as one, np.load("two/checkpoint.npz") as two:
        assert one.files == two.files
        assert all(one[name].tobytes() == two[name].tobytes() for name in one.files if name != "header")


def test_only_the_file_of_model_is_executed(trained, mine, here, capsys):
    """A checkpoint alone executes no code; the error says what to pass.  A changed file is refused."""
    (here / "nets" / "my_net.py").write_text("raise SystemExit('executed')\n")
    message = refused(capsys, sample, "mine")
    assert "mine/checkpoint.npz: the networks are built by my_net.py:build, which is not in the package" in message
    assert "--model path/to/my_net.py:build" in message
    assert "nets/my_net.py: line 1, in <module>: SystemExit: executed" in refused(
        capsys, sample, "mine", "--model", mine
    )
    (here / "nets" / "my_net.py").write_text(MY_NET + "# changed\n")
    message = refused(capsys, sample, "mine", "--model", mine)
    assert "the source of my_net.py:build has changed since its networks were built" in message
    assert "model.py" in message
    (here / "mine" / "my_layers.py").write_text(MY_LAYERS)
    (here / "mine" / "features.txt").write_text("8")
    assert sample.main(["mine", "--model", "mine/model.py:build"]) == 0
    assert "leave out --model" in refused(capsys, sample, "pretrained:mnist", "--model", mine)
    assert "built by my_net.py:build, not by dcgan" in refused(capsys, sample, "mine", "--model", "dcgan")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "nets/bad.py: cannot be read (No such file or directory)"),
        ("def other(config, rng): ...", "nets/bad.py defines no function 'build'"),
        ("import nothing_of_this_name", "nets/bad.py: line 1, in <module>: ModuleNotFoundError: No module named"),
        ("def build(config, rng):\n    return 1 / 0", "bad.py:build: line 2, in build: ZeroDivisionError: division by"),
        ("def build(:", "nets/bad.py: SyntaxError: "),
        ("def build(config, rng): return None", "expected a generator and a discriminator, two Modules, got NoneType"),
        ("def build(config, rng): return 1, 2, 3", "a generator and a discriminator, two Modules, got 3 objects"),
        (MY_NET + "def build(config, rng): return Mine(), Mine()", "two different networks, each with parameters"),
        (MY_NET.replace("nn.Reshape(*image)", "nn.Reshape(-1)"),
         "expected images of shape (2, 28, 28, 1) from G, got (2, 784)"),
        (MY_NET.replace(".reshape(x.shape[0])", ""), "expected 2 logits, of shape (2,), from D, got (2, 1)"),
        (MY_NET.replace("nn.Linear(8, pixels", "nn.Linear(9, pixels"),
         "bad.py:build: line 15, in forward: ValueError: Linear expected shape (N, 9), got (2, 8)"),
    ],
)  # fmt: skip
def test_an_error_in_the_file_is_reported_in_one_line_with_its_position(mine, here, capsys, text, message):
    if text is not None:
        (here / "nets" / "bad.py").write_text(text)
    assert message in refused(capsys, train, "mnist", "--model", "nets/bad.py:build", *QUICK)
    assert not (here / "runs").exists()


@pytest.mark.parametrize("text", ["my_net", "my_net.py", "my_net.py:", "my_net.txt:build", ":build", "a.py:b c"])
def test_a_malformed_name_is_refused(here, capsys, text):
    expected = "expected dcgan, mlp, pixel-art, or your own function as path/to/file.py:function"
    assert expected in refused(capsys, train, "mnist", "--model", text)


def build(config, rng):
    """At the top level, as in a notebook."""
    shape = config.image_size, config.image_size, config.channels
    pixels = int(np.prod(shape))
    generator = nn.Sequential(nn.Linear(config.latent, pixels, rng=rng), nn.Tanh(), nn.Reshape(*shape))
    return generator, nn.Sequential(nn.Reshape(-1), nn.Linear(pixels, 1, rng=rng), Flat())


class Flat(nn.Module):
    def forward(self, x):
        return x.reshape(x.shape[0])


def test_a_function_can_be_passed(tmp_path):
    """A run with it draws samples, is saved with the function's name, and loaded with the function."""
    run = Run(Config(latent=3, image_size=12), networks=build)
    assert draw_samples(run, 5, seed=0)[0].shape == (5, 12, 12, 1)
    save_run(tmp_path / "run.npz", run)
    with np.load(tmp_path / "run.npz") as archive:
        header = json.loads(archive["header"].tobytes())
    assert header["config"]["model"] == "test_own_networks.py:build"
    assert re.fullmatch("[0-9a-f]{64}", header["builder"])
    again = load_run(tmp_path / "run.npz", networks=build)
    assert (draw_samples(again, 5, seed=0)[0] == draw_samples(run, 5, seed=0)[0]).all()
    with pytest.raises(BadInput, match=r"built by test_own_networks\.py:build, which is not in the package"):
        load_run(tmp_path / "run.npz")


def test_with_classes_both_are_told_the_label(tmp_path):
    """As y, a Tensor with one label in each row; already when they are tried."""

    class DrawsLabel(nn.Module):
        def __init__(self, shape, rng):
            self.shape, self.dense = shape, nn.Linear(3, int(np.prod(shape)), rng=rng)

        def forward(self, z, y):
            assert isinstance(y, Tensor)
            return self.dense(y).reshape(z.shape[0], *self.shape)

    class SeesLabel(nn.Module):
        def __init__(self, rng):
            self.dense = nn.Linear(3, 1, rng=rng)

        def forward(self, images, y):
            assert isinstance(y, Tensor)
            return self.dense(y).reshape(images.shape[0])

    def networks(config, rng):
        return DrawsLabel((28, 28, 1), rng), SeesLabel(rng)

    run = Run(Config(classes=3, conditional=True), networks=networks)
    images, labels = draw_samples(run, 6, seed=0)
    assert labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert (images[:3] == images[3:]).all()
    assert (images[0] != images[1]).any()


def test_what_cannot_be_built_again_is_refused_when_it_is_saved(tmp_path):
    """A lambda, a function within another or made by one, one without source text, layers changed afterwards."""

    def local(config, rng):
        return build(config, rng)

    for networks, reason in (
        (local, "is not a function at the top level"),
        (lambda config, rng: build(config, rng), "is not a function at the top level"),
        (Moody(), "is not a function at the top level"),
        (renamed(local), "is not a function at the top level"),
        (
            typed_in("def build(config, rng): return ours(config, rng)", ours=build),
            "the source text of build cannot be",
        ),
    ):
        with pytest.raises(BadInput, match=f"cannot be saved, .*{reason}"):
            save_run(tmp_path / "run.npz", Run(Config(latent=3), networks=networks))
    run = Run(Config(latent=3), networks=build)
    run.game.discriminator.layers[1] = nn.Linear(784, 1, bias=False, rng=np.random.default_rng(0))
    with pytest.raises(BadInput, match=r"called again, .*:build gives other weights, of layers\.1\.bias"):
        save_run(tmp_path / "run.npz", run)
    assert not (tmp_path / "run.npz").exists()


def renamed(function):
    """A function with variables of another around it, by a name that does not say so."""

    def outer(config, rng):
        return function(config, rng)

    outer.__qualname__ = "outer"
    return outer


def typed_in(text, **names):
    """The function `build` that a text defines which is in no file."""
    exec(text, names)
    return names["build"]


class Moody:
    def __call__(self, config, rng):
        return build(config, rng)


def test_experiments_on_layers_refuse_them(trained, mine, here, capsys):
    message = refused(capsys, explore, "features", "mine", "--model", mine)
    assert "Judge is your own network, and this experiment needs its layers" in message


def test_a_dry_run_supports_them(mine, here, capsys):
    data = write_idx_folder(here / "data", count=100)
    assert train.main(["mnist", "--data-dir", str(data), "--model", mine, "--dry-run", "--batch-size", "20"]) == 0
    assert "resumption work" in capsys.readouterr().out
    assert cli.model_option(Run(Config())) == []


def test_the_example_in_the_docs_works(here):
    page = (ROOT / "docs" / "own-networks.md").read_text("utf-8")
    (here / "my_net.py").write_text(page.split("```python\n")[1].split("```")[0])
    data = write_idx_folder(here / "data", count=100)
    argv = ["mnist", "--data-dir", str(data), "--model", "my_net.py:build", "--batch-size", "20", "--epochs", "1"]
    assert train.main([*argv, "--out", "run"]) == 0
    assert sample.main(["run", "--model", "my_net.py:build", "--out", "drawn.png"]) == 0

"""The settings of a run: the command that they stand for, and how the learning rate falls."""

import shlex

import pytest

from minigan.commands import train
from minigan.gan import Config


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({}, ""),
        ({"lr": 0.001, "width": 32, "seed": 3, "loss": "minimax"}, "--loss minimax --width 32 --lr 0.001 --seed 3"),
        ({"source": "pixel-faces", "image_size": 32, "width": 48, "epochs": 20, "decay": 0.5, "average": 0.999}, ""),
        ({"source": "folder", "image_size": 64, "data_dir": "my pictures", "flip": True, "channels": 3},
         "--data-dir 'my pictures' --flip"),
        ({"conditional": True, "classes": 10, "ablate": "relu"}, "--conditional --ablate relu"),
    ],
)  # fmt: skip
def test_the_command_asks_for_the_same_settings(here, settings, options):
    """Without defaults, and without what the data decides; of a folder it says no more than the name."""
    config = Config(**settings)
    command = config.command()
    assert command == f"python -m minigan.train {config.source} {options}".rstrip()
    asked = train.configure(train.parse(shlex.split(command)[3:]), "dcgan").to_dict()
    if config.data_dir:
        assert asked.pop("data_dir") == str(here / "my pictures")
    for name in asked.keys() - {"channels", "classes"}:
        assert asked[name] == getattr(config, name), name
    elsewhere = Config(**{**settings, "data_dir": "/home/somebody/my pictures"})
    assert "--data-dir 'my pictures'" in elsewhere.command()
    assert "somebody" not in elsewhere.command()


def test_the_learning_rate_falls_in_the_last_share_of_the_training():
    config = Config(lr=0.1, decay=0.25)
    assert [config.lr_at(t) for t in (0.0, 0.5, 0.75, 0.875, 1.0)] == [0.1, 0.1, 0.1, 0.05, 0.0]
    assert [Config(lr=0.1).lr_at(t) for t in (0.0, 1.0)] == [0.1, 0.1]


def test_a_run_can_become_longer_until_its_learning_rate_falls():
    """Of 8 epochs the last 2 have a lower one, of 4 the last: until then nothing tells them apart."""
    config = Config(epochs=8, decay=0.25)
    assert config.can_become(8, done=7.5)
    assert config.can_become(12, done=6)
    assert not config.can_become(12, done=6.5)
    assert config.can_become(4, done=3)
    assert not config.can_become(4, done=3.5)

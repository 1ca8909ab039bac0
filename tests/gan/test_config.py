"""The settings of a run: the command that they stand for, and how the learning rate falls."""

import shlex

import pytest

from minigan.commands.train_options import configure, parse
from minigan.errors import BadInput
from minigan.gan import Config

MNIST = {"hidden": True, "epochs": 3, "lr": 4e-4, "average": 0.999}  # what is usual for the digits


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        (MNIST, ""),
        ({**MNIST, "lr": 0.001, "width": 32, "seed": 3, "loss": "minimax"},
         "--loss minimax --width 32 --lr 0.001 --seed 3"),
        ({**MNIST, "hidden": False, "average": 0.0}, "--no-hidden --average 0.0"),
        ({"source": "pixel-faces", "image_size": 32, "width": 48, "epochs": 20, "decay": 0.5, "average": 0.999}, ""),
        ({"source": "folder", "image_size": 64, "data_dir": "my pictures", "flip": True, "channels": 3},
         "--data-dir 'my pictures' --flip"),
        ({**MNIST, "hidden": False, "conditional": True, "classes": 10, "ablate": "relu"},
         "--conditional --ablate relu"),
        ({**MNIST, "hidden": False, "image_size": 32}, "--image-size 32"),
        ({**MNIST, "penalty": "r1", "penalty_weight": 0.5, "penalty_every": 4},
         "--penalty r1 --penalty-weight 0.5 --penalty-every 4"),
        ({**MNIST, "normaliser": "spectral", "pack": 2, "augment": "colour,cutout", "noise": 0.1, "d_lr": 0.001,
          "d_steps": 2, "smoothing": 0.1},
         "--normaliser spectral --pack 2 --smoothing 0.1 --augment colour,cutout --noise 0.1 --d-lr 0.001 --d-steps 2"),
    ],
)  # fmt: skip
def test_the_command_asks_for_the_same_settings(here, settings, options):
    """Without defaults, and without what the data decides; of a folder it says no more than the name."""
    config = Config(**settings)
    command = config.command()
    assert command == f"python -m minigan.train {config.source} {options}".rstrip()
    asked = configure(parse(shlex.split(command)[3:]), "dcgan").to_dict()
    if config.data_dir:
        assert asked.pop("data_dir") == str(here / "my pictures")
    for name in asked.keys() - {"channels", "classes"}:
        assert asked[name] == getattr(config, name), name
    elsewhere = Config(**{**settings, "data_dir": "/home/somebody/my pictures"})
    assert "--data-dir 'my pictures'" in elsewhere.command()
    assert "somebody" not in elsewhere.command()


@pytest.mark.parametrize(
    ("options", "hidden"),
    [
        ("", True),
        ("--no-hidden", False),
        ("--ablate tanh", False),
        ("--ablate tanh --hidden", True),
        ("--image-size 32", False),
        ("--image-size 64 --hidden", True),
        ("--conditional", True),
        ("--model mlp", False),
    ],
)
def test_digits_have_hidden_layers_unless_something_else_is_asked_for(options, hidden):
    args = parse(["mnist", *options.split()])
    assert configure(args, args.model or "dcgan").hidden == hidden


def test_the_learning_rate_falls_in_the_last_share_of_the_training():
    config = Config(lr=0.1, decay=0.25)
    assert [config.lr_at(t) for t in (0.0, 0.5, 0.75, 0.875, 1.0)] == [(x, x) for x in (0.1, 0.1, 0.1, 0.05, 0.0)]
    assert [Config(lr=0.1).lr_at(t) for t in (0.0, 1.0)] == [(0.1, 0.1), (0.1, 0.1)]


def test_a_run_can_change_epochs_longer_until_its_learning_rate_falls():
    """Of 8 epochs the last 2 have a lower one, of 4 the last: until then nothing tells them apart."""
    config = Config(epochs=8, decay=0.25)
    assert config.can_change_epochs(8, done=7.5)
    assert config.can_change_epochs(12, done=6)
    assert not config.can_change_epochs(12, done=6.5)
    assert config.can_change_epochs(4, done=3)
    assert not config.can_change_epochs(4, done=3.5)


def test_the_defaults_stay():
    """α, β₁ and z are the paper's (§4); all others decide what an older checkpoint, or a command line, means."""
    assert Config().to_dict() == {
        "source": "mnist", "data_dir": None, "image_size": 28, "image_width": 0, "channels": 1, "flip": False,
        "hold_out": 0, "conditional": False, "classes": 0, "labels": "concatenation", "attributes": False,
        "attribute_count": 0, "model": "dcgan", "hidden": False, "hidden_units": 128, "d_hidden_units": 0,
        "normaliser": "batch", "pack": 1, "ablate": "", "loss": "non-saturating", "smoothing": 0.0, "penalty": "",
        "penalty_weight": 0.0, "penalty_every": 1, "augment": "", "noise": 0.0, "d_lr": 0.0, "d_steps": 1,
        "latent": 100, "width": 64, "epochs": 5, "batch_size": 64, "lr": 0.0002, "decay": 0.0, "average": 0.0,
        "beta1": 0.5, "beta2": 0.999, "seed": 0, "sample_every": 1, "score_every": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "allowed", "refused", "message"),
    [
        *(
            (name, 1, 0, f"expected {name} above 0, got 0")
            for name in ("image_size", "width", "epochs", "sample_every")
        ),
        ("lr", 1e-9, float("nan"), "expected lr above 0, got nan"),
        ("batch_size", 2, 1, "expected a batch size of at least 2, got 1"),
        *((name, 0.999, 1.0, f"expected {name} from 0 to below 1, got 1.0") for name in ("average", "beta1", "beta2")),
        ("decay", 0.0, -0.1, "expected decay from 0 to below 1, got -0.1"),
        ("seed", 0, -1, "expected seed of 0 or more, got -1"),
        ("model", "net.py:build", "net.py", "expected a model: dcgan, mlp, pixel-art, or your own .*, got 'net.py'"),
        ("ablate", "relu", "rleu", "expected a rule to ablate of .*, got 'rleu'"),
    ],
)
def test_a_setting_out_of_range_is_refused(name, allowed, refused, message):
    assert getattr(Config(**{name: allowed}), name) == allowed
    with pytest.raises(BadInput, match=message):
        Config(**{name: refused})


def test_settings_are_read_back_and_must_be_of_their_type():
    config = Config(lr=0.5, flip=True, data_dir="somewhere")
    assert Config.from_dict(config.to_dict()) == config
    assert Config.from_dict({"lr": 1, "data_dir": None}).lr == 1  # JSON does not tell 1 from 1.0
    for name, value in {"latent": 1.5, "flip": 1, "epochs": True, "lr": True, "model": 3, "data_dir": 3}.items():
        with pytest.raises(BadInput, match=f"setting of the wrong type: {name} is {value}"):
            Config.from_dict({name: value})
    with pytest.raises(BadInput, match="unknown setting colour, sound: "):
        Config.from_dict({"sound": 1, "colour": 2})

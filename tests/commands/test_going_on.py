"""Going on differently: a run that is resumed with other settings, and one that begins with another one's weights."""

import json

import numpy as np
import pytest

from minigan.commands import export, sample, train
from minigan.commands.run_folder import RunFolder
from minigan.errors import BadInput
from minigan.gan import CHANGEABLE, NETWORKS, Config, Run, load_run, save_run
from tests.support.commands import SMALL, refused
from tests.support.idx_files import write_idx_folder


def begin(data, *more, out="run"):
    argv = ["mnist", "--data-dir", data, "--epochs", 1, "--out", out, *SMALL, *more]
    assert train.main([str(x) for x in argv]) == 0


def resume(*more, out="run"):
    return train.main([str(x) for x in ("mnist", "--resume", out, *more)])


def checkpoint(out="run"):
    return load_run(f"{out}/checkpoint.npz")


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        (["--lr", 0.001], {"lr": 0.001}),
        (["--loss", "hinge", "--d-lr", 0.002], {"loss": "hinge", "d_lr": 0.002}),
        (["--penalty", "r1", "--penalty-weight", 0.5], {"penalty": "r1", "penalty_weight": 0.5}),
        (["--augment", "cutout", "--noise", 0.1], {"augment": "cutout", "noise": 0.1}),
        (["--decay", 0.25], {"decay": 0.25}),
        (["--d-steps", 2, "--smoothing", 0.1], {"d_steps": 2, "smoothing": 0.1}),
    ],
)
def test_other_settings_are_used_from_there_on_and_recorded(here, data, options, settings, capsys):
    """In the checkpoint, in history.json, in what is printed, and in the note of exported weights."""
    begin(data)
    first, before = checkpoint().config.command(), {name: getattr(checkpoint().config, name) for name in settings}
    assert resume("--epochs", 2, *options) == 0
    run = checkpoint()
    assert {name: getattr(run.config, name) for name in settings} == settings
    assert run.epoch == 2
    assert run.history == [{"step": 4, "was": before, "now": settings}]
    assert json.loads((here / "run" / "history.json").read_text()) == run.history
    said = capsys.readouterr().err
    assert all(f"{name} {value!r} instead of {before[name]!r}" in said for name, value in settings.items())
    begun, then = run.story().split("; from step 4 on: ")
    assert begun == first.replace("--epochs 1", "--epochs 2")
    assert sorted(then.split()) == sorted(map(str, options))
    assert export.main(["run", "--out", "weights.npz"]) == 0
    assert "from step 4 on: " in capsys.readouterr().out


def test_what_is_used_differs_from_there_on(here, data):
    """The same first epoch, another second one; and without other settings, the run it would have been."""
    for out, more in (("same", ()), ("other", ("--lr", 0.01)), ("hinge", ("--loss", "hinge"))):
        begin(data, out=out)
        assert resume("--epochs", 2, *more, out=out) == 0
    begin(data, "--epochs", 2, out="whole")
    rows = {out: (here / out / "metrics.csv").read_text().splitlines() for out in ("same", "other", "hinge", "whole")}
    for out in ("other", "hinge"):
        assert rows[out][:5] == rows["whole"][:5]
        assert rows[out][6] != rows["whole"][6]
    assert (here / "same" / "checkpoint.npz").read_bytes() == (here / "whole" / "checkpoint.npz").read_bytes()
    assert not (here / "same" / "history.json").exists()


def test_changes_add_up(data, here):
    begin(data)
    assert resume("--epochs", 2, "--penalty", "r1", "--penalty-every", 2) == 0
    assert resume("--epochs", 3, "--penalty", "none") == 0
    run = checkpoint()
    assert (run.config.penalty, run.config.penalty_every, run.game.penalty) == ("", 1, None)
    assert [entry["step"] for entry in run.history] == [4, 8]
    _, first, second = run.story().split("; from step ")
    assert first == "4 on: --penalty r1 --penalty-every 2"
    assert second.startswith("8 on: ")
    assert "--penalty none" in second


def test_epochs_are_recorded_only_where_they_change_the_learning_rate(data, here):
    begin(data, "--decay", 0.5, "--epochs", 2)
    assert resume("--epochs", 4) == 0
    assert checkpoint().history == [{"step": 8, "was": {"epochs": 2}, "now": {"epochs": 4}}]


@pytest.mark.parametrize(
    "option", ["--width 8", "--batch-size 20", "--latent 5", "--hidden", "--normaliser none", "--seed 1"]
)
def test_what_the_networks_or_the_batches_are_cannot_change(data, here, capsys, option):
    begin(data, "--no-hidden")
    message = refused(capsys, train, "mnist", "--resume", "run", "--epochs", "2", *option.split())
    assert "leave it out, or start a new run" in message
    assert checkpoint().history == []


def test_a_refused_combination_leaves_the_run_as_it_is(data, here, capsys):
    begin(data)
    before = (here / "run" / "checkpoint.npz").read_bytes()
    message = refused(
        capsys, train, "mnist", "--resume", "run", "--epochs", "2", "--loss", "hinge", "--smoothing", "0.1"
    )
    assert "expected a loss with targets" in message
    assert (here / "run" / "checkpoint.npz").read_bytes() == before


def test_every_setting_can_change_or_is_refused():
    """Each is of one kind; the rest decides the batches, the random numbers or the state of optimisers."""
    others = {"source", "data_dir", "flip", "hold_out", "batch_size", "average", "beta1", "beta2", "seed"}
    assert {*CHANGEABLE, *NETWORKS} | others == Config().to_dict().keys()
    assert not {*CHANGEABLE} & {*NETWORKS}


# -- from other weights ------------------------------------------------------------------------------------------------


def test_a_new_run_begins_with_old_weights(data, here, capsys):
    """Both networks and the average are those of the old run; all else is new, and the old run's stays as it was."""
    begin(data, "--average", 0.9, "--width", 6, "--no-hidden", "--normaliser", "layer", out="old")
    before = (here / "old" / "checkpoint.npz").read_bytes()
    assert train.main(["mnist", "--data-dir", str(data), "--from", "old", "--out", "new", "--epochs", "1",
                       "--batch-size", "50", "--lr", "1e-12"]) == 0  # fmt: skip
    old, new = checkpoint("old"), checkpoint("new")
    for mine, others in ((new.generator, old.generator), (new.game.discriminator, old.game.discriminator)):
        for a, b in zip(mine.parameters(), others.parameters(), strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), atol=1e-8)
    assert (new.step, new.epoch) == (4, 1)
    assert [getattr(new.config, name) for name in NETWORKS] == [getattr(old.config, name) for name in NETWORKS]
    assert new.config.lr == 1e-12
    assert new.history == [{"step": 0, "from": "old"}]
    assert new.story() == new.config.command() + " --from old"
    assert (here / "old" / "checkpoint.npz").read_bytes() == before


def test_first_pictures_are_the_old_runs_last(data, here):
    begin(data, "--average", 0.9, out="old")
    begin(data, "--from", "old", "--average", 0.9, out="new")
    pictures = [(here / out / "samples" / f"epoch_00{n}.png").read_bytes() for out, n in (("old", 1), ("new", 0))]
    assert pictures[0] == pictures[1]


def test_other_pictures_and_weights_of_the_package(here, data):
    """Weights files hold no optimisers, and need none; the average begins as G."""
    assert train.main(["mnist", "--data-dir", str(write_idx_folder(here / "others", count=60)), "--from",
                       "pretrained:mnist", "--epochs", "1", "--batch-size", "30", "--out", "new"]) == 0  # fmt: skip
    run = checkpoint("new")
    assert run.history == [{"step": 0, "from": "pretrained:mnist"}]
    assert run.config.ablate == "connected"
    assert sample.main(["new", "--count", "2", "--out", "two.png"]) == 0


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["mnist", "--from", "old", "--width", "9"], "--from: its networks have width 4, not 9"),
        (["mnist", "--from", "nowhere"], "nowhere"),
        (["pixel-faces", "--from", "old"], "--from: its networks have channels 1, and the data 3"),
        (["mnist", "--from", "old", "--conditional"], "--from: its networks have conditional False, not True"),
        (["mnist", "--resume", "old", "--from", "old"], "--from cannot be given with --resume"),
    ],
)
def test_weights_that_do_not_fit_are_refused(data, here, capsys, argv, words):
    begin(data, out="old")
    assert words in refused(capsys, train, *argv)
    assert sorted(path.name for path in here.iterdir()) == ["old"]


def test_a_run_stopped_before_its_first_checkpoint_is_not_begun_from_random_weights(tmp_path):
    run = Run(Config(width=2, latent=3))
    run.history = [{"step": 0, "from": "old"}]
    folder = RunFolder(tmp_path)
    folder.begin(run)
    with pytest.raises(BadInput, match="stopped before its first checkpoint; start it again"):
        folder.load("cpu", None)


@pytest.mark.parametrize("history", [5, ["x"], [{"step": 3, "was": {"lr": 1.0}, "now": 5}], [{"step": 1}]])
def test_a_damaged_history_is_one_clear_line(tmp_path, history):
    run = Run(Config(width=2, latent=3))
    run.history = history
    save_run(tmp_path / "checkpoint.npz", run)
    with pytest.raises(BadInput, match="its history has"):
        load_run(tmp_path / "checkpoint.npz")

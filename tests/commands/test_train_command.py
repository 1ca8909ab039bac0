"""`minigan.train` and `minigan.sample`, run through their command lines: the files they write, and bad input."""

import io
import json
import re
import signal

import numpy as np
import pytest
from PIL import Image

from minigan import gan
from minigan.arrays.backend import DeviceError, open_device
from minigan.commands import cli, sample, train
from minigan.data import load_dataset
from minigan.show import image_grid
from tests.support.commands import SMALL, refused
from tests.support.idx_files import write_idx_folder

OLD = ["--no-hidden", "--average", "0", "--lr", "0.0002"]  # after so few steps, pictures differ most with these


def device_is_missing(name):
    try:
        open_device(name)
    except DeviceError:
        return True
    return False


def test_a_run_writes_all_its_files(here, data, capsys):
    assert train.main(["mnist", "--data-dir", str(data), "--epochs", "2", *OLD, *SMALL]) == 0
    folder = here / "runs" / "mnist" / "001"
    output = capsys.readouterr()
    for name in ("samples/epoch_002.png", "samples.gif", "curves.png"):
        assert str(folder.relative_to(here) / name) in output.out
    assert "--resume runs/mnist/001" in output.out
    assert "step 8/8 (100%)" in output.err
    assert "images/s" in output.err

    grids = sorted(p.name for p in (folder / "samples").iterdir())
    assert grids == ["epoch_000.png", "epoch_001.png", "epoch_002.png"]
    with Image.open(folder / "samples.gif") as gif:
        assert gif.n_frames == 3
    metrics = gan.read_metrics(folder / "metrics.csv")
    assert metrics["step"].tolist() == list(range(1, 9))
    assert metrics["epoch"].tolist() == [1] * 4 + [2] * 4
    assert all(np.isfinite(column).all() for column in metrics.values())
    config = json.loads((folder / "config.json").read_text())
    assert (config["epochs"], config["width"], config["image_size"]) == (2, 4, 28)
    run = gan.load_run(folder / "checkpoint.npz")
    assert (run.epoch, run.batch, run.step) == (2, 0, 8)


def test_runs_are_numbered(here, data):
    for _ in range(2):
        train.main(["mnist", "--data-dir", str(data), "--epochs", "1", *SMALL])
    assert sorted(p.name for p in (here / "runs" / "mnist").iterdir()) == ["001", "002"]


def test_dry_run_keeps_nothing(here, capsys):
    assert train.main(["mnist", "--dry-run", *SMALL]) == 0
    assert list(here.iterdir()) == []
    assert "Dry run: training, samples, curves, checkpoint and resumption work" in capsys.readouterr().out


def test_sample_uses_count_and_seed(here, data, capsys):
    train.main(["mnist", "--data-dir", str(data), "--epochs", "1", "--out", "run", "--no-hidden", *SMALL])
    assert sample.main(["run/checkpoint.npz", "--count", "6", "--seed", "3", "--out", "six.png"]) == 0
    assert "Wrote six.png: 6 images, seed 3" in capsys.readouterr().out
    with Image.open("six.png") as image:
        assert image.size == (3 * 58 + 2, 2 * 58 + 2)
        first = np.asarray(image)
    sample.main(["run", "--count", "6", "--seed", "3", "--out", "again.png"])
    np.testing.assert_array_equal(np.asarray(Image.open("again.png")), first)
    sample.main(["run", "--count", "6", "--seed", "4", "--out", "other.png"])
    assert (np.asarray(Image.open("other.png")) != first).any()


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["mnits"], "unknown dataset 'mnits'"),
        ([], "required: source"),
        (["mnist", "--epochs", "0"], "expected a whole number of at least 1, got '0'"),
        (["mnist", "--epochs", "2.5"], "expected a whole number of at least 1, got '2.5'"),
        (["mnist", "--batch-size", "1"], "expected a whole number of at least 2, got '1'"),
        (["mnist", "--batch-size", "70000"], "60000 images of mnist, got 70000"),
        (["mnist", "--lr", "-1"], "expected a number above 0, got '-1'"),
        (["mnist", "--lr", "nan"], "expected a number above 0, got 'nan'"),
        (["mnist", "--lr", "fast"], "expected a number above 0, got 'fast'"),
        (["mnist", "--beta1", "1"], "expected a number from 0 to below 1, got '1'"),
        (["mnist", "--decay", "2"], "expected a number from 0 to below 1, got '2'"),
        (["mnist", "--seed", "-3"], "expected a whole number of at least 0, got '-3'"),
        (["mnist", "--width", "0"], "expected a whole number of at least 1, got '0'"),
        (["mnist", "--latent", "-1"], "expected a whole number of at least 1"),
        (["mnist", "--sample-every", "0"], "expected a whole number of at least 1"),
        (["mnist", "--device", "tpu"], "expected device 'cpu', 'cuda' or 'cuda:N' (N from 0 on), got 'tpu'"),
        (["mnist", "--data-dir", "nowhere"], "nowhere: no such folder"),
        (["mnist", "--resume", "nowhere"], "nowhere: nothing to resume; expected the folder of a run"),
        (["mnist", "--dry-run", "--out", "x"], "--dry-run keeps nothing"),
        (["mnist", "--widht", "3"], "unrecognized arguments: --widht 3"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(here, capsys, argv, message):
    assert message in refused(capsys, train, *argv)
    assert list(here.iterdir()) == []


def test_output_folders_in_use_are_refused(here, capsys):
    (here / "full").mkdir()
    (here / "full" / "thesis.txt").write_text("years of work")
    (here / "file").write_text("not a folder")
    assert "full: not empty" in refused(capsys, train, "mnist", "--out", "full")
    assert "file: cannot be written" in refused(capsys, train, "mnist", "--out", "file")
    assert "cannot be written" in refused(capsys, train, "mnist", "--out", "file/inside")
    assert "cannot be written" in refused(capsys, train, "mnist", "--out", "/proc/minigan")
    assert [p.name for p in (here / "full").iterdir()] == ["thesis.txt"]


def test_damaged_data_is_refused(here, capsys):
    broken = write_idx_folder(here / "broken") / "train-images-idx3-ubyte"
    broken.write_bytes(broken.read_bytes()[:-5])
    assert "the file is damaged" in refused(capsys, train, "mnist", "--data-dir", here / "broken")
    broken.write_bytes(b"GIF89a" + bytes(100))
    assert "not an IDX file" in refused(capsys, train, "mnist", "--data-dir", here / "broken")
    assert not (here / "runs").exists()


def test_idx_images_of_another_size_are_resized(here):
    write_idx_folder(here / "larger", size=30)
    assert train.main(["mnist", "--data-dir", "larger", "--epochs", "1", "--out", "run", *SMALL]) == 0
    assert gan.load_run(here / "run" / "checkpoint.npz").config.image_size == 28


def test_resume_refuses_another_run(here, data, capsys):
    train.main(["mnist", "--data-dir", str(data), "--epochs", "1", "--out", "run", *SMALL])
    before = (here / "run" / "checkpoint.npz").read_bytes()
    resume = ["mnist", "--resume", "run"]
    assert "finished epoch 1, its last" in refused(capsys, train, *resume)
    assert "has width 4, not 8" in refused(capsys, train, *resume, "--epochs", 2, "--width", 8)
    assert "has flip False, not True" in refused(capsys, train, *resume, "--epochs", 2, "--flip")
    assert "has batch_size 50, not 20" in refused(capsys, train, *resume, "--epochs", 2, "--batch-size", 20)
    assert "own folder" in refused(capsys, train, *resume, "--epochs", 2, "--out", "x")
    other = write_idx_folder(here / "other", count=100)
    assert "trained on other images" in refused(capsys, train, *resume, "--epochs", 2, "--data-dir", other)
    assert "expected the folder of a run" in refused(capsys, train, "mnist", "--resume", "run/config.json")
    assert (here / "run" / "checkpoint.npz").read_bytes() == before


def test_the_last_epoch_always_has_a_sample_grid(here, data, capsys):
    argv = ["mnist", "--data-dir", str(data), "--epochs", "3", "--sample-every", "2", "--out", "my run", *SMALL]
    assert train.main(argv) == 0
    assert sorted(p.name for p in (here / "my run" / "samples").iterdir()) == [
        "epoch_000.png", "epoch_002.png", "epoch_003.png",
    ]  # fmt: skip
    output = capsys.readouterr().out
    assert "epoch_003.png" in output
    assert "--resume 'my run' --epochs 6" in output


def test_a_position_that_does_not_exist_is_refused(here, data, capsys):
    """Training from there would never reach the end of the epoch."""
    train.main(["mnist", "--data-dir", str(data), "--epochs", "1", "--out", "run", *SMALL])
    path = here / "run" / "checkpoint.npz"
    run = gan.load_run(path)
    run.batch = 4
    gan.save_run(path, run)
    assert "its position is batch 4" in refused(capsys, train, "mnist", "--resume", "run", "--epochs", 2)


def test_a_moved_data_folder_is_remembered(here, data, capsys):
    write_idx_folder(here / "before")
    train.main(["mnist", "--data-dir", "before", "--epochs", "1", "--out", "run", *SMALL])
    (here / "before").rename(here / "after")
    resume = ["mnist", "--resume", "run", "--epochs"]
    assert "no such folder" in refused(capsys, train, *resume, 2)
    assert train.main([*resume, "2", "--data-dir", "after"]) == 0
    assert train.main([*resume, "3"]) == 0


def test_ctrl_c_outside_the_training_is_one_line(capsys):
    def press():
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as exit:
        cli.run_command("minigan", press)
    assert exit.value.code == 130
    assert capsys.readouterr().err == "minigan: interrupted\n"


def test_ctrl_c_always_saves_the_step_that_it_reports(here, data, capsys, monkeypatch):
    """Also if it is pressed after the flag was read, before the end of the step."""
    clock = train.time.monotonic
    calls = iter(range(1000))

    def press_while_the_clock_is_read():
        if next(calls) == 3:
            signal.raise_signal(signal.SIGINT)
        return clock()

    monkeypatch.setattr(train.time, "monotonic", press_while_the_clock_is_read)
    assert train.main(["mnist", "--data-dir", str(data), "--epochs", "3", "--out", "run", *SMALL]) == 130
    step = int(re.search(r"after step (\d+)", capsys.readouterr().out).group(1))
    assert gan.load_run(here / "run" / "checkpoint.npz").step == step


def test_sample_refuses_bad_input(here, data, capsys):
    train.main(["mnist", "--data-dir", str(data), "--epochs", "1", "--out", "run", *SMALL])
    (here / "cut.npz").write_bytes((here / "run" / "checkpoint.npz").read_bytes()[:-100])
    (here / "text.npz").write_text("hello")
    assert "no such file; expected the checkpoint.npz" in refused(capsys, sample, "nothing.npz")
    assert "damaged" in refused(capsys, sample, "cut.npz")
    assert "damaged" in refused(capsys, sample, "text.npz")
    assert "ending in .png" in refused(capsys, sample, "run", "--out", "x.jpg")
    for folder in ("no", "run/checkpoint.npz", "/proc"):
        assert f"cannot write in the folder {folder} (" in refused(capsys, sample, "run", "--out", f"{folder}/x.png")
    assert "at least 1" in refused(capsys, sample, "run", "--count", 0)
    assert "at most 2147483647" in refused(capsys, sample, "run", "--count", 10**12)
    (here / "mine.png").write_text("my picture")
    (here / "folder.png").mkdir()
    assert "exists already" in refused(capsys, sample, "run", "--out", "mine.png")
    assert "is a folder" in refused(capsys, sample, "run", "--out", "folder.png")
    assert (here / "mine.png").read_text() == "my picture"
    assert not list(here.glob("*.part"))
    if device_is_missing("cuda"):
        assert "'cuda'" in refused(capsys, sample, "run", "--device", "cuda")


@pytest.mark.parametrize("lr", ["1e30", "1e13", "1e9"])
def test_a_loss_that_is_not_finite_stops_the_run(here, data, capsys, lr):
    argv = ["mnist", "--data-dir", str(data), "--epochs", "3", "--out", "run", "--lr", lr, "--save-every", "1e-9"]
    code = train.main([*argv, *SMALL])
    error = capsys.readouterr().err
    assert code == 1
    step = int(re.search(r"not finite (?:at|after) step (\d+)", error).group(1))
    saved = gan.load_run(here / "run" / "checkpoint.npz")
    assert saved.step < step
    with np.load(here / "run" / "checkpoint.npz") as archive:
        assert all(np.isfinite(archive[name]).all() for name in archive.files)
    rows = gan.read_metrics(here / "run" / "metrics.csv")["step"]
    assert rows.tolist() == list(range(1, len(rows) + 1))
    assert saved.step <= len(rows) <= step


def test_the_progress_bar_fits_on_80_columns(monkeypatch):
    """On a terminal: all four metrics, the remaining time and images/s."""

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    monkeypatch.setattr(cli.sys, "stderr", screen)
    monkeypatch.setenv("COLUMNS", "80")
    progress = cli.Progress(total=400, done=0, images=64)
    for _ in range(400):
        progress.advance()
        progress.show(train.describe(dict.fromkeys(gan.METRICS, 0.123)), "epoch 1/5")
    progress.close()
    last = screen.getvalue().rstrip().split("\r")[-1]
    for part in ("100%", "loss D 0.12 G 0.12", "D(x) 0.12 D(G(z)) 0.12", "00:00 left", "images/s"):
        assert part in last


def test_the_learning_rate_falls_linearly_to_zero(here, data, monkeypatch):
    rates = []
    step = gan.Game.step

    def record(game, *args, **named):
        rates.append((game.generator_adam.lr, game.discriminator_adam.lr))
        return step(game, *args, **named)

    monkeypatch.setattr(gan.Game, "step", record)
    train.main(["mnist", "--data-dir", str(data), "--epochs", "2", "--decay", "0.5", "--lr", "0.01", *SMALL])
    falling = [0.01, 0.01, 0.01, 0.01, 0.01, 0.0075, 0.005, 0.0025]
    np.testing.assert_allclose(rates, [(rate, rate) for rate in falling])


def test_sampling_a_label_with_conditional_networks(here, data, capsys):
    argv = ["mnist", "--data-dir", str(data), "--epochs", "1", "--conditional", "--hold-out", "50", "--out", "run"]
    assert train.main([*argv, *SMALL]) == 0
    run = gan.load_run(here / "run" / "checkpoint.npz")
    classes = run.config.classes
    assert run.config.conditional
    assert classes == 10
    assert run.step == 3  # 200 images, 50 of them held out, 50 in a batch
    with Image.open("run/samples/epoch_001.png") as grid:
        assert grid.size == (10 * 58 + 2, 7 * 58 + 2)  # a column for each class
    sample.main(["run", "--count", "4", "--label", "7", "--out", "sevens.png"])
    z = gan.draw_noise(np.random.default_rng(0), 4, run.config.latent)
    expected = image_grid(run.draw(z, 7))
    np.testing.assert_array_equal(np.asarray(Image.open("sevens.png")), expected)
    assert "takes a label from 0 to 9, got 10" in refused(capsys, sample, "run", "--label", 10)
    assert train.main(["mnist", "--resume", "run", "--epochs", "2"]) == 0


def test_labels_are_refused_if_there_are_none(here, data, capsys):
    train.main(["mnist", "--data-dir", str(data), "--epochs", "1", "--out", "run", *SMALL])
    assert "it has no classes, got 1" in refused(capsys, sample, "run", "--label", 1)
    (data / "train-labels-idx1-ubyte").rename(data / "elsewhere")
    try:
        assert "has no labels" in refused(capsys, train, "mnist", "--data-dir", data, "--conditional")
    finally:
        (data / "elsewhere").rename(data / "train-labels-idx1-ubyte")
    assert "from 1 to the 20 images" in refused(capsys, train, "mnist", "--data-dir", data, "--hold-out", 180)


def test_changed_labels_are_refused_on_resume(here, capsys):
    labels = write_idx_folder(here / "data") / "train-labels-idx1-ubyte"
    argv = ["mnist", "--data-dir", "data", "--conditional", "--epochs", "1", "--out", "run", *SMALL]
    train.main(argv)
    before = labels.read_bytes()
    resume = ["mnist", "--resume", "run", "--epochs", "2"]
    labels.write_bytes(before[:-1] + bytes([(before[-1] + 1) % 10]))
    assert "trained on other images" in refused(capsys, train, *resume)
    labels.unlink()
    assert "has no labels" in refused(capsys, train, *resume)
    labels.write_bytes(before)
    assert train.main(resume) == 0


def test_resuming_a_finished_run_restores_missing_pictures(here, data, capsys):
    train.main(["mnist", "--data-dir", str(data), "--epochs", "1", "--out", "run", *SMALL])
    before = (here / "run" / "samples.gif").read_bytes()
    (here / "run" / "samples.gif").unlink()
    (here / "run" / "curves.png").unlink()
    assert train.main(["mnist", "--resume", "run"]) == 0
    assert (here / "run" / "samples.gif").read_bytes() == before
    assert (here / "run" / "curves.png").exists()


def test_results_must_not_become_training_data(here, capsys):
    assert "is in --data-dir" in refused(capsys, train, "folder", "--data-dir", ".")
    assert "is in --data-dir" in refused(capsys, train, "folder", "--data-dir", here, "--out", "x/y")
    assert list(here.iterdir()) == []


def test_a_dry_run_that_diverges_prints_one_line(here, data, capsys):
    argv = ["mnist", "--data-dir", data, "--lr", "1e30", "--dry-run", *SMALL]
    with pytest.raises(SystemExit) as exit, np.errstate(all="ignore"):
        cli.run_command(train.PROG, lambda: train.main([str(a) for a in argv]))
    assert exit.value.code == 1
    assert "not finite" in capsys.readouterr().err.splitlines()[-1]


def test_holding_out_all_images_is_refused(here, data, capsys):
    assert "hold out fewer than the 200 images" in refused(
        capsys, train, "mnist", "--data-dir", data, "--hold-out", 200
    )


def test_labels_that_start_at_1(here):
    folder = write_idx_folder(here / "letters")
    labels = folder / "train-labels-idx1-ubyte"
    labels.write_bytes(labels.read_bytes()[:8] + bytes(i % 26 + 1 for i in range(200)))
    letters = load_dataset("mnist", folder)
    assert letters.classes() == 26
    assert letters.labels[:3].tolist() == [0, 1, 2]
    assert list(letters.label_names)[:2] == ["1", "2"]

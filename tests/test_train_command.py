"""`minigan.train` and `minigan.sample`, used as a user would: what they leave behind, and what they refuse."""

import json
import math

import numpy as np
import pytest
from PIL import Image

from minigan import cli, gan, sample, train

from .idx_files import write_idx_folder

SMALL = ["--width", "4", "--batch-size", "50", "--latent", "8"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_idx_folder(tmp_path_factory.mktemp("data") / "squares")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(capsys, command, *argv):
    """Run a command that must refuse; returns its one line on stderr."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as exit:
        cli.run_command(command.PROG, lambda: command.main([str(a) for a in argv]))
    assert exit.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    return error


def test_a_run_leaves_all_it_promises(here, data, capsys):
    assert train.main(["mnist", "--data-dir", str(data), "--epochs", "2", *SMALL]) == 0
    folder = here / "runs" / "mnist" / "001"
    said = capsys.readouterr()
    for name in ("samples/epoch_002.png", "samples.gif", "curves.png"):
        assert str(folder.relative_to(here) / name) in said.out
    assert "--resume runs/mnist/001" in said.out
    assert "step 8/8 (100%)" in said.err
    assert "images/s" in said.err

    grids = sorted(p.name for p in (folder / "samples").iterdir())
    assert grids == ["epoch_000.png", "epoch_001.png", "epoch_002.png"]
    with Image.open(folder / "samples.gif") as gif:
        assert gif.n_frames == 3
    metrics = gan.read_metrics(folder / "metrics.csv")
    assert metrics["step"].tolist() == list(range(1, 9))
    assert metrics["epoch"].tolist() == [0] * 4 + [1] * 4
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


def test_sample_draws_what_was_asked_for(here, data, capsys):
    train.main(["mnist", "--data-dir", str(data), "--epochs", "1", "--out", "run", *SMALL])
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
        (["mnist", "--seed", "-3"], "expected a whole number of at least 0, got '-3'"),
        (["mnist", "--width", "0"], "expected a whole number of at least 1, got '0'"),
        (["mnist", "--latent", "-1"], "expected a whole number of at least 1"),
        (["mnist", "--sample-every", "0"], "expected a whole number of at least 1"),
        (["mnist", "--device", "tpu"], "expected device 'cpu' or 'cuda', got 'tpu'"),
        (["mnist", "--data-dir", "nowhere"], "nowhere: no such folder"),
        (["mnist", "--resume", "nowhere"], "nowhere: nothing to resume there"),
        (["mnist", "--dry-run", "--out", "x"], "--dry-run keeps nothing"),
        (["mnist", "--widht", "3"], "unrecognized arguments: --widht 3"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(here, capsys, argv, message):
    assert message in refused(capsys, train, *argv)
    assert list(here.iterdir()) == []


def test_a_gpu_where_there_is_none(here, capsys):
    cupy = pytest.importorskip("cupy", reason="without CuPy the next test applies")
    if cupy.cuda.is_available():
        pytest.skip("there is a GPU here")
    assert "finds no NVIDIA driver or GPU" in refused(capsys, train, "mnist", "--device", "cuda")


def test_cupy_where_there_is_none(here, capsys):
    try:
        import cupy  # noqa: F401
    except ImportError:
        assert "needs the package cupy" in refused(capsys, train, "mnist", "--device", "cuda")
        assert list(here.iterdir()) == []
    else:
        pytest.skip("CuPy is installed")


def test_output_folder_in_use(here, capsys):
    (here / "full").mkdir()
    (here / "full" / "thesis.txt").write_text("years of work")
    (here / "file").write_text("not a folder")
    assert "full: not empty" in refused(capsys, train, "mnist", "--out", "full")
    assert "file: cannot be written" in refused(capsys, train, "mnist", "--out", "file")
    assert "cannot be written" in refused(capsys, train, "mnist", "--out", "file/inside")
    assert "cannot be written" in refused(capsys, train, "mnist", "--out", "/proc/minigan")
    assert [p.name for p in (here / "full").iterdir()] == ["thesis.txt"]


def test_bad_data_folders(here, capsys):
    write_idx_folder(here / "wide", size=30)
    assert "expected an image size of 28, 32, 64, 128, got 30" in refused(
        capsys, train, "mnist", "--data-dir", here / "wide"
    )
    broken = write_idx_folder(here / "broken") / "train-images-idx3-ubyte"
    broken.write_bytes(broken.read_bytes()[:-5])
    assert "the file is damaged" in refused(capsys, train, "mnist", "--data-dir", here / "broken")
    broken.write_bytes(b"GIF89a" + bytes(100))
    assert "not an IDX file" in refused(capsys, train, "mnist", "--data-dir", here / "broken")
    assert not (here / "runs").exists()


def test_resume_refuses_another_run(here, data, capsys):
    train.main(["mnist", "--data-dir", str(data), "--epochs", "1", "--out", "run", *SMALL])
    before = (here / "run" / "checkpoint.npz").read_bytes()
    resume = ["mnist", "--resume", "run"]
    assert "finished its 1 epochs" in refused(capsys, train, *resume)
    assert "has width 4, not 8" in refused(capsys, train, *resume, "--epochs", 2, "--width", 8)
    assert "has lr 0.0002, not 0.1" in refused(capsys, train, *resume, "--epochs", 2, "--lr", 0.1)
    assert "own folder" in refused(capsys, train, *resume, "--epochs", 2, "--out", "x")
    other = write_idx_folder(here / "other", count=100)
    assert "trained on other images" in refused(capsys, train, *resume, "--epochs", 2, "--data-dir", other)
    assert "expected the folder of a run" in refused(capsys, train, "mnist", "--resume", "run/config.json")
    assert (here / "run" / "checkpoint.npz").read_bytes() == before


def test_sample_refuses(here, data, capsys):
    train.main(["mnist", "--data-dir", str(data), "--epochs", "1", "--out", "run", *SMALL])
    (here / "cut.npz").write_bytes((here / "run" / "checkpoint.npz").read_bytes()[:-100])
    (here / "text.npz").write_text("hello")
    assert "no such checkpoint" in refused(capsys, sample, "nothing.npz")
    assert "damaged" in refused(capsys, sample, "cut.npz")
    assert "damaged" in refused(capsys, sample, "text.npz")
    assert "ending in .png" in refused(capsys, sample, "run", "--out", "x.jpg")
    assert "no folder" in refused(capsys, sample, "run", "--out", "no/x.png")
    assert "at least 1" in refused(capsys, sample, "run", "--count", 0)


def test_a_loss_that_is_not_finite_stops_the_run(here, data, capsys):
    code = train.main(
        [
            "mnist",
            "--data-dir",
            str(data),
            "--epochs",
            "3",
            "--out",
            "run",
            "--lr",
            "1e30",
            "--save-every",
            "1e-9",
            *SMALL,
        ]
    )
    said = capsys.readouterr().out
    assert code == 1
    assert "not finite at step" in said
    step = int(said.split("at step ")[1].split(";")[0])
    kept = gan.load_run(here / "run" / "checkpoint.npz")
    assert kept.step < step
    assert all(np.isfinite(x.data).all() for _, x in kept.generator.named_tensors())
    rows = gan.read_metrics(here / "run" / "metrics.csv")["step"]
    assert rows.tolist() == list(range(1, step))
    assert math.isfinite(step)

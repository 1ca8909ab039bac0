"""Images that are not square: their networks, and what the commands make of a folder of them."""

import csv

import numpy as np
import pytest
from PIL import Image

from minigan.commands import evaluate, explore, sample, train, train_judge
from minigan.data import load_dataset
from minigan.data.pictures import UPRIGHT, centre_box, decode_crop, resize_images
from minigan.errors import BadInput
from minigan.gan import Config, Discriminator, Generator, Run, load_run
from minigan.gan.networks import stages
from minigan.gan.parameters import parameter_counts
from minigan.tensor import Tensor
from tests.support.commands import refused

HIGH, WIDE = 24, 32
SIZES = {(48, 64): (3, 4), (64, 48): (4, 3), (32, 64): (4, 8), (24, 64): (3, 8), (40, 64): (5, 8), (14, 12): (7, 6)}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """120 noisy pictures of two kinds, 40 × 60 pixels, light to the right or to the left."""
    root, rng = tmp_path_factory.mktemp("pictures") / "wide", np.random.default_rng(0)
    for name, order in (("left", -1), ("right", 1)):
        (root / name).mkdir(parents=True)
        for i in range(60):
            level = np.linspace(40, 200, 60)[None, ::order, None] + rng.normal(0, 10, (40, 60, 3))
            Image.fromarray(np.clip(level, 0, 255).astype(np.uint8)).save(root / name / f"{i:03d}.png")
    return root


@pytest.mark.parametrize(("size", "start"), SIZES.items())
def test_both_sides_double_equally_often(size, start):
    rng = np.random.default_rng(0)
    generator, discriminator = Generator(size, 3, 4, 5, rng=rng), Discriminator(size, 3, 4, rng=rng)
    assert generator.net.layers[0].kernel == discriminator.net.layers[-1].kernel == start
    images = generator(Tensor(np.ones((2, 5), np.float32)))
    assert images.shape == (2, *size, 3)
    assert discriminator(images).shape == (2,)
    counted = parameter_counts(size, 3, 4, 5)["dcgan"]
    assert counted == tuple(sum(p.data.size for p in net.parameters()) for net in (generator, discriminator))


@pytest.mark.parametrize("size", [(16, 64), (30, 64), (64, 63), (1, 1000), (0, 8)])
def test_sides_that_do_not_fit_are_refused(size):
    with pytest.raises(BadInput, match=r"expected sides of 3 to 8 pixels, doubled equally often, such as 48×64"):
        stages(size, 1)


@pytest.mark.parametrize("settings", [{}, {"hidden": True}, {"model": "mlp"}, {"pack": 2}, {"augment": "translation"}])
def test_a_step(settings):
    run = Run(Config(image_size=HIGH, image_width=WIDE, channels=3, width=4, latent=5, batch_size=4, **settings))
    rng = np.random.default_rng(0)
    real, z = rng.uniform(-1, 1, (4, HIGH, WIDE, 3)), rng.standard_normal((4, 5))
    metrics = run.game.step(*(Tensor(x.astype(np.float32)) for x in (real, z)))
    assert np.isfinite(metrics["d_loss"].item())


def test_a_width_that_is_the_height_is_a_square():
    assert Config(image_size=32, image_width=32).size == 32 == Config(image_size=32).size
    assert Config(image_size=32, image_width=64).size == (32, 64)
    assert Config(image_size=32, image_width=64).shape == (32, 64, 1)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((40, 20), np.s_[:, 20:40]), ((20, 60), np.s_[10:30]), ((40, 60), np.s_[:]), (40, np.s_[:, 10:50])],
)
def test_the_largest_part_of_this_shape_is_taken(size, expected):
    picture = np.arange(40 * 60).reshape(40, 60).astype(np.uint8)
    np.testing.assert_array_equal(resize_images(picture[None, :, :, None], size)[0, :, :, 0], picture[expected])
    assert centre_box(60, 40, 10, 5) == (20, 0, 40, 40)
    assert centre_box(178, 218, 64, 64, crop=108) == (35, 55, 143, 163)  # as in CelebA
    assert centre_box(178, 218, 48, 64, crop=90) == (29, 64, 149, 154)
    left, top, right, bottom = centre_box(109, 77, 96, 128)
    assert 0 <= left <= right <= 109
    assert 0 <= top <= bottom <= 77


@pytest.mark.parametrize("orientation", [1, *UPRIGHT])
def test_pictures_stored_on_their_side(tmp_path, orientation):
    """They are turned before the part is chosen: all of an upright picture of this shape is kept."""
    upright = Image.fromarray(np.tile(np.arange(40, dtype=np.uint8)[:, None] * 6, (1, 20)))
    stored = upright
    if orientation != 1:
        turn, quarters = UPRIGHT[orientation], [Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270]
        stored = upright.transpose(quarters[1 - quarters.index(turn)] if turn in quarters else turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "x.png", exif=exif)
    crop = decode_crop((tmp_path / "x.png").read_bytes(), (40, 20))
    np.testing.assert_array_equal(crop[..., 0], np.asarray(upright))


def trained(pictures, *more):
    argv = ["folder", "--data-dir", pictures, "--image-size", HIGH, "--image-width", WIDE, "--width", 4, "--latent", 4,
            "--epochs", 1, "--batch-size", 10, "--hold-out", 20, "--out", "run", *more]  # fmt: skip
    assert train.main([str(x) for x in argv]) == 0


def test_the_commands(here, pictures, capsys):
    """Train, resume, sample, score by a judge of one's own, and the experiments that need no attributes."""
    trained(pictures)
    assert train.main(["folder", "--resume", "run", "--epochs", "2"]) == 0
    run = load_run(here / "run")
    assert run.config.shape == (HIGH, WIDE, 3)
    assert f"--image-size {HIGH} --image-width {WIDE}" in run.config.command()
    assert sample.main(["run", "--each", "--count", "2", "--out", "each"]) == 0
    with Image.open(sorted((here / "each").glob("*.png"))[0]) as picture:
        assert picture.size == (WIDE, HIGH)
    argv = ["folder", "--data-dir", pictures, "--image-size", HIGH, "--image-width", WIDE, "--epochs", 2]
    assert train_judge.main([str(x) for x in argv]) == 0
    assert evaluate.main(["run", "--judge", "judge-folder.npz", "--out", "scores"]) == 0
    with open(here / "scores" / "scores.csv", encoding="utf-8", newline="") as file:
        assert float({row["score"]: row["value"] for row in csv.DictReader(file)}["frechet"]) > 0
    picture = str(sorted((pictures / "left").iterdir())[0])
    for name, *more in (
        ("walk", "--stations", "3", "--steps", "2"),
        ("complete", "--picture", picture, "--iterations", "2"),
        ("complete", "--picture", picture, "--iterations", "2", "--mask", "lower"),
        ("invert", "--picture", picture, "--iterations", "2"),
    ):
        assert explore.main([name, "run", *more, "--out", f"{name}-{len(more)}"]) == 0, capsys.readouterr().err


def test_held_out_pictures_are_of_all_classes(pictures):
    """Those of a class are in one folder, and so together in the order of names."""
    data = load_dataset("folder", pictures, (HIGH, WIDE))
    assert data.shape == (HIGH, WIDE, 3)
    assert set(data.labels[-20:]) == {0, 1}
    left = data.images[:, :, :8].mean((1, 2, 3)) > data.images[:, :, -8:].mean((1, 2, 3))
    assert (data.labels == np.where(left, 0, 1)).all()  # and each has its own label


def test_what_does_not_fit_is_refused(here, pictures, capsys):
    folder = ["folder", "--data-dir", pictures]
    assert "doubled equally often" in refused(capsys, train, *folder, "--image-size", 24, "--image-width", 31)
    trained(pictures)
    again = ["folder", "--resume", "run", "--image-width", 64]
    assert "this run has image_width 32, not 64" in refused(capsys, train, *again)

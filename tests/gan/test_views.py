"""What D is shown: each augmentation against what it says, gradients against difference quotients, packs, noise."""

import numpy as np
import pytest

from minigan import Tensor
from minigan.errors import BadInput
from minigan.gan import AUGMENTATIONS, Config, Discriminator, Run, View, draw_noise
from minigan.gan.networks import Pack
from minigan.gradcheck import check_gradients
from tests.support.steps import assert_resumes_bit_for_bit

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(-1, 1, (5, 16, 24, 3))


def changed(name, images=IMAGES, seed=0):
    return AUGMENTATIONS[name](Tensor(images), np.random.default_rng(seed)).numpy()


def test_a_translation_moves_each_image_by_itself():
    """By up to 2 of 16 rows and 3 of 24 columns, with zeros where nothing came from; all shifts occur."""
    found, images = set(), np.tile(IMAGES[:1], (400, 1, 1, 1))
    padded = np.pad(images[0], ((2, 2), (3, 3), (0, 0)))
    shifts = {(y, x): padded[2 + y : 18 + y, 3 + x : 27 + x] for y in range(-2, 3) for x in range(-3, 4)}
    for image in changed("translation", images):
        fitting = [by for by, shifted in shifts.items() if (image == shifted).all()]
        assert len(fitting) == 1
        found |= set(fitting)
    assert found == shifts.keys()


def test_a_cutout_is_a_square_of_half_the_size():
    """Whole if its centre is far enough from the edges, at any place; the rest of the image is as it was."""
    result = changed("cutout", np.ones((500, 16, 16, 3)))
    assert set(np.unique(result)) == {0.0, 1.0}
    heights, widths = ((result.min(axis=(axis, 3)) == 0).sum(axis=1) for axis in (2, 1))
    holes = (result[..., 0] == 0).sum(axis=(1, 2))
    np.testing.assert_array_equal(heights * widths, holes)
    assert heights.max() == widths.max() == 8
    assert heights.min() == widths.min() == 4  # its centre is on the edge
    assert (result[..., 0] == 0).any(axis=0).all()
    image = changed("cutout")
    assert ((image == IMAGES) | (image == 0)).all()


def test_colours_change_for_each_image_by_itself():
    """By the three numbers of the docstring, recomputed for each image; grey stays grey."""
    rng = np.random.default_rng(3)
    brightness, saturation, contrast = (rng.uniform(*ends, 5) for ends in ((-0.5, 0.5), (0, 2), (0.5, 1.5)))
    for i, image in enumerate(changed("colour", seed=3)):
        x = IMAGES[i] + brightness[i]
        grey = x.mean(axis=-1, keepdims=True)
        x = grey + saturation[i] * (x - grey)
        np.testing.assert_allclose(image, x.mean() + contrast[i] * (x - x.mean()), rtol=1e-10, atol=1e-12)
    grey = changed("colour", np.repeat(IMAGES[..., :1], 3, axis=-1))
    np.testing.assert_allclose(np.ptp(grey, axis=-1), 0, atol=1e-12)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_gradients(name):
    """G learns through it, and a penalty takes the second derivative of D after it."""
    small = RNG.normal(size=(2, 8, 9, 2))
    check_gradients(lambda x: AUGMENTATIONS[name](x, np.random.default_rng(1)) ** 2, [small])


def test_a_view_is_of_all_images_in_their_dtype():
    """In the order of the names; with none and without noise it shows the images themselves."""
    images = Tensor(IMAGES.astype(np.float32))
    assert View(np.random.default_rng(0))(images) is images
    shown = View(np.random.default_rng(0), ["cutout", "colour"])(images)
    assert shown.dtype == np.float32
    rng = np.random.default_rng(0)
    by_hand = AUGMENTATIONS["colour"](AUGMENTATIONS["cutout"](images, rng), rng)
    np.testing.assert_array_equal(shown.numpy(), by_hand.numpy())


def test_noise_has_its_standard_deviation():
    images = Tensor(np.zeros((20, 28, 28, 3), np.float32))
    noise = View(np.random.default_rng(0), noise=0.3)(images).numpy()
    assert noise.dtype == np.float32
    assert noise.std() == pytest.approx(0.3, rel=0.02)
    assert abs(noise.mean()) < 0.01


def test_d_and_g_are_both_trained_on_views():
    """A view is asked for real images, for generated ones and, with G's gradient, for these again."""
    run, asked = Run(Config(width=4, latent=5, augment="cutout")), []
    view = run.game.view

    def look(images):
        asked.append(images)
        return view(images)

    run.game.view = look
    rng = np.random.default_rng(1)
    run.game.step(Tensor(rng.uniform(-1, 1, (4, 28, 28, 1)).astype(np.float32)), Tensor(draw_noise(rng, 4, 5)))
    assert len(asked) == 3
    assert (asked[1].numpy() == asked[2].numpy()).all()
    assert not (asked[0].numpy() == asked[1].numpy()).all()


def test_noise_falls_to_0_over_the_training():
    config = Config(noise=0.4)
    assert [config.noise_at(t) for t in (0.0, 0.5, 1.0)] == [0.4, 0.2, 0.0]


# -- packs -------------------------------------------------------------------------------------------------------------


def test_a_pack_is_neighbours_as_channels():
    packs = Pack(2)(Tensor(IMAGES[:4])).numpy()
    assert packs.shape == (2, 16, 24, 6)
    for i in range(4):
        np.testing.assert_array_equal(packs[i // 2, ..., 3 * (i % 2) :][..., :3], IMAGES[i])
    with pytest.raises(ValueError, match="expected a multiple of 2 images, got 5"):
        Pack(2)(Tensor(IMAGES))


def test_d_gives_a_logit_for_each_pack():
    """That depends on all of its images, and on no others (but for batch norm)."""
    d = Discriminator(28, 1, 4, pack=3, rng=np.random.default_rng(0)).eval()
    images = np.random.default_rng(1).uniform(-1, 1, (6, 28, 28, 1)).astype(np.float32)
    before = d(Tensor(images)).numpy()
    assert before.shape == (2,)
    for i in range(6):
        other = images.copy()
        other[i] *= -1
        assert (d(Tensor(other)).numpy() != before).tolist() == [i < 3, i >= 3]


def test_a_penalty_is_on_the_slope_by_a_whole_pack():
    """R1 by hand, through D's own gradient."""
    run = Run(Config(width=4, latent=5, pack=2, penalty="r1", normaliser="none"))
    images = np.random.default_rng(1).uniform(-1, 1, (4, 28, 28, 1)).astype(np.float32)
    x = Tensor(images, requires_grad=True)
    run.game.discriminator(x).sum().backward()
    slopes = (x.grad.numpy() ** 2).reshape(2, -1).sum(axis=1)
    run.game.discriminator.zero_grad()
    found = run.game.penalty(run.game.judge, Tensor(images), Tensor(images), (), np.random.default_rng(0))
    assert found.item() == pytest.approx(0.5 * slopes.mean(), rel=1e-4)


@pytest.mark.parametrize("options", [
    ["--augment", "colour,translation,cutout", "--noise", "0.1"],
    ["--pack", "2", "--loss", "relativistic", "--penalty", "r1+r2"],
])  # fmt: skip
def test_a_run_resumes(options, tmp_path, monkeypatch):
    """Bit for bit, the random numbers of what D is shown included."""
    assert_resumes_bit_for_bit(tmp_path, monkeypatch, "--width", "4", *options)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"augment": "colour,flip"}, "expected augmentations of colour, translation, cutout, got 'flip'"),
        ({"noise": -0.1}, "expected noise of 0 or more, got -0.1"),
        ({"noise": float("inf")}, "expected noise of 0 or more, got inf"),
        ({"pack": 0}, "expected pack above 0, got 0"),
        ({"pack": 3}, "expected a batch size of two packs of 3 images or more, got 64"),
        ({"pack": 2, "batch_size": 2}, "expected a batch size of two packs of 2 images or more, got 2"),
        ({"pack": 2, "classes": 10, "conditional": True}, "expected pack 1 with labels, got 2"),
        ({"pack": 2, "ablate": "relu"}, "expected pack 1 with a rule to ablate, relu, got 2"),
        ({"pack": 2, "model": "mlp"}, "expected pack 1 with the model mlp, got 2"),
    ],
)
def test_settings_that_are_refused(settings, words):
    with pytest.raises(BadInput) as refusal:
        Config(**settings)
    assert words in str(refusal.value)

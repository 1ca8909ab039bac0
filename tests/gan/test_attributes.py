"""A D that also learns the attributes of real images: its loss, whom it teaches, and the command."""

import numpy as np
import pytest

from minigan.commands import export, train
from minigan.data import Batches, load_dataset, scale_images
from minigan.explore.separation import auc
from minigan.gan import Config, Run, draw_noise, load_run
from minigan.gan import train as train_run
from minigan.tensor import Tensor
from tests.support.commands import refused
from tests.support.steps import assert_d_is_the_same_after_resuming

RNG = np.random.default_rng(0)
REAL = RNG.uniform(-1, 1, (6, 32, 32, 3)).astype(np.float32)
ATTRIBUTES = RNG.integers(0, 2, (6, 5)).astype(np.float32)
FACES = {"source": "pixel-faces", "image_size": 32, "channels": 3}
MODELS = ["dcgan", "pixel-art"]


def run_of(model="dcgan", attributes=5, **more):
    settings = {**FACES, "model": model, "width": 4, "latent": 5, "batch_size": 6, **more}
    return Run(Config(attributes=bool(attributes), attribute_count=attributes, **settings))


def moves(run, attributes=ATTRIBUTES):
    z = Tensor(draw_noise(np.random.default_rng(1), len(REAL), 5))
    return run.game.moves(Tensor(REAL), z, **({} if attributes is None else {"attributes": Tensor(attributes)}))


def gradients(network):
    return {name: p.grad.numpy().copy() for name, p in network.named_tensors() if getattr(p, "grad", None) is not None}


@pytest.mark.parametrize(
    "settings",
    [{}, {"normaliser": "none", "penalty": "r1"}, {"normaliser": "spectral"}, {"loss": "relativistic"},
     {"hidden": True, "loss": "hinge", "augment": "translation"}, {"d_steps": 2}, {"model": "pixel-art"}],
)  # fmt: skip
def test_a_step_changes_every_parameter_of_d(settings):
    run = run_of(**settings)
    before = {name: x.numpy().copy() for name, x in run.game.discriminator.named_tensors()}
    *_, last = moves(run)
    assert np.isfinite([x.item() for x in last.tensors.values()]).all()
    assert any(name.startswith("attribute_head") for name in before)
    for p in run.game.discriminator.parameters():
        assert (p.numpy() != before[p.name]).any() or p.size == 1, p.name  # the bias of the logit may cancel


@pytest.mark.parametrize("model", MODELS)
def test_d_learns_from_real_images_and_g_is_not_told(model):
    """The gradient that attributes add to D's is that of their cross-entropy; generated images and G get none of it."""
    found = {}
    for attributes in (ATTRIBUTES, None):
        run = run_of(model)
        for move in moves(run, attributes):
            if move.name == "D judges real images":
                found["real", attributes is None] = gradients(run.game.discriminator)
            if move.name == "D judges fake images" and attributes is not None:
                found["both"] = gradients(run.game.discriminator)
            if move.name == "D judges again, for G" and attributes is not None:
                found["g"], state = gradients(run.generator), run.game.discriminator.state_dict()
                state = {name: x.copy() for name, x in state.items()}
    again = run_of(model).game.discriminator
    _, logits = again.logits_and_attributes(Tensor(REAL))
    t = Tensor(ATTRIBUTES)
    (-(t * logits.sigmoid().log() + (1.0 - t) * (1.0 - logits.sigmoid()).log()).sum() / 6).backward()
    added = gradients(again)
    assert len(added) > 2
    for name, gradient in added.items():
        alone = found["real", True].get(name, 0.0)
        np.testing.assert_allclose(found["real", False][name], alone + gradient, rtol=1e-3, atol=1e-5)
    for name in added:
        if name.startswith("attribute_head"):
            np.testing.assert_array_equal(found["both"][name], found["real", False][name])

    g, d = (run := run_of(model)).generator, run.game.discriminator
    d.load_state_dict(state)
    run.game.loss.for_generator(d(g(Tensor(draw_noise(np.random.default_rng(1), 6, 5))))).backward()
    for name, gradient in gradients(g).items():
        np.testing.assert_allclose(found["g"][name], gradient, rtol=1e-3, atol=1e-6)


def test_slopes_of_both_outputs():
    """∂/∂x along ten random directions, by difference quotients in float64."""
    d, rng = run_of(normaliser="layer").game.discriminator, np.random.default_rng(2)
    for p in d.parameters():
        p.data = p.data.astype(np.float64) * 5
    x, h = Tensor(REAL.astype(np.float64), requires_grad=True), 1e-5

    def f(images):
        logits, attributes = d.logits_and_attributes(images)
        return (logits**2).sum() + (attributes**2).sum()

    f(x).backward()
    for _ in range(10):
        v = rng.standard_normal(x.shape)
        slope = (f(Tensor(x.numpy() + h * v)) - f(Tensor(x.numpy() - h * v))).item() / (2 * h)
        assert (x.grad.numpy() * v).sum() == pytest.approx(slope, rel=1e-4)


def test_d_knows_the_attributes_of_faces_that_it_has_not_seen():
    faces, unseen = load_dataset("pixel-faces").first(1600), load_dataset("pixel-faces").some(slice(4000, 5000))
    run = Run(Config(**FACES, attributes=True, attribute_count=5, width=8, latent=10, epochs=3, lr=2e-3))
    for _ in train_run(run, Batches(faces, 64, seed=0)):
        pass
    run.game.discriminator.eval()
    _, logits = run.game.discriminator.logits_and_attributes(Tensor(scale_images(unseen.images)))
    areas = np.diag(auc(logits.numpy(), unseen.attributes))  # 0.5 is chance; beards are hard to see
    assert areas.min() > 0.6
    assert areas.mean() > 0.85


def shuffled(faces):
    return faces.__class__(
        faces.name, faces.images, faces.labels, attributes=faces.attributes[::-1], attribute_names=faces.attribute_names
    )


@pytest.mark.parametrize("model", MODELS)
def test_the_command_trains_and_resumes_bit_for_bit_and_exports(here, model):
    argv = ["pixel-faces", "--attributes", "--model", model, "--hold-out", "17900", "--width", "3", "--latent", "4",
            "--batch-size", "50"]  # fmt: skip
    assert_d_is_the_same_after_resuming(*argv)
    assert " --attributes" in load_run(here / "one").config.command()
    assert export.main(["one", "--out", "weights.npz"]) == 0
    assert load_run(here / "weights.npz").game.discriminator.attribute_head is not None
    assert train.main(["pixel-faces", "--from", "one", "--epochs", "1", "--hold-out", "17900", "--out", "three"]) == 0
    assert load_run(here / "three").config.attribute_count == 5


def test_other_attributes_are_another_data_set():
    faces = load_dataset("pixel-faces").first(100)
    texts = {faces.fingerprint(), faces.fingerprint(with_attributes=True), shuffled(faces).fingerprint(False, True)}
    assert len(texts) == 3
    assert "5 attributes" in faces.fingerprint(with_attributes=True)


def test_what_does_not_fit_is_refused(here, data, capsys):
    for argv, message in {
        f"mnist --data-dir {data} --attributes": "squares has no attributes that D could learn",
        "pixel-faces --attributes --conditional": "without labels or packs, got conditional networks",
        "pixel-faces --attributes --pack 2": "got pack 2",
        "pixel-faces --attributes --model mlp": "only with the model dcgan or pixel-art, without labels or packs, got",
        "pixel-faces --attributes --ablate strides": "got ablate strides",
    }.items():
        assert message in refused(capsys, train, *argv.split())
    with pytest.raises(ValueError, match="expected a discriminator with an attribute_head"):
        run_of(attributes=0).game.discriminator.logits_and_attributes(Tensor(REAL))
    with pytest.raises(ValueError, match=r"target of shape \(6, 5\), got \(6, 4\)"):
        list(moves(run_of(), ATTRIBUTES[:, :4]))

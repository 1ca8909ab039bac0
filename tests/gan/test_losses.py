"""The losses: values against the formulas, gradients against derivatives computed by hand."""

import numpy as np
import pytest

from minigan import Tensor
from minigan.errors import BadInput
from minigan.gan import LOSSES, Config, Loss, Run, draw_noise
from minigan.gradcheck import check_gradients

LOGITS = np.array([-30.0, -2.0, 0.0, 0.5, 30.0])


def sigma(d):
    return 1.0 / (1.0 + np.exp(-d))


# D's loss for real and for generated images, and G's loss; each with its derivative by the logit, for one logit.
FORMULAS = {
    "non-saturating": (
        (lambda d: -np.log(sigma(d)), lambda d: sigma(d) - 1),
        (lambda d: -np.log(sigma(-d)), sigma),
        (lambda d: -np.log(sigma(d)), lambda d: sigma(d) - 1),
    ),
    "minimax": (
        (lambda d: -np.log(sigma(d)), lambda d: sigma(d) - 1),
        (lambda d: -np.log(sigma(-d)), sigma),
        (lambda d: np.log(sigma(-d)), lambda d: -sigma(d)),
    ),
}


def test_every_loss_is_tested():
    assert FORMULAS.keys() == LOSSES.keys()


@pytest.mark.parametrize("name", LOSSES)
def test_values_and_gradients(name):
    loss = LOSSES[name]()
    for function, (value, derivative) in zip((loss.on_real, loss.on_fake, loss.for_generator), FORMULAS[name]):
        d = Tensor(LOGITS, requires_grad=True)
        found = function(d)
        found.backward()
        assert found.shape == ()
        np.testing.assert_allclose(found.item(), value(LOGITS).mean(), rtol=1e-12)
        np.testing.assert_allclose(d.grad.numpy(), derivative(LOGITS) / LOGITS.size, rtol=1e-10, atol=1e-14)
        check_gradients(function, [LOGITS[1:4]])


def test_only_minimax_has_a_vanishing_gradient_when_d_is_certain():
    logits = Tensor(np.full(4, -12.0), requires_grad=True)
    sizes = {}
    for name in ("non-saturating", "minimax"):
        LOSSES[name]().for_generator(logits).backward()
        sizes[name], logits.grad = np.abs(logits.grad.numpy()).sum(), None
    assert sizes["minimax"] < 1e-5 < 0.99 < sizes["non-saturating"]


def test_a_run_uses_the_loss_of_its_configuration():
    """After one step D's weights are the same with both losses, G's are not."""
    after = {}
    for name in LOSSES:
        run = Run(Config(width=4, latent=5, loss=name))
        rng = np.random.default_rng(1)
        real = rng.uniform(-1, 1, (4, 28, 28, 1)).astype(np.float32)
        run.game.step(Tensor(real), Tensor(draw_noise(rng, 4, 5)))
        after[name] = run.generator.state_dict(), run.game.discriminator.state_dict()
    (g, d), (other_g, other_d) = after["non-saturating"], after["minimax"]
    assert all((d[name] == other_d[name]).all() for name in d if "running" not in name)
    assert any((g[name] != other_g[name]).any() for name in g)


def test_an_unknown_loss_is_refused():
    with pytest.raises(BadInput, match=f"expected a loss of {', '.join(LOSSES)}, got 'hinge-of-my-own'"):
        Config(loss="hinge-of-my-own")


def test_a_loss_must_say_what_it_computes():
    for function in (Loss().on_real, Loss().on_fake, Loss().for_generator):
        with pytest.raises(NotImplementedError):
            function(Tensor(LOGITS))

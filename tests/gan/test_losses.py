"""The losses: values against the formulas, gradients against derivatives computed by hand."""

import numpy as np
import pytest

from minigan import Tensor
from minigan.errors import BadInput
from minigan.gan import LOSSES, Config, Loss, PairedLoss, Run, draw_noise
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
    "hinge": (
        (lambda d: np.maximum(0, 1 - d), lambda d: -1.0 * (d < 1)),
        (lambda d: np.maximum(0, 1 + d), lambda d: 1.0 * (d > -1)),
        (lambda d: -d, lambda d: -np.ones_like(d)),
    ),
    "least-squares": (
        (lambda d: 0.5 * (d - 1) ** 2, lambda d: d - 1),
        (lambda d: 0.5 * d**2, lambda d: d),
        (lambda d: 0.5 * (d - 1) ** 2, lambda d: d - 1),
    ),
    "wasserstein": (
        (lambda d: -d, lambda d: -np.ones_like(d)),
        (lambda d: d, np.ones_like),
        (lambda d: -d, lambda d: -np.ones_like(d)),
    ),
}
SINGLE = [name for name, loss in LOSSES.items() if not issubclass(loss, PairedLoss)]


def test_every_loss_is_tested():
    """The loss of pairs by itself, below."""
    assert FORMULAS.keys() == set(SINGLE)
    assert LOSSES.keys() - set(SINGLE) == {"relativistic"}


def test_the_loss_of_pairs():
    """softplus of a difference: each network is pulled to the other side."""
    loss, fake = LOSSES["relativistic"](), LOGITS[::-1] + 0.25
    for function, winner, loser in (
        (loss.on_pairs, LOGITS, fake),
        (loss.for_generator_of_pairs, fake, LOGITS),
    ):
        a, b = Tensor(winner, requires_grad=True), Tensor(loser, requires_grad=True)
        found = function(a, b)
        found.backward()
        difference = winner - loser
        np.testing.assert_allclose(found.item(), np.logaddexp(0, -difference).mean(), rtol=1e-10)
        np.testing.assert_allclose(b.grad.numpy(), sigma(-difference) / 5, rtol=1e-10)
        np.testing.assert_array_equal(a.grad.numpy(), -b.grad.numpy())
        check_gradients(function, [winner[1:4], loser[1:4]])


def test_readings_are_from_0_to_1():
    """And they rise with the output."""
    for loss in LOSSES.values():
        readings = loss().reading(Tensor(LOGITS)).numpy()
        assert ((readings >= 0) & (readings <= 1)).all()
        assert (np.diff(readings) >= 0).all()


@pytest.mark.parametrize("name", SINGLE)
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


@pytest.mark.parametrize("name", [name for name, loss in LOSSES.items() if loss.has_targets])
def test_smoothing_moves_the_target_of_real_images(name):
    """The gradient is 0 at the target: a probability of 0.9, or an output of 0.9; the other losses stay."""
    smooth, plain = LOSSES[name](0.1), LOSSES[name]()
    d = Tensor(np.array([0.9 if name == "least-squares" else np.log(9.0)]), requires_grad=True)
    smooth.on_real(d).backward()
    assert d.grad.numpy() == pytest.approx(0, abs=1e-12)
    check_gradients(smooth.on_real, [LOGITS[1:4]])
    for method in ("on_fake", "for_generator"):
        assert getattr(smooth, method)(Tensor(LOGITS)).item() == getattr(plain, method)(Tensor(LOGITS)).item()


def test_smoothed_cross_entropy():
    d = LOGITS[1:4]
    expected = -(0.8 * np.log(sigma(d)) + 0.2 * np.log(sigma(-d))).mean()
    assert LOSSES["non-saturating"](0.2).on_real(Tensor(d)).item() == pytest.approx(expected, rel=1e-12)


def test_smoothing_is_refused_where_there_are_no_targets():
    with pytest.raises(ValueError, match="Hinge has no targets to smooth"):
        LOSSES["hinge"](0.1)
    message = "expected a loss with targets that can be smoothed, non-saturating, minimax, least-squares, got hinge"
    with pytest.raises(BadInput, match=message):
        Config(loss="hinge", smoothing=0.1)


def test_only_minimax_has_a_vanishing_gradient_when_d_is_certain():
    logits = Tensor(np.full(4, -12.0), requires_grad=True)
    sizes = {}
    for name in ("non-saturating", "minimax"):
        LOSSES[name]().for_generator(logits).backward()
        sizes[name], logits.grad = np.abs(logits.grad.numpy()).sum(), None
    assert sizes["minimax"] < 1e-5 < 0.99 < sizes["non-saturating"]


def test_a_run_uses_the_loss_of_its_configuration():
    """After one step D's weights are the same with DCGAN's loss and with minimax, G's are not; with others, neither."""
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
    for name in LOSSES.keys() - {"non-saturating", "minimax"}:
        for mine, others in zip((g, d), after[name]):
            assert any((mine[key] != others[key]).any() for key in mine), name


def test_an_unknown_loss_is_refused():
    with pytest.raises(BadInput, match=f"expected a loss of {', '.join(LOSSES)}, got 'hinge-of-my-own'"):
        Config(loss="hinge-of-my-own")


def test_a_loss_must_say_what_it_computes():
    for function in (Loss().on_real, Loss().on_fake, Loss().for_generator):
        with pytest.raises(NotImplementedError):
            function(Tensor(LOGITS))

"""The curves of a training: what is in which plot, for metrics and scores as runs have them."""

import numpy as np
import pytest

from minigan.gan import METRICS
from minigan.show import training_curves

STEPS = 300


def metrics(names=METRICS):
    rng = np.random.default_rng(0)
    values = {name: rng.uniform(0.5, 1.5, STEPS) for name in names}
    return {"step": np.arange(1, STEPS + 1), "epoch": np.repeat([1, 2, 3], STEPS // 3), **values}


def named(figure):
    return {axes.get_ylabel().replace("\n", " "): axes for axes in figure.axes}


def test_plots_from_above():
    figure = training_curves(metrics(), [(1, 90.0), (3, 7.0)], 1.5, "Healthy: it is well")
    plots = named(figure)
    assert list(plots) == [
        "Fréchet distance", "loss", "mean probability of “real”", "norm of the gradient", "variety (real images: 1)"
    ]  # fmt: skip
    assert figure.get_supxlabel() == "Healthy: it is well"
    distances, floor = plots["Fréchet distance"].lines
    assert distances.get_xydata().tolist() == [[100, 90], [300, 7]]  # at the last steps of these epochs
    assert list(floor.get_ydata()) == [1.5, 1.5]
    assert figure.axes[-1].get_xlabel() == "training step"


@pytest.mark.parametrize("names", [METRICS, METRICS[:4]])
def test_without_scores_and_as_earlier_versions_wrote_them(names):
    plots = named(training_curves(metrics(names)))
    assert len(plots) == (4 if names == METRICS else 2)
    assert all(axes.get_legend() for axes in plots.values())


def test_steps_in_which_g_waits_have_no_gradient_of_g():
    values = metrics()
    values["g_grad"][::3] = 0
    _, _, gradients, _ = training_curves(values).axes
    of_d, _, of_g, _ = gradients.lines
    assert len(of_d.get_xdata()) == STEPS
    assert len(of_g.get_xdata()) == STEPS * 2 // 3
    assert (of_g.get_ydata() > 0).all()


def test_negative_losses_are_in_the_picture():
    values = metrics()
    values["g_loss"] -= 5
    losses, *_ = training_curves(values).axes
    assert losses.get_ylim()[0] < values["g_loss"].min()
    assert training_curves(metrics()).axes[0].get_ylim()[0] == 0

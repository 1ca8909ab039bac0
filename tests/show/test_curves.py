"""The curves of a training: what is in which plot, for metrics and scores as runs have them."""

import numpy as np
import pytest

from minigan.gan import METRICS
from minigan.gan.health import WAITS
from minigan.show import save_training_curves, training_curves

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
    values["g_grad"][::3] = WAITS
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


def test_a_g_that_always_waits_and_metrics_that_are_lost(tmp_path):
    """The picture is drawn with what there is: no curve of G, no scores of epochs that have no rows."""
    values = {name: x[200:] for name, x in metrics().items()}
    values["g_grad"][:] = WAITS
    scores, _, _, gradients, _ = training_curves(values, [(1, 9.0), (2, 8.0), (3, 7.0)], 1.0).axes
    assert scores.lines[0].get_xydata().tolist() == [[300, 7]]
    assert len(gradients.lines) == 2
    nothing = {name: x[:0] for name, x in metrics().items()}
    save_training_curves(tmp_path / "x.png", nothing, [(1, 9.0)], 1.0)
    assert (tmp_path / "x.png").exists()


@pytest.mark.parametrize("most", [2.0, 1e9])
def test_labels_of_a_logarithmic_axis_are_few(most):
    values = metrics()
    values["d_grad"][:] = np.geomspace(0.5, most, STEPS)
    values["g_grad"] = values["d_grad"]
    figure = training_curves(values)
    figure.canvas.draw()
    low, high = figure.axes[2].get_ylim()
    shown = [tick for tick in figure.axes[2].yaxis.get_majorticklocs() if low <= tick <= high]
    assert 1 <= len(shown) <= 10

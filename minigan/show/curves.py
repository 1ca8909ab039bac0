"""Curves of a training run."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .colours import BLUE, RED
from .images import save_figure

COLOURS = {"d": BLUE, "g": RED}  # discriminator, generator: the same in every picture


def training_curves(metrics: dict[str, np.ndarray]) -> Figure:
    """Two plots over the training step: the losses, and D's mean probability of "real" for real and generated images.

    `metrics` holds step, d_loss, g_loss, d_real and d_fake, one value per step.  The pale curves are these values, the
    solid curves their running means.
    """
    figure = Figure(figsize=(8, 6), layout="constrained")
    losses, probabilities = figure.subplots(2, 1, sharex=True)
    _curve(losses, metrics, "d_loss", "D loss", COLOURS["d"])
    _curve(losses, metrics, "g_loss", "G loss", COLOURS["g"])
    _curve(probabilities, metrics, "d_real", "D(x), real images", COLOURS["d"])
    _curve(probabilities, metrics, "d_fake", "D(G(z)), generated images", COLOURS["g"])
    losses.set(ylabel="loss", ylim=(0, None))
    probabilities.set(ylabel="mean probability of “real”", ylim=(0, 1), xlabel="training step")
    probabilities.axhline(0.5, color="grey", linewidth=0.8, linestyle=":")  # a D that only guesses
    for axes in (losses, probabilities):
        axes.legend(loc="lower right", bbox_to_anchor=(1, 0.97), frameon=False, ncols=2)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def save_training_curves(path: Path, metrics: dict[str, np.ndarray]) -> None:
    """Write `training_curves` as a PNG."""
    save_figure(path, training_curves(metrics))


def save_score_curve(path: Path, scores: Sequence[tuple[int, float]], floor: float) -> None:
    """Write a PNG of (epoch, Fréchet distance) pairs; `floor` is the distance between two sets of real images."""
    epochs, distances = zip(*scores)
    figure = Figure(figsize=(8, 3.5), layout="constrained")
    axes = figure.subplots()
    axes.plot(epochs, distances, "o-", color=COLOURS["g"], markersize=3, label="generated and real images")
    axes.axhline(floor, color="grey", linewidth=0.8, linestyle=":", label="two sets of real images")
    axes.set(xlabel="epoch", ylabel="Fréchet distance", yscale="log")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    save_figure(path, figure)


def save_step_curves(path: Path, curves: dict[str, np.ndarray], what: str) -> None:
    """Write a PNG of curves by name, each with one positive value per step; `what` is the label of the y axis."""
    figure = Figure(figsize=(8, 3.5), layout="constrained")
    axes = figure.subplots()
    for name, values in curves.items():
        if values.any():  # a term of weight 0 is not drawn
            axes.plot(np.arange(1, len(values) + 1), values, linewidth=1.6, label=name)
    axes.set(xlabel="iteration", ylabel=what, yscale="log")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    save_figure(path, figure)


def _curve(axes: Axes, metrics: dict[str, np.ndarray], name: str, label: str, colour: str) -> None:
    """Plot a metric over the step: pale as it is, solid as a running mean over 2 % of the steps."""
    step, values = metrics["step"], metrics[name]
    window = max(1, len(values) // 50)
    axes.plot(step, values, color=colour, alpha=0.2, linewidth=0.6)
    mean = np.convolve(values, np.full(window, 1 / window), mode="valid")
    axes.plot(step[window - 1 :], mean, color=colour, linewidth=1.6, label=label)

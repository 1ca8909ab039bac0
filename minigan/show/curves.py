"""Curves of a training run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from .colours import BLUE, RED
from .images import save_figure

COLOURS = {"d": BLUE, "g": RED}  # discriminator, generator: the same in every picture


def training_curves(
    metrics: dict[str, np.ndarray], scores: Sequence[tuple[int, float]] = (), floor: float = 0.0, caption: str = ""
) -> Figure:
    """Plots over the training step, and a caption under them.

    They are, from above: the Fréchet distance, if there are `scores`; the losses; D's mean probability of "real" for
    real and generated images; and, where `metrics` have them, the norms of the gradients and how different G's images
    are from each other.  The pale curves are the values, the solid ones their running means.  `scores` are pairs
    (epoch, Fréchet distance), `floor` is the distance between two sets of real images.  `metrics` are arrays (steps,)
    by name, see `minigan.gan.read_metrics`.
    """
    rows = 2 + bool(scores) + 2 * ("variety" in metrics)
    figure = Figure(figsize=(8, 0.8 + 1.9 * rows), layout="constrained")
    axes = list(figure.subplots(rows, 1, sharex=True))
    axes[-1].set(xlabel="training step")
    if scores:
        _scores(axes.pop(0), metrics, scores, floor)
    losses, probabilities, *others = axes
    _curve(losses, metrics, "d_loss", "D loss", COLOURS["d"])
    _curve(losses, metrics, "g_loss", "G loss", COLOURS["g"])
    _curve(probabilities, metrics, "d_real", "D(x), real images", COLOURS["d"])
    _curve(probabilities, metrics, "d_fake", "D(G(z)), generated images", COLOURS["g"])
    lowest = min(metrics["d_loss"].min(initial=0), metrics["g_loss"].min(initial=0))
    losses.set(ylabel="loss", ylim=(0, None) if lowest >= 0 else None)  # some losses are negative
    probabilities.set(ylabel="mean probability\nof “real”", ylim=(0, 1))
    probabilities.axhline(0.5, color="grey", linewidth=0.8, linestyle=":")  # a D that only guesses
    if others:
        gradients, variety = others
        _curve(gradients, metrics, "d_grad", "D", COLOURS["d"])
        _curve(gradients, metrics, "g_grad", "G", COLOURS["g"])
        gradients.set(ylabel="norm of\nthe gradient")
        _logarithmic(gradients, metrics["d_grad"])
        _curve(variety, metrics, "variety", "generated images", COLOURS["g"])
        variety.axhline(1, color="grey", linewidth=0.8, linestyle=":")
        variety.set(ylabel="variety\n(real images: 1)", ylim=(0, None))
    for ax in (ax for ax in axes if ax.get_legend_handles_labels()[0]):
        ax.legend(loc="lower right", bbox_to_anchor=(1, 0.97), frameon=False, ncols=2)
    for ax in figure.axes:
        ax.spines[["top", "right"]].set_visible(False)
    figure.supxlabel(caption, fontsize="medium", wrap=True)
    return figure


def save_training_curves(path: Path, *arguments: Any) -> None:
    """Write `training_curves` of these arguments as a PNG.  Raises OSError if the file cannot be written."""
    save_figure(path, training_curves(*arguments))


def _scores(axes: Axes, metrics: dict[str, np.ndarray], scores: Sequence[tuple[int, float]], floor: float) -> None:
    """Plot Fréchet distances, each at the last step of its epoch."""
    epochs, distances = (np.array(column) for column in zip(*scores))
    known = np.isin(epochs, metrics["epoch"])  # not those whose metrics were lost
    epochs, distances = epochs[known], distances[known]
    last = np.searchsorted(metrics["epoch"], epochs, side="right") - 1
    axes.plot(metrics["step"][last], distances, "o-", color=COLOURS["g"], markersize=3, label="generated, and real")
    axes.axhline(floor, color="grey", linewidth=0.8, linestyle=":", label="real, and other real images")
    axes.set(ylabel="Fréchet distance")
    _logarithmic(axes, distances)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 0.97), frameon=False, ncols=2)


def save_step_curves(path: Path, curves: dict[str, np.ndarray], what: str) -> None:
    """Write a PNG of curves by name, each with one positive value per step; `what` is the label of the y axis.

    Raises OSError if the file cannot be written.
    """
    figure = Figure(figsize=(8, 3.5), layout="constrained")
    axes = figure.subplots()
    for name, values in curves.items():
        if values.any():  # a term of weight 0 is not drawn
            axes.plot(np.arange(1, len(values) + 1), values, linewidth=1.6, label=name)
    axes.set(xlabel="iteration", ylabel=what, yscale="log")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    save_figure(path, figure)


def _logarithmic(axes: Axes, values: np.ndarray) -> None:
    """Make the y axis logarithmic, with numbers such as 0.5 and 20 beside it; with fewer if the values differ much."""
    positive = values[values > 0]
    near = not len(positive) or positive.max() < 1000 * positive.min()
    axes.set(yscale="log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if near else (1,), numticks=20 if near else 7))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _curve(axes: Axes, metrics: dict[str, np.ndarray], name: str, label: str, colour: str) -> None:
    """Plot a metric over the step: pale as it is, solid as a running mean over 2 % of the steps."""
    known = metrics[name] >= 0 if name == "g_grad" else slice(None)  # below 0 where G waits
    step, values = metrics["step"][known], metrics[name][known]
    if not len(values):
        return
    window = max(1, len(values) // 50)
    axes.plot(step, values, color=colour, alpha=0.2, linewidth=0.6)
    mean = np.convolve(values, np.full(window, 1 / window), mode="valid")
    axes.plot(step[window - 1 :], mean, color=colour, linewidth=1.6, label=label)

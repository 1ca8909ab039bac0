"""Charts of experiment results."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ..show import save_figure
from ..show.curves import COLOURS


def turn_chart(
    strengths: np.ndarray, names: Sequence[str], probabilities: np.ndarray, concept: str, control: np.ndarray
) -> Figure:
    """A line chart of mean probabilities (strengths, names) against strengths, with the concept's line highlighted.

    `control` (strengths,) is the concept's probability along random directions, a dotted line.  Raises ValueError if
    the shapes do not fit.
    """
    if probabilities.shape != (len(strengths), len(names)) or control.shape != (len(strengths),):
        raise ValueError(
            f"expected probabilities of shape ({len(strengths)}, {len(names)}) and controls of shape "
            f"({len(strengths)},), "
            f"got {probabilities.shape} and {control.shape}"
        )
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    for name, values in zip(names, probabilities.T):
        if name != concept:
            axes.plot(strengths, values, color="silver", linewidth=1.2)
    heights = spread(probabilities[-1], gap=0.043)
    for name, height in zip(names, heights):
        colour = COLOURS["g"] if name == concept else "grey"
        end, offset = (strengths[-1], height), (6, 0)
        axes.annotate(name, end, offset, textcoords="offset points", va="center", fontsize=9, color=colour)
    axes.plot(strengths, control, color="dimgrey", linewidth=1.2, linestyle=":", label=f"{concept}, random directions")
    turned = probabilities[:, list(names).index(concept)]
    axes.plot(strengths, turned, "o-", color=COLOURS["g"], linewidth=2.5, label=f"{concept}, this direction")
    axes.set(xlabel="how far z is moved", ylabel="mean probability, says the judge", ylim=(-0.03, 1.03))
    axes.legend(loc="upper left", frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def save_turn_chart(
    path: Path,
    strengths: np.ndarray,
    names: Sequence[str],
    probabilities: np.ndarray,
    concept: str,
    control: np.ndarray,
) -> None:
    """Write `turn_chart` as a PNG."""
    save_figure(path, turn_chart(strengths, names, probabilities, concept, control))


def spread(values: np.ndarray, gap: float) -> np.ndarray:
    """Label positions near the values, which are at most 1: in the same order, at least `gap` apart, and at most 1."""
    heights = np.array(values, np.float64)
    order = heights.argsort(kind="stable")
    for lower, upper in pairwise(order):
        heights[upper] = max(heights[upper], heights[lower] + gap)
    ceiling = 1.0
    for i in order[::-1]:
        heights[i] = min(heights[i], ceiling)
        ceiling = heights[i] - gap
    return heights

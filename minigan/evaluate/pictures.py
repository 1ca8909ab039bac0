"""Pictures and charts of evaluation results."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ..show import image_grid, save_figure
from ..show.curves import COLOURS

MOST_BARS = 40  # names in a bar chart


def neighbour_picture(samples: np.ndarray, nearest: np.ndarray, count: int = 24) -> np.ndarray:
    """A grid of the first `count` pairs of a sample (left) and its nearest training image (right), up to four per row.

    Both are uint8 (N, H, W, C), in the same order; the picture is uint8 (height, width, 3).  Raises ValueError if
    their shapes differ.
    """
    if samples.shape != nearest.shape:
        raise ValueError(f"expected a training image for each sample, got shapes {samples.shape} and {nearest.shape}")
    pairs = np.concatenate([samples[:count], nearest[:count]], axis=2)
    return image_grid(pairs, columns=min(4, len(pairs)))


def shares_chart(
    names: Sequence[str], real: Sequence[float] | np.ndarray, fake: Sequence[float] | np.ndarray, expected: str
) -> Figure:
    """A bar chart with two bars per class or attribute: its share, 0 … 1, of the real and of the generated images.

    `expected` is the title: how the bars should look for a good generator.  Raises ValueError unless there are two
    shares per name.
    """
    if not len(names) == len(real) == len(fake) > 0:
        raise ValueError(f"expected two shares for each name, got {len(names)} names, {len(real)} and {len(fake)}")
    figure = Figure(figsize=(8, 1.1 + 0.45 * len(names)), layout="constrained")
    axes = figure.subplots()
    positions, height = np.arange(len(names)), 0.38
    for shares, side, label, colour in (
        (real, -0.5, "real images", COLOURS["d"]),
        (fake, 0.5, "generated images", COLOURS["g"]),
    ):
        percent = 100.0 * np.asarray(shares)
        bars = axes.barh(positions + side * height, percent, height, color=colour, label=label)
        axes.bar_label(bars, [f"{value:.1f}" for value in percent], padding=3, fontsize=8, color="dimgrey")
    axes.margins(x=0.08)  # space for the bar labels
    axes.set_yticks(positions, names)
    axes.set(ylim=(len(names) - 0.4, -0.6), xlabel="share of the images, %")  # the first name at the top
    axes.set_title(expected, loc="left", fontsize=10, color="dimgrey")
    figure.legend(loc="outside upper right", frameon=False, ncols=2)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def save_shares(
    path: Path,
    names: Sequence[str],
    real: Sequence[float] | np.ndarray,
    fake: Sequence[float] | np.ndarray,
    expected: str,
) -> None:
    """Write `shares_chart` or, with more names than have space there, `sorted_shares_chart`, as a PNG.

    Raises ValueError as `shares_chart` does, OSError if the file cannot be written.
    """
    many = len(names) > MOST_BARS
    save_figure(path, sorted_shares_chart(real, fake) if many else shares_chart(names, real, fake, expected))


def sorted_shares_chart(real: Sequence[float] | np.ndarray, fake: Sequence[float] | np.ndarray) -> Figure:
    """Two curves: the shares of all classes, 0 … 1, of the real and of the generated images, the largest first."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    for shares, label, colour in ((real, "real images", COLOURS["d"]), (fake, "generated images", COLOURS["g"])):
        percent = 100.0 * np.sort(shares)[::-1]
        missing = np.count_nonzero(percent == 0)
        axes.step(
            np.arange(1, len(percent) + 1), percent, color=colour, where="mid", label=f"{label}, {missing} missing"
        )
    axes.set(xlabel="classes, the most frequent first", ylabel="share of the images, %", ylim=(0, None))
    axes.set_title("For a good generator, both curves are alike", loc="left", fontsize=10, color="dimgrey")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure

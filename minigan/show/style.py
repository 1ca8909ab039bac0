"""One plain style for all plots, with a white background, so that they are readable on dark pages too."""

import numpy as np
from cycler import cycler
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from .colours import BLUE, FAINT, INK, PALE, RED

COLOURS = (BLUE, RED, "#e09f1f", "#5b8e7d", "#7d5a8c", PALE)


def calm() -> None:
    """Use this style for all matplotlib figures made after this call; its colours are those of the stepper."""
    rcParams.update(
        {
            "figure.dpi": 72,
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "axes.prop_cycle": cycler(color=COLOURS),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": PALE,
            "axes.titlesize": 11,
            "axes.titlecolor": INK,
            "axes.labelcolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "legend.frameon": False,
            "image.interpolation": "nearest",
            "lines.linewidth": 1.8,
        }
    )


def pixels(axes: Axes, plane: np.ndarray, title: str = "", limit: float | None = None) -> None:
    """Draw an array (H, W) as an image: white is zero, blue positive, red negative.

    The colour is full at `limit`; by default the largest magnitude in the array.
    """
    colours = LinearSegmentedColormap.from_list("calm", [RED, "#ffffff", BLUE])
    limit = limit or float(abs(plane).max()) or 1.0
    axes.imshow(plane, cmap=colours, vmin=-limit, vmax=limit)
    axes.set(xticks=[], yticks=[], title=title)
    axes.spines[:].set(visible=True, color=FAINT)

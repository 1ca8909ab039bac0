"""One calm style for all plots: on white paper of their own, so that they read in print and on a dark page."""

from cycler import cycler
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from .colours import BLUE, FAINT, INK, PALE, RED

COLOURS = (BLUE, RED, "#e09f1f", "#5b8e7d", "#7d5a8c", PALE)


def calm() -> None:
    """Let every matplotlib figure from here on look like the pictures of the stepper and the window."""
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


def pixels(axes: Axes, plane, title: str = "", limit: float | None = None) -> None:
    """A 2-D array as an image: white at zero, blue above, red below, full colour at `limit` (its largest magnitude)."""
    colours = LinearSegmentedColormap.from_list("calm", [RED, "#ffffff", BLUE])
    limit = limit or float(abs(plane).max()) or 1.0
    axes.imshow(plane, cmap=colours, vmin=-limit, vmax=limit)
    axes.set(xticks=[], yticks=[], title=title)
    axes.spines[:].set(visible=True, color=FAINT)

"""The pictures of docs/speed.md: the order of pixels in memory, and page faults."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

IMAGES = ("#2a6f97", "#d1495b", "#edae49")  # a colour for each image of the batch


def draw_layout(path: Path, gain: float) -> None:
    """Three images of 2×3 pixels in memory, in both orders; what a shift by one pixel reads in row 0 is highlighted."""
    figure = Figure(figsize=(9, 2.2), layout="constrained")
    orders = {
        "(N, H, W, C): what a shift by one pixel moves (solid) lies in short runs": (0, 1, 2),
        "(H, W, N, C): it lies in one long run": (1, 2, 0),
    }
    for axes, (title, order) in zip(figure.subplots(2, 1), orders.items()):
        n, h, w = (a.transpose(order).ravel() for a in np.indices((3, 2, 3)))
        for position, (image, row, column) in enumerate(zip(n, h, w)):
            shifted = row == 0 and column > 0
            axes.add_patch(_cell(position, IMAGES[image], 1.0 if shifted else 0.3))
            colour = "white" if shifted else "black"
            axes.text(position + 0.5, 0.5, f"{row},{column}", ha="center", va="center", fontsize=9, color=colour)
        axes.set(xlim=(0, len(n)), ylim=(0, 1), title=title, yticks=[], xticks=[])
        axes.set_aspect("equal")
        axes.spines[:].set_visible(False)
    figure.suptitle(
        f"Pixels (row, column) in the order of memory, a colour an image; additions ×{gain:.1f} as fast below"
    )
    figure.savefig(path, dpi=110)


def _cell(position: int, colour: str, alpha: float) -> Rectangle:
    return Rectangle((position, 0), 0.94, 1, color=colour, alpha=alpha, linewidth=0)


def draw_faults(path: Path, faults: dict[str, tuple[float, float, float]]) -> None:
    """Page faults per training step; `faults` has (with plain malloc, with freed memory kept, speed-up) by net."""
    figure = Figure(figsize=(10, 2.4), layout="constrained")
    for axes, (net, (before, after, gain)) in zip(figure.subplots(1, len(faults)), faults.items()):
        bars = axes.barh(["freed memory kept", "as usual"], [after, before], color=["#2a6f97", "#d1495b"])
        axes.bar_label(bars, fmt="%d", padding=3)
        axes.set(title=f"{net}: {gain:.1f}× as fast", xlabel="page faults per step", xticks=[])
        axes.margins(x=0.2)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)

"""Pictures: grids, labelled sheets, curves, GIFs.  The packages that this one builds on do not import matplotlib."""

from .curves import save_step_curves, save_training_curves, training_curves
from .images import image_grid, load_picture, save_figure, save_gif, save_png
from .sheets import save_sheet, sheet
from .style import calm, pixels

__all__ = [
    "calm",
    "image_grid",
    "load_picture",
    "pixels",
    "save_figure",
    "save_gif",
    "save_png",
    "save_sheet",
    "save_step_curves",
    "save_training_curves",
    "sheet",
    "training_curves",
]

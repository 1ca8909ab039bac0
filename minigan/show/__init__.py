"""Pictures.  Nothing below this room imports matplotlib."""

from .curves import save_score_curve, save_step_curves, save_training_curves, training_curves
from .graph_picture import draw_graph
from .images import image_grid, load_picture, save_gif, save_png
from .sheets import save_sheet, sheet
from .stepper import Stepper
from .style import calm, pixels
from .window import Window

__all__ = [
    "Stepper",
    "Window",
    "calm",
    "draw_graph",
    "image_grid",
    "load_picture",
    "pixels",
    "save_gif",
    "save_png",
    "save_score_curve",
    "save_sheet",
    "save_step_curves",
    "save_training_curves",
    "sheet",
    "training_curves",
]

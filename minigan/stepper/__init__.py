"""The computation graph as pictures to step through in a notebook: the graph, its backward pass, a sliding window."""

from .graph_picture import draw_graph
from .stepper import Stepper
from .window import Window

__all__ = ["Stepper", "Window", "draw_graph"]

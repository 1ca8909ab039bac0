"""A sequence of pictures in a notebook: buttons and a slider with a kernel, one still picture without."""

from collections.abc import Callable, Collection
from typing import Any

from ..errors import import_optional
from .svg import Svg


class Player:
    """Base class of objects that show pictures 0 to `last`, one at a time.

    A notebook gets two versions: with a kernel and ipywidgets, Jupyter shows the controls; a printed page or a code
    host such as GitHub shows the still picture.
    """

    last: int
    position: int = 0

    def frame(self, position: int) -> Svg:
        """Picture number `position`."""
        raise NotImplementedError

    def still(self) -> Svg:
        """All of it in one picture."""
        raise NotImplementedError

    def controls(self) -> Any:
        """Buttons, a slider and the picture: an ipywidgets widget.  Raises BadInput if ipywidgets is not installed."""

        def show(position: int) -> str:
            picture = str(self.frame(position))
            self.position = position
            return picture

        return _controls(show, self.position, self.last)

    def _repr_mimebundle_(self, include: Collection[str] | None = None, exclude: Collection[str] | None = None) -> dict:
        bundle = {"image/svg+xml": str(self.still()), "text/plain": repr(self)}
        return {**bundle, **self.controls()._repr_mimebundle_()} if _is_interactive() else bundle


def _is_interactive() -> bool:
    """Whether this runs in a Jupyter kernel and ipywidgets is installed."""
    try:
        import ipywidgets  # noqa: F401
        from IPython import get_ipython
    except ImportError:
        return False
    return getattr(get_ipython(), "kernel", None) is not None


def _controls(show: Callable[[int], str], start: int, last: int) -> Any:
    """A picture with a slider from 0 to `last`, and the buttons first, previous, next and last."""
    widgets = import_optional("ipywidgets", "notebooks", "stepping with buttons and a slider")
    slider = widgets.IntSlider(start, 0, last, description="picture", readout_format="d")
    picture = widgets.HTML(show(start))
    slider.observe(lambda change: setattr(picture, "value", show(change["new"])), names="value")

    def button(label: str, tooltip: str, target: Callable[[], int]) -> Any:
        widget = widgets.Button(description=label, tooltip=tooltip, layout=widgets.Layout(width="auto"))
        widget.on_click(lambda _: setattr(slider, "value", target()))  # the slider clips its value to its limits
        return widget

    row = [
        button("first", "first picture", lambda: 0),
        button("◀ previous", "previous picture", lambda: slider.value - 1),
        button("next ▶", "next picture", lambda: slider.value + 1),
        button("last", "last picture", lambda: last),
    ]
    return widgets.VBox([widgets.HBox([*row, slider]), picture])

"""Leafing through pictures: buttons and a slider where a kernel runs, a still picture where none does."""

from collections.abc import Callable

from ..errors import need
from .svg import Svg


class Leafed:
    """Something that has pictures 0 to `last`, and a still one for where nothing can be pressed.

    In a notebook it shows both: Jupyter takes the controls if it has a kernel and ipywidgets, a code host or a printed
    page takes the picture.
    """

    last: int
    position: int = 0

    def frame(self, position: int) -> Svg:
        """Picture number `position`."""
        raise NotImplementedError

    def still(self) -> Svg:
        """The same on one page."""
        raise NotImplementedError

    def controls(self):
        """Buttons, a slider and the picture: an ipywidgets widget.  Raises BadInput where ipywidgets is missing."""

        def show(position: int) -> str:
            picture = str(self.frame(position))
            self.position = position
            return picture

        return _player(show, self.position, self.last)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        bundle = {"image/svg+xml": str(self.still()), "text/plain": repr(self)}
        return {**bundle, **self.controls()._repr_mimebundle_()} if _live() else bundle


def _live() -> bool:
    """Whether there is a Jupyter kernel to press buttons in, and ipywidgets to make them."""
    try:
        import ipywidgets  # noqa: F401
        from IPython import get_ipython
    except ImportError:
        return False
    return getattr(get_ipython(), "kernel", None) is not None


def _player(show: Callable[[int], str], start: int, last: int):
    """A picture with a slider from 0 to `last`, and a button each for first, previous, next and last."""
    widgets = need("ipywidgets", "notebooks", "leafing by buttons and sliders")
    slider = widgets.IntSlider(start, 0, last, description="picture", readout_format="d")
    picture = widgets.HTML(show(start))
    slider.observe(lambda change: setattr(picture, "value", show(change["new"])), names="value")

    def button(label: str, hint: str, target: Callable[[], int]):
        made = widgets.Button(description=label, tooltip=hint, layout=widgets.Layout(width="auto"))
        made.on_click(lambda _: setattr(slider, "value", target()))  # the slider stays within its limits by itself
        return made

    row = [
        button("first", "first picture", lambda: 0),
        button("◀ previous", "previous picture", lambda: slider.value - 1),
        button("next ▶", "next picture", lambda: slider.value + 1),
        button("last", "last picture", lambda: last),
    ]
    return widgets.VBox([widgets.HBox([*row, slider]), picture])

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

    def choices(self) -> dict[str, tuple[int, int]]:
        """What can be chosen in every picture: whole numbers by name, each with its present value and its largest."""
        return {}

    def choose(self, name: str, value: int) -> None:
        """Choose one of `choices`."""
        raise NotImplementedError

    def controls(self) -> Any:
        """Buttons, sliders and the picture: an ipywidgets widget.  Raises BadInput if ipywidgets is not installed."""
        return _controls(self)

    def show(self, position: int) -> str:
        """Go to picture number `position`; returns it as SVG."""
        picture = str(self.frame(position))
        self.position = position
        return picture

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


def _controls(player: Player) -> Any:
    """The picture, a slider with the buttons first, previous, next and last, and a slider for each of the choices."""
    widgets = import_optional("ipywidgets", "notebooks", "stepping with buttons and a slider")
    slider = widgets.IntSlider(player.position, 0, player.last, description="picture", readout_format="d")
    picture = widgets.HTML(player.show(player.position))
    slider.observe(lambda change: setattr(picture, "value", player.show(change["new"])), names="value")

    def button(label: str, tooltip: str, target: Callable[[], int]) -> Any:
        widget = widgets.Button(description=label, tooltip=tooltip, layout=widgets.Layout(width="auto"))
        widget.on_click(lambda _: setattr(slider, "value", target()))  # the slider clips its value to its limits
        return widget

    def chooser(name: str, value: int, largest: int) -> Any:
        def choose(change: dict) -> None:
            player.choose(name, change["new"])
            picture.value = player.show(slider.value)

        widget = widgets.IntSlider(value, 0, largest, description=name.replace("_", " "), readout_format="d")
        widget.observe(choose, names="value")
        return widget

    row = [
        button("first", "first picture", lambda: 0),
        button("◀ previous", "previous picture", lambda: slider.value - 1),
        button("next ▶", "next picture", lambda: slider.value + 1),
        button("last", "last picture", lambda: player.last),
    ]
    rows = [widgets.HBox([*row, slider])]
    if choosers := [chooser(name, value, largest) for name, (value, largest) in player.choices().items()]:
        rows.append(widgets.HBox(choosers, layout=widgets.Layout(flex_flow="row wrap")))
    return widgets.VBox([*rows, picture])

"""The player: a still picture without a kernel; buttons and a slider with one."""

import sys

import numpy as np
import pytest

from minigan.stepper import Window, player

WINDOW = np.arange(9.0).reshape(3, 3), np.ones((2, 2))


def test_without_a_kernel_there_is_a_still_picture():
    window = Window(*WINDOW)
    bundle = window._repr_mimebundle_()
    assert bundle == {"image/svg+xml": str(window.still()), "text/plain": repr(window)}


def test_without_ipywidgets_the_error_says_how_to_get_them(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert not player._is_interactive()
    with pytest.raises(ValueError, match=r"pip install 'minigan\[notebooks\]'"):
        Window(*WINDOW).controls()


def test_buttons_and_slider_change_the_picture():
    """Each button goes to its picture, none beyond the ends, and the picture is that of the position."""
    pytest.importorskip("ipywidgets", reason="needs the notebooks extra: pip install '.[notebooks]'")
    window = Window(*WINDOW)
    row, picture = window.controls().children
    first, back, forward, last, slider = row.children
    for button, position in [(back, 0), (forward, 1), (forward, 2), (back, 1), (last, 3), (forward, 3), (first, 0)]:
        button.click()
        assert (slider.value, picture.value, window.position) == (position, str(window.frame(position)), position)
    slider.value = 2
    assert picture.value == str(window.frame(2))
    assert window.controls().children[0].children[-1].value == 2  # shown again, it is at the same picture


def test_with_a_kernel_there_are_both(monkeypatch):
    """Jupyter shows the widget, and a viewer without a kernel the picture."""
    pytest.importorskip("ipywidgets", reason="needs the notebooks extra: pip install '.[notebooks]'")
    monkeypatch.setattr(player, "_is_interactive", lambda: True)
    bundle = Window(*WINDOW)._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg")
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]

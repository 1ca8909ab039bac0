"""In JupyterLab, a user presses the stepper's buttons and moves the window's slider, and the picture changes.

Needs the extra `browser` and a Chromium; skipped where either is missing.
"""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.support import ROOT
from tests.support.browser import CHROMIUM, QUIET, needs_chromium

sync_api = pytest.importorskip("playwright.sync_api", reason="needs the browser extra: pip install '.[browser]'")
for package in ("jupyterlab", "ipywidgets", "nbformat"):
    pytest.importorskip(package, reason="needs the browser extra: pip install '.[browser]'")
pytestmark = needs_chromium

TIMEOUT = 120_000  # milliseconds: on a busy machine the first kernel starts slowly

STEPPER = """
import numpy as np
from minigan import Tensor, ops, stepper
a = Tensor(np.array(2.0), requires_grad=True)
b = Tensor(np.array(3.0), requires_grad=True)
loss = ops.tanh(a * b - 5.5) * a
stepper.Stepper(loss, a=a, b=b)
"""
WINDOW = "stepper.Window(np.arange(9).reshape(3, 3), np.ones((2, 2)))"
GRADIENT = "print('gradient', a.grad)"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """JupyterLab with a notebook of three cells open; none of them has run yet."""
    import nbformat

    folder = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(x.strip()) for x in (STEPPER, WINDOW, GRADIENT)]
    )
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "course.ipynb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = [
        "--no-browser",
        "--allow-root",
        "--ServerApp.token=",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_DIR": str(folder / "config")}
    environment |= {"JUPYTER_DATA_DIR": str(folder / "data"), "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    with open(folder / "server.log", "w") as log:
        command = [sys.executable, "-m", "jupyterlab", *options, f"--ServerApp.root_dir={folder}"]
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/api", server)
        with sync_api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            page = browser.new_page(viewport={"width": 1400, "height": 1500})
            page.set_default_timeout(TIMEOUT)
            page.goto(f"http://127.0.0.1:{port}/lab/tree/course.ipynb")
            page.locator(".jp-Notebook .jp-CodeCell").nth(2).wait_for()
            page.get_by_role("button", name="| Idle").wait_for()  # until the kernel is idle, Shift-Enter runs nothing
            yield page
            browser.close()
    finally:
        server.terminate()
        try:
            server.wait(timeout=60)
        except subprocess.TimeoutExpired:
            server.kill()


def wait_for(address: str, server: subprocess.Popen) -> None:
    """Wait until the server answers."""
    for _ in range(TIMEOUT // 500):
        assert server.poll() is None, "the server has ended"
        try:
            urllib.request.urlopen(address)
            return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(f"no answer from {address}")


def run_cell(page, cell: int) -> None:
    """Run a cell with Shift-Enter."""
    page.locator(".jp-Notebook .jp-CodeCell").nth(cell).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")


def output(page, cell: int):
    return page.locator(".jp-Notebook .jp-CodeCell").nth(cell).locator(".jp-OutputArea")


def expect_text(page, cell: int, text: str) -> None:
    sync_api.expect(output(page, cell).locator("svg").filter(has_text=text).first).to_be_visible(timeout=TIMEOUT)


def test_the_steppers_buttons(page):
    """Next, next, previous, last, first: each shows its step; no step is taken before it is shown."""
    run_cell(page, 0)
    expect_text(page, 0, "The backward pass begins at the bottom.")
    buttons = {name: output(page, 0).get_by_role("button", name=name) for name in ("next", "previous", "first", "last")}
    pictures = [output(page, 0).locator("svg").first.inner_html()]
    for name, text in [
        ("next", "Step 1 of 4: Multiply"),
        ("next", "Step 2 of 4: Tanh"),
        ("previous", "Step 1 of 4: Multiply"),
    ]:
        buttons[name].click()
        expect_text(page, 0, text)
        pictures.append(output(page, 0).locator("svg").first.inner_html())
    assert pictures[3] == pictures[1] != pictures[2]
    assert len(set(pictures)) == 3
    run_cell(page, 2)
    # One of the two summands: the other is added in the last step.
    sync_api.expect(output(page, 2)).to_contain_text("gradient Tensor(0.4621", timeout=TIMEOUT)
    buttons["last"].click()
    expect_text(page, 0, "Step 4 of 4: Multiply")
    run_cell(page, 2)
    sync_api.expect(output(page, 2)).to_contain_text("gradient Tensor(5.1808", timeout=TIMEOUT)
    buttons["first"].click()
    expect_text(page, 0, "The backward pass begins at the bottom.")


def test_the_windows_slider(page):
    """Move it by keyboard and by mouse: the frame moves, and the sum is that of the new position."""
    run_cell(page, 1)
    expect_text(page, 1, "output[0, 0] is computed at position 1 of 4")
    handle = output(page, 1).locator(".noUi-handle")
    before = frame_corner(page)
    handle.focus()
    page.keyboard.press("ArrowRight")
    expect_text(page, 1, "1·1 + 2·1 + 4·1 + 5·1 = 12")
    after = frame_corner(page)
    assert after[0] > before[0]
    assert after[1] == before[1]
    track = output(page, 1).locator(".noUi-target").bounding_box()
    grip = handle.bounding_box()
    page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    page.mouse.down()
    page.mouse.move(track["x"] + track["width"] + 20, grip["y"] + grip["height"] / 2, steps=8)
    page.mouse.up()
    expect_text(page, 1, "output[1, 1] is computed at position 4 of 4")
    assert frame_corner(page)[1] > before[1]


def frame_corner(page) -> tuple[float, float]:
    """The top left corner of the frame around the window."""
    shapes = output(page, 1).locator("svg").first.inner_html()
    x, y = re.search(r'<rect x="([\d.]+)" y="([\d.]+)"[^>]*stroke="#e09f1f"', shapes).groups()
    return float(x), float(y)

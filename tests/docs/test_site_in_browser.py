"""The site in a browser: wide and narrow, light and dark, nothing sticks out or is missing; the search works.

Needs the extras `docs` and `browser`, and a Chromium; skipped where one is missing.
"""

import functools
import http.server
import threading

import pytest

from tests.docs.test_site import BUILT, site  # noqa: F401  (a fixture)
from tests.support.browser import CHROMIUM, QUIET, needs_chromium

sync_api = pytest.importorskip("playwright.sync_api", reason="needs the browser extra: pip install '.[browser]'")
pytestmark = [
    pytest.mark.site,
    needs_chromium,
]
SIZES = {"wide": (1400, 1000), "narrow": (390, 800)}


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Print nothing."""


@pytest.fixture(scope="module")
def address(site):  # noqa: F811
    handler = functools.partial(Handler, directory=str(BUILT))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page(address, browser, size, scheme):
    """Nothing is wider than the window, no picture is missing, nothing is asked of another host."""
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    asked, failed = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: failed.append(request.url))
    for path in sorted(BUILT.rglob("*.html")):
        if "_modules" in path.parts or "_static" in path.parts:
            continue
        page.goto(address + path.relative_to(BUILT).as_posix(), wait_until="load")
        name = path.relative_to(BUILT)
        sticking_out = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert sticking_out <= 0, name
        assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)"), name
        assert page.evaluate("document.documentElement.dataset.theme") == scheme, name
    assert not failed
    assert all(url.startswith((address, "data:")) for url in asked)
    page.close()


def test_formulas_are_set(address, browser):
    page = browser.new_page()
    page.goto(address + "notebooks/04_convolution.html")
    page.locator("mjx-container").first.wait_for()
    assert page.locator("mjx-container").count() > 20
    assert page.locator("mjx-merror").count() == 0
    page.close()


def test_the_search_finds_a_function(address, browser):
    """Typed into the search box, with its name in the result that comes first."""
    page = browser.new_page()
    page.goto(address + "index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("conv_transpose2d")
    page.keyboard.press("Enter")
    first = page.locator("#search-results li a").first
    first.wait_for()
    assert "conv_transpose2d" in first.inner_text()
    first.click()
    page.wait_for_url("**/api/ops.html#*")
    page.close()

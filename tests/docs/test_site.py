"""The documentation site: it is built without a warning, every link inside it leads somewhere, and it needs no network.

`pytest -m site` builds it, or checks the one in docs/_build if there is one; needs the extra `docs`.
"""

import subprocess
import sys
import zlib
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from tests.support import ROOT

pytest.importorskip("sphinx", reason="needs the docs extra: pip install '.[docs]'")
pytestmark = pytest.mark.site
BUILT = ROOT / "docs" / "_build"
GENERATED = ("search.html", "genindex.html", "py-modindex.html")
PACKAGES = ("minigan", "ops", "nn", "optim", "data", "gan", "evaluate", "show", "stepper")


class Page(HTMLParser):
    """What a page links to, what it loads, and the names that links can point at."""

    def __init__(self, path: Path):
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.names: set[str] = set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.names |= {found[key] for key in ("id", "name") if found.get(key)}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        self.loads += [found[key] for key in ("src", "href") if tag not in ("a", "base") and found.get(key)]


@pytest.fixture(scope="module")
def site() -> Path:
    if not (BUILT / "index.html").exists():
        command = [sys.executable, "-m", "sphinx", "-q", "-W", "docs", str(BUILT)]
        subprocess.run(command, cwd=ROOT, check=True)
    return BUILT


@pytest.fixture(scope="module")
def pages(site) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html") if "_static" not in path.parts}


def test_every_link_inside_leads_somewhere(site, pages):
    broken, checked = [], 0
    for path, page in pages.items():
        for link in page.links:
            address, name = urldefrag(link)
            if "://" in address or address.startswith("mailto:"):
                continue
            target = (path.parent / unquote(address)).resolve() if address else path
            checked += 1
            names = name and target.suffix == ".html" and target.name not in GENERATED
            if not target.exists() or (names and unquote(name) not in pages[target].names):
                broken.append((path.relative_to(site), link))
    assert checked > 5_000
    assert not broken


def test_nothing_is_loaded_over_the_network(site, pages):
    for path, page in pages.items():
        for address in page.loads:
            assert "://" not in address or address.startswith("data:"), (path, address)
            if not address.startswith("data:"):
                assert (path.parent / unquote(urldefrag(address)[0].split("?")[0])).exists(), (path, address)


def test_every_public_name_is_in_the_reference(site):
    inventory = (site / "objects.inv").read_bytes().split(b"\n", 4)[4]
    known = {line.split(" ")[0] for line in zlib.decompress(inventory).decode().splitlines()}
    missing = []
    for package in PACKAGES:
        module = import_module("minigan" if package == "minigan" else f"minigan.{package}")
        for name in module.__all__:
            thing = getattr(module, name)
            owner = getattr(thing, "__module__", "")
            if callable(thing) and f"{module.__name__}.{name}" not in known and f"{owner}.{name}" not in known:
                missing.append(f"{module.__name__}.{name}")
    assert not missing


def test_all_notebooks_and_pages_are_there(site):
    for folder, place in (("notebooks", "notebooks"), ("minigan/course/notebooks", "course/notebooks")):
        for path in (ROOT / folder).glob("*.ipynb"):
            assert (site / place / f"{path.stem}.html").exists()
    for path in (ROOT / "docs").rglob("*.md"):
        if "_build" not in path.parts:
            assert (site / path.relative_to(ROOT / "docs").with_suffix(".html")).exists()


def test_the_options_are_those_of_the_parsers(site):
    """Every option of every command is on the page of the commands."""
    from minigan.commands import course, evaluate, explore, sample, train_options

    text = (site / "commands.html").read_text("utf-8")
    for module in (train_options, sample, evaluate, explore, course):
        parser = module.make_parser()
        for action in parser._actions:
            for option in set(action.option_strings) - {"-h", "--help"}:
                assert option in text, (module.__name__, option)


def test_formulas_and_sources(site):
    """MathJax lies beside the pages; lines of the source can be linked to."""
    assert (site / "_static" / "mathjax" / "tex-chtml.js").exists()
    assert 'id="L55"' in (site / "_modules" / "minigan" / "graph.html").read_text("utf-8")
    assert "conv_transpose2d" in (site / "searchindex.js").read_text("utf-8")

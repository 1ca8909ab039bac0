"""The code examples in README and docs/ print what they show, and all paths and links exist."""

import doctest
import re

import pytest

from tests.support import ROOT

README = ROOT / "README.md"
BUILD = ROOT / "docs" / "build.md"
PAGES = [README, *sorted(path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_print_what_is_shown(page):
    results = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert results.attempted > (3 if page == BUILD else -1)
    assert results.failed == 0


def test_the_op_that_is_shown_is_the_source():
    shown = re.search(r"```python\n(class .*?)\n```", BUILD.read_text("utf-8"), re.DOTALL).group(1)
    assert shown in (ROOT / "minigan" / "ops" / "activation.py").read_text("utf-8")


def paths_in(page):
    """The files that a page links to or names."""
    text = page.read_text("utf-8")
    links = [page.parent / link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("http")]
    return links + [ROOT / name for name in re.findall(r"`((?:minigan|notebooks|docs|tests)/[^`* ]*)`", text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_exists(page):
    for path in paths_in(page):
        assert path.exists(), path


def test_there_are_paths_in_most_pages():
    assert len(paths_in(README)) > 10
    assert sum(map(bool, map(paths_in, PAGES))) > 0.8 * len(PAGES)

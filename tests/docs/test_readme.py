"""The code examples in README and docs/ print what they show, and all paths and links exist."""

import doctest
import re

import pytest

from tests.support import ROOT

README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_print_what_is_shown(page):
    results = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert results.attempted > (3 if page == README else -1)
    assert results.failed == 0


def test_the_op_in_the_readme_is_the_source():
    shown = re.search(r"```python\n(class .*?)\n```", README.read_text("utf-8"), re.DOTALL).group(1)
    assert shown in (ROOT / "minigan" / "ops" / "activation.py").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_exists(page):
    text = page.read_text("utf-8")
    links = [page.parent / link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("http")]
    named = [ROOT / name for name in re.findall(r"`((?:minigan|notebooks|docs|tests)/[^`* ]*)`", text)]
    assert len(links + named) > (10 if page == README else 1)
    for path in links + named:
        assert path.exists(), path

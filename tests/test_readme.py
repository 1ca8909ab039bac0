"""What README says in code is true."""

import doctest
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_examples_print_what_they_say():
    results = doctest.testfile(str(ROOT / "README.md"), module_relative=False, encoding="utf-8")
    assert results.attempted > 3
    assert results.failed == 0


def test_the_op_that_is_shown_is_the_source():
    shown = re.search(r"```python\n(class .*?)\n```", README, re.DOTALL).group(1)
    assert shown in (ROOT / "minigan" / "ops" / "activation.py").read_text("utf-8")


def test_every_path_that_is_named_exists():
    named = re.findall(r"\]\(([^)#]+)\)|`((?:minigan|notebooks|docs|tests)/[^` ]*)`", README)
    paths = [a or b for a, b in named if not (a or b).startswith("http")]
    assert len(paths) > 10
    for path in paths:
        assert (ROOT / path).exists(), path

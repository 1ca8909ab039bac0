"""Every notebook runs from top to bottom, and can be read without running it."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest.importorskip("nbclient", reason="notebooks run with the test extra: pip install '.[test]'")
nbformat = pytest.importorskip("nbformat", reason="notebooks run with the test extra: pip install '.[test]'")

from tests.run_notebooks import LINK, LIVE, NOTEBOOKS, PAGES, definition_line, execute, relink  # noqa: E402  (needs them)

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)


@pytest.mark.notebook
@each
def test_runs(path):
    notebook = execute(path)
    assert sum(len(cell.get("outputs", [])) > 0 for cell in notebook.cells) > 5


@each
def test_is_committed_with_its_outputs(path):
    """For readers on a code host: it has outputs, none is an error or needs a kernel, and the file is small."""
    notebook = nbformat.read(path, as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert not any(output.output_type == "error" or LIVE in output.get("data", {}) for output in outputs)
    assert "widgets" not in notebook.metadata
    for output in outputs:
        if svg := output.get("data", {}).get("image/svg+xml"):
            ElementTree.fromstring(svg)
    assert path.stat().st_size < 400_000


@each
def test_links_point_at_definitions(path):
    """At the line where the name is defined; `python -m tests.run_notebooks --links` corrects them."""
    text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown")
    assert text == relink(text)
    assert text.count("](../minigan") == len(LINK.findall(text))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_of_pages_point_at_definitions(path):
    text = path.read_text("utf-8")
    assert text == relink(text)


@each
def test_questions_have_hidden_answers(path):
    """Every question has a hidden answer, and every opened tag is closed."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            count = cell.source.count("**Stop and think.**")
            assert cell.source.count("<details><summary>Answer</summary>") == count == cell.source.count("</details>")


def test_a_wrong_link_is_corrected():
    line = definition_line("backward_steps", "minigan/graph.py")
    good = f"see [`backward_steps()`](../minigan/graph.py#L{line})."
    assert relink(good.replace(f"L{line}", "L1")) == good
    with pytest.raises(ValueError, match="defines nothing_like_it on the lines"):
        relink("[`nothing_like_it`](../minigan/graph.py#L3)")


def test_there_are_notebooks():
    assert NOTEBOOKS
    assert all(isinstance(path, Path) for path in NOTEBOOKS)

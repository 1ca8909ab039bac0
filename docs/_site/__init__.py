"""What the site needs besides Sphinx' extensions: the notebooks, links into the source, docstrings in plain text."""

from typing import Any

from sphinx.application import Sphinx

from . import docstrings, pages


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.setup_extension("sphinx.ext.autodoc")  # defines the event of docstrings
    pages.copy_notebooks()
    app.connect("source-read", pages.rewrite_links)
    app.connect("build-finished", pages.number_lines)
    app.connect("autodoc-process-docstring", docstrings.to_restructured_text, priority=400)  # before numpydoc
    return {"parallel_read_safe": True}

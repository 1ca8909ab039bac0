"""The documentation site: `python -m sphinx -W docs docs/_build`, without a network."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent)]  # the package, and docs._site

import minigan  # noqa: E402

project = "minigan"
author = "the authors of minigan"
version = release = minigan.__version__
html_title = f"minigan {version}"

extensions = [
    "docs._site",  # the notebooks; links into the source; docstrings as they are written here
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinxarg.ext",
    "sphinx-mathjax-offline",
]
exclude_patterns = ["_build", "_site", "jupyter_execute", "tables", "**.ipynb_checkpoints"]  # MyST-NB writes the third
nb_execution_mode = "off"  # they are committed with their outputs, and the tests run them
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # a figure's caption may be followed by any heading
default_role = "code"
nitpicky = False  # annotations name types that have no page: arrays, iterators
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
numpydoc_show_class_members = False
toc_object_entries_show_parents = "hide"
viewcode_line_numbers = True
viewcode_follow_imported_members = True
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

if os.environ.get("MINIGAN_DOCS_ONLINE"):  # links to the pages of other projects, whose lists come over the network
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "numpy": ("https://numpy.org/doc/stable", None),
    }

html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "minigan"},
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "tango",
    "pygments_dark_style": "monokai",
    "show_toc_level": 2,
}
html_sidebars = {"index": []}

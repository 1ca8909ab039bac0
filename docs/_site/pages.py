"""The notebooks as pages of the site, and links that work both on a code host and on the site.

In the repository a page links to `../notebooks/x.ipynb` and to `../minigan/y.py#L55`. The site has copies of the
notebooks in docs/, and the source as pages of their own, _modules/minigan/y.html.
"""

import json
import os
import re
from pathlib import Path

from sphinx.application import Sphinx

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
COPIES = {ROOT / "notebooks": DOCS / "notebooks", ROOT / "minigan/course/notebooks": DOCS / "course/notebooks"}
HOST = "https://github.com/minigan/minigan/blob/main/"  # for those who have a notebook alone
LINK = re.compile(r"(?<=\]\()([^)\s#]+)(#[^)\s]*)?(?=\))")
TO_SOURCE = re.compile(r"\[([^\]]+)\]\(([^)\s#]+\.(?:py|md))(?:#(L\d+))?\)")


def copy_notebooks() -> None:
    """Copy the notebooks below docs/, where Sphinx looks for pages; what has not changed is not copied again."""
    for folder, copies in COPIES.items():
        copies.mkdir(exist_ok=True)
        for path in sorted(folder.glob("*.ipynb")):
            notebook = json.loads(path.read_text("utf-8"))
            notebook["metadata"]["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}  # knows !command
            for cell in notebook["cells"]:
                if cell["cell_type"] == "markdown":
                    text = rewrite("".join(cell["source"]), path.relative_to(ROOT), copies / path.name)
                    cell["source"] = text.splitlines(keepends=True)
            text, copy = json.dumps(notebook, ensure_ascii=False, indent=1), copies / path.name
            if not copy.exists() or copy.read_text("utf-8") != text:
                copy.write_text(text, "utf-8")
        for old in set(copies.glob("*.ipynb")) - {copies / path.name for path in folder.glob("*.ipynb")}:
            old.unlink()


def rewrite_links(app: Sphinx, page: str, source: list[str]) -> None:
    """Called by Sphinx for the text of each page."""
    path = Path(app.env.doc2path(page))
    if path.suffix == ".md":
        text = source[0].replace("```console\n", "```bash\n")  # without prompts, all would be set as output
        source[0] = rewrite(text, path.relative_to(ROOT), path)


def rewrite(text: str, original: Path, page: Path) -> str:
    """The text of a page with its links changed: `original` is its file in the repository, `page` that in docs/."""

    def target_of(link: str) -> Path | None:
        """The file in the repository that a link points at; None if it is elsewhere."""
        if link.startswith(HOST):
            return ROOT / link.removeprefix(HOST)
        return None if "://" in link else (ROOT / original.parent / link).resolve()

    def source_link(match: re.Match) -> str:
        name, link, line = match.groups()
        target = target_of(link)
        if target is None or not target.is_relative_to(ROOT / "minigan"):
            return match[0]
        if target.suffix == ".md":
            return name
        html = DOCS / "_modules" / target.relative_to(ROOT).with_suffix(".html")
        return f'<a href="{relative(html, page)}{f"#{line}" if line else ""}">{name}</a>'

    def link(match: re.Match) -> str:
        target = target_of(match[1])
        for folder, copies in COPIES.items():
            if target and target.parent == folder:
                return relative(copies / target.name, page) + (match[2] or "")
        if target and target.is_relative_to(DOCS):
            return relative(target, page) + (match[2] or "")
        return match[0]

    return LINK.sub(link, TO_SOURCE.sub(source_link, text))


def relative(target: Path, page: Path) -> str:
    """The link from a page to a file."""
    return Path(os.path.relpath(target, page.parent)).as_posix()


def number_lines(app: Sphinx, error: Exception | None) -> None:
    """Give each line of the source's pages a name that links can point at, as on a code host: #L55."""
    if error is None and app.builder.format == "html":
        for path in (Path(app.outdir) / "_modules").rglob("*.html"):
            html = path.read_text("utf-8")
            named = re.sub(r'<span class="linenos"> *(\d+)</span>', r'<span class="linenos" id="L\1">\1</span>', html)
            path.write_text(named, "utf-8")

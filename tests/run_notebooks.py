"""Run the notebooks and keep what they print and draw: `python -m tests.run_notebooks [--links] [FILE …]`.

It also brings the links to lines of source up to date; with --links it does that alone.
"""

import argparse
import base64
import io
import re
from pathlib import Path

import nbclient
import nbformat
from PIL import Image

from tests.support import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGES = sorted((ROOT / "docs").glob("*.md"))  # of these, links to lines of source are kept right, too
LINK = re.compile(r"\[`(\w+)[^`\]]*`\]\(\.\./([\w/]+\.py)#L(\d+)\)")  # [`name`](../file.py#L12): where name is defined
LIVE = "application/vnd.jupyter.widget-view+json"  # buttons: nothing is behind them once the kernel is gone


def execute(path: Path, seconds: int = 300):
    """The notebook with the outputs of a fresh run from the root of the checkout, less what only a kernel can show."""
    notebook = nbformat.read(path, as_version=4)
    settings = {"timeout": seconds, "store_widget_state": False, "record_timing": False, "coalesce_streams": True}
    nbclient.NotebookClient(notebook, resources={"metadata": {"path": str(ROOT)}}, **settings).execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            data.pop(LIVE, None)
            if "image/png" in data:
                data["image/png"] = lighter(data["image/png"])
    return notebook


def lighter(png: str) -> str:
    """A picture, base64, in at most 256 colours: it looks the same, and a notebook has room for twice as many."""
    picture, file = Image.open(io.BytesIO(base64.b64decode(png))), io.BytesIO()
    picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def definition_line(name: str, file: str) -> int:
    """The line that defines a class, function or table.  Raises ValueError if there is none, or more than one."""
    lines = (ROOT / file).read_text("utf-8").splitlines()
    found = [i for i, line in enumerate(lines, 1) if re.match(rf"\s*(class|def) {name}\b|{name}: .* = ", line)]
    if len(found) != 1:
        raise ValueError(f"{file} defines {name} on the lines {found}; link to a name that is defined once")
    return found[0]


def relink(text: str) -> str:
    """The text with every link to a line of source pointing at the line of today."""
    return LINK.sub(lambda m: m[0].replace(f"#L{m[3]})", f"#L{definition_line(m[1], m[2])})"), text)


def main() -> None:
    parser = argparse.ArgumentParser(description="Run the notebooks and keep their outputs.")
    parser.add_argument("notebooks", nargs="*", type=Path, default=NOTEBOOKS)
    parser.add_argument("--links", action="store_true", help="only bring the links to lines of source up to date")
    arguments = parser.parse_args()
    if arguments.links:
        for path in PAGES:
            path.write_text(relink(path.read_text("utf-8")), "utf-8")
    for path in arguments.notebooks:
        notebook = nbformat.read(path, as_version=4) if arguments.links else execute(path)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = relink(cell.source)
        nbformat.write(notebook, path)
        print(path)


if __name__ == "__main__":
    main()

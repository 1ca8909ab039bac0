"""What is handed out: the notebook of an assignment, and a folder or zip for a class."""

from pathlib import Path

from .assignment import Assignment

NOTEBOOKS = Path(__file__).with_name("notebooks")


def page_of(assignment: Assignment) -> tuple[str, str]:
    """The name and the text of the notebook that belongs to an assignment."""
    (path,) = NOTEBOOKS.glob(f"{assignment.name}_*.ipynb")
    return path.name, path.read_text("utf-8")

"""Docstrings are plain text with `code` in backticks and indented formulas; Sphinx expects reStructuredText."""

import re
from typing import Any

SPECIAL = re.compile(r"([*|\\]|_(?!\w))")  # would begin emphasis or a reference
CODE = re.compile(r"(``[^`]+``|`[^`]+`)")
BULLET = re.compile(r"(\s*\* )(.*)")


def to_restructured_text(app: Any, what: str, name: str, owner: Any, options: Any, lines: list[str]) -> None:
    """Called by Sphinx for each docstring: changes its lines."""
    lines[:] = converted(lines)


def converted(lines: list[str]) -> list[str]:
    """The lines of a docstring as reStructuredText: examples (>>>) stay, indented paragraphs are set as they are."""
    result: list[str] = []
    for paragraph in paragraphs(lines):
        if paragraph[0].lstrip().startswith(">>>"):
            result += paragraph
        elif all(line.startswith("    ") for line in paragraph) and not BULLET.match(paragraph[0]):
            result += ["::", "", *paragraph]
        else:
            result += [escaped(line) for line in paragraph]
        result.append("")
    return result


def paragraphs(lines: list[str]) -> list[list[str]]:
    """The lines between empty ones."""
    found: list[list[str]] = [[]]
    for line in lines:
        if line.lstrip().startswith(">>>") and found[-1] and not found[-1][0].lstrip().startswith(">>>"):
            found.append([line])  # after the line under "Examples"
        elif line.strip():
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [paragraph for paragraph in found if paragraph]


def escaped(line: str) -> str:
    """A line without what would be markup, except for code and the bullet of a list."""
    if set(line.strip()) <= {"-", "="}:  # underlines a heading
        return line
    begin, text = match.groups() if (match := BULLET.match(line)) else ("", line)
    parts = CODE.split(text)
    return begin + "".join(
        f"``{part.strip('`')}``" if part.startswith("`") else SPECIAL.sub(r"\\\1", part) for part in parts
    )

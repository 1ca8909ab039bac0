"""One step of the backward pass in words and numbers."""

from collections.abc import Sequence

from ..show.colours import INK, PALE
from .array_picture import array_picture
from .look import Look
from .snapshot import Snapshot
from .svg import Svg, beside, text_width

WIDTH, LINE = 470.0, 10.0  # of a panel; the space for the line between two panels
ONE_COLUMN = 8  # most panels in one column

Item = tuple[str, Snapshot | None]


def panel(title: str, formula: str, items: Sequence[Item], look: Look, settings: str = "") -> Svg:
    """A title, the formula and the settings of the op, and arrays with captions (None is left out)."""
    lines = [(line, INK) for line in formula_lines(formula)] + [(line, PALE) for line in formula_lines(settings)]
    pictures = [array_picture(shot, look, caption) for caption, shot in items if shot is not None]
    arrays = beside(pictures, WIDTH)
    result = Svg(WIDTH, 26 + 16 * len(lines) + arrays.height + 8)
    result.text(0, 14, title, size=13, bold=True)
    for i, (line, ink) in enumerate(lines):
        result.text(0, 34 + 16 * i, line, size=11.5, fill=ink)
    result.put(arrays, 0, 30 + 16 * len(lines))
    return result


def columns(panels: Sequence[Svg]) -> Svg:
    """Panels below each other with a thin line between them; in two columns if there are more than ONE_COLUMN."""
    half = len(panels) if len(panels) <= ONE_COLUMN else -(-len(panels) // 2)
    return beside([_column(part) for part in (panels[:half], panels[half:]) if part], 2 * WIDTH + 40, gap=30)


def _column(panels: Sequence[Svg]) -> Svg:
    result = Svg(WIDTH, sum(each.height + LINE for each in panels) - LINE)
    y = 0.0
    for i, each in enumerate(panels):
        if i:
            result.rect(0, y - LINE / 2 - 2, WIDTH, 0.6, fill=PALE)
        result.put(each, 0, y)
        y += each.height + LINE
    return result


def formula_lines(formula: str) -> list[str]:
    """A docstring as lines that fit: its own lines, split at wide spaces, and wrapped if still too long."""
    lines = []
    for piece in (part.strip() for line in formula.splitlines() for part in line.split("    ")):
        line = ""
        for word in piece.split():
            if line and text_width(f"{line} {word}", 11.5) > 1.15 * WIDTH:  # the estimate is a generous one
                lines.append(line)
                line = ""
            line = f"{line} {word}".strip()
        lines += [line] if line else []
    return lines

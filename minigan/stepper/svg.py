"""Vector pictures as SVG text.  They have a light background of their own, so that they are readable on dark pages."""

import zlib
from html import escape
from pathlib import Path

from ..show.colours import INK

SANS = "system-ui, 'DejaVu Sans', Helvetica, Arial, sans-serif"


class Svg:
    """A picture of `width` × `height` pixels, made of shapes.  `paper` is the colour of its background."""

    def __init__(self, width: float, height: float, paper: str = "none") -> None:
        self.width, self.height, self.shapes = width, height, list[str]()
        if paper != "none":
            self.rect(0, 0, width, height, fill=paper, radius=6)

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str = "none",
        stroke: str = "none",
        thick: float = 1.0,
        radius: float = 0.0,
    ) -> None:
        """A rectangle with its top left corner at (x, y)."""
        self.shapes.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" '
            f'fill="{fill}" stroke="{stroke}" stroke-width="{thick:g}"/>'
        )

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float = 12.0,
        anchor: str = "start",
        fill: str = INK,
        bold: bool = False,
    ) -> None:
        """One line of text with its baseline at y; `anchor` is the part of it that is at x: start, middle or end."""
        weight = ' font-weight="bold"' if bold else ""
        self.shapes.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}" fill="{fill}"{weight}>'
            f"{escape(_visible(words), quote=False)}</text>"
        )

    def labels(self, items: list[tuple[float, float, str]], size: float, fill: str) -> None:
        """Many short texts (x, y, words) with the middle of their baselines at (x, y)."""
        words = "".join(
            f'<text x="{x:g}" y="{y:g}">{escape(_visible(text), quote=False)}</text>' for x, y, text in items
        )
        self.shapes.append(f'<g font-size="{size:g}" text-anchor="middle" fill="{fill}">{words}</g>')

    def path(self, d: str, stroke: str = "none", thick: float = 1.0, fill: str = "none") -> None:
        """A path; `d` is its description in SVG syntax."""
        self.shapes.append(f'<path d="{d}" stroke="{stroke}" stroke-width="{thick:g}" fill="{fill}"/>')

    def put(self, other: "Svg", x: float, y: float, scale: float = 1.0) -> None:
        """Another picture, with its top left corner at (x, y)."""
        size = f" scale({scale:g})" if scale != 1 else ""
        self.shapes.append(f'<g transform="translate({x:g} {y:g}){size}">{"".join(other.shapes)}</g>')

    def put_part(self, other: "Svg", x: float, y: float, top: float, height: float) -> None:
        """A part of another picture, all of its width and `height` from `top` on, with its corner at (x, y)."""
        box = f'viewBox="0 {top:g} {other.width:g} {height:g}" width="{other.width:g}" height="{height:g}"'
        self.shapes.append(f'<svg x="{x:g}" y="{y:g}" {box} overflow="hidden">{"".join(other.shapes)}</svg>')

    def repeat(self, other: "Svg", corners: list[tuple[float, float]]) -> None:
        """Another picture at several positions, stored once."""
        shapes = "".join(other.shapes)
        name = (
            f"m{zlib.crc32(shapes.encode()):08x}"  # ids are shared by all SVGs of a page: equal only for equal shapes
        )
        self.shapes.append(f'<defs><g id="{name}">{shapes}</g></defs>')
        self.shapes += [f'<use href="#{name}" x="{x:g}" y="{y:g}"/>' for x, y in corners]

    def __repr__(self) -> str:
        return f"Svg({self.width:.0f}×{self.height:.0f})"

    def __str__(self) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}" '
            f'width="{self.width:g}" height="{self.height:g}" font-family="{SANS}" '
            f'style="max-width:100%;height:auto">{"".join(self.shapes)}</svg>'
        )

    def _repr_svg_(self) -> str:
        return str(self)

    def save(self, path: Path) -> None:
        """Write the picture to an .svg file."""
        Path(path).write_text(str(self), encoding="utf-8")


def text_width(words: str, size: float) -> float:
    """The approximate width of a line of text."""
    return size * sum(0.85 if letter in "×−=+→…∂" else 0.6 for letter in words)


def beside(pictures: list[Svg], width: float, gap: float = 14.0) -> Svg:
    """Pictures from left to right, in as many rows as `width` needs."""
    corners, x, y, tallest = [], 0.0, 0.0, 0.0
    for picture in pictures:
        if x and x + picture.width > width:
            x, y, tallest = 0.0, y + tallest + gap, 0.0
        corners.append((x, y))
        x, tallest = x + picture.width + gap, max(tallest, picture.height)
    result = Svg(max((x + p.width for p, (x, _) in zip(pictures, corners)), default=0.0), y + tallest)
    for picture, (x, y) in zip(pictures, corners):
        result.put(picture, x, y)
    return result


def _visible(words: str) -> str:
    """The words with a replacement character for each that XML does not allow, such as NUL and ESC."""
    return "".join(c if c.isprintable() or c in "\t\n" else "\N{REPLACEMENT CHARACTER}" for c in words)

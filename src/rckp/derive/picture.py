"""A picture of the specification as SVG.

A page shows a picture with `<img>`, which has no access to the fonts of the page. So a picture
uses generic fonts. All are 480 units wide, with letters that are legible at the 340 pixels of a
telephone. Their colours follow the color scheme of the page.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from rckp.derive.banner import NOTICE
from rckp.derive.colour_scheme import style
from rckp.format import layout as roles

WIDTH = 480
MARGIN = 16
_INK, _SOFT, _CARD, _EDGE = "#1f2430", "#59606e", "#fbfaf7", "#d5d2c8"
_FILL = {
    roles.MAGIC: "#f6dfae",
    roles.INTEGER: "#cfe0f5",
    roles.LENGTH: "#e2e2e6",
    roles.CONTENT: "#d3ead2",
    roles.FLAG: "#e6d8f3",
    roles.STATUS: "#f6d5d5",
}
_DASHES = ("", ' stroke-dasharray="4 3"')


class Picture:
    """Collects the elements of an SVG; `height` grows with what is drawn."""

    def __init__(self, title: str, description: str) -> None:
        """`title` and `description` are what a screen reader says."""
        self.title, self.description = title, description
        self.elements: list[str] = []
        self.height = 0

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        anchor: str = "start",
        mono: bool = False,
        size: int = 14,
        soft: bool = False,
    ) -> None:
        """Draw a line of text; `y` is its baseline."""
        family = "monospace" if mono else "sans-serif"
        self.height = max(self.height, int(y) + size // 2)
        self.elements.append(
            f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-family="{family}" '
            f'font-size="{size}" fill="{_SOFT if soft else _INK}">{escape(text)}</text>'
        )

    def box(
        self, x: float, y: float, width: float, height: float, role: str, *, dashed: bool = False
    ) -> None:
        """Draw a box in the colour of a role of parts."""
        self.height = max(self.height, int(y + height))
        self.elements.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
            f'fill="{_FILL[role]}" stroke="{_INK}"{_DASHES[dashed]}/>'
        )

    def torn(
        self, x: float, y: float, width: float, height: float, *, dashed: bool = False
    ) -> None:
        """Draw a box of no fixed length, with a torn right edge."""
        self.height = max(self.height, int(y + height))
        step = height / 4
        edge = " ".join(f"l {6 if i % 2 else -6} {step:g}" for i in range(4))
        self.elements.append(
            f'<path d="M {x + width:g} {y:g} {edge} H {x:g} V {y:g} Z" '
            f'fill="{_FILL[roles.CONTENT]}" stroke="{_INK}"{_DASHES[dashed]}/>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """Draw a thin line."""
        self.elements.append(f'<path d="M {x1:g} {y1:g} L {x2:g} {y2:g}" stroke="{_SOFT}"/>')

    def arrow(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """Draw a line with a head at its end. It must be horizontal or vertical."""
        self.line(x1, y1, x2, y2)
        across = x1 != x2
        back = -8 if (x2 > x1 if across else y2 > y1) else 8
        wings = f"l {back} -4 v 8 z" if across else f"l -4 {back} h 8 z"
        self.elements.append(f'<path d="M {x2:g} {y2:g} {wings}" fill="{_SOFT}"/>')

    def svg(self) -> str:
        """Return the file, with a frame around what was drawn."""
        height = self.height + MARGIN
        frame = (
            f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6" '
            f'fill="{_CARD}" stroke="{_EDGE}"/>'
        )
        body = "\n".join(f"  {element}" for element in (frame, *self.elements))
        return (
            f"<!-- {NOTICE} -->\n"
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title desc">\n'
            f'  <title id="title">{escape(self.title)}</title>\n'
            f'  <desc id="desc">{escape(self.description)}</desc>\n'
            f"  {style(body)}\n"
            f"{body}\n</svg>\n"
        )

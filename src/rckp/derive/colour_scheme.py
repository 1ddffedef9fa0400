"""The dark colours of pictures.

A page shows a picture with `<img>`. The browser then applies the color scheme of the page to the
media queries of the picture, so that it follows the switch of the theme. The elements have their
light colours as attributes, which every program that reads SVG knows.
"""

from __future__ import annotations

DARK = {
    # ink, soft ink, background, frame, grid
    "#1f2430": "#e6e9f0",
    "#59606e": "#b4bac6",
    "#fbfaf7": "#252932",
    "#d5d2c8": "#434957",
    "#e6e3da": "#383d49",
    # the parts of a record
    "#f6dfae": "#5d4a1a",
    "#cfe0f5": "#234468",
    "#e2e2e6": "#444956",
    "#d3ead2": "#24502f",
    "#e6d8f3": "#4b3566",
    "#f6d5d5": "#6a2f2f",
    # the lines of a plot
    "#1c5fa8": "#74b3f7",
    "#b0492b": "#f2946f",
    "#2c7a4b": "#74d197",
    "#6d4a9c": "#c4a4f4",
    "#8a6d00": "#dfbd45",
    "#5b6470": "#aeb7c4",
}


def style(svg: str) -> str:
    """Return the element that gives each colour of an SVG its dark one.

    Raises `ValueError` for a colour without one.
    """
    rules = []
    for name in ("fill", "stroke"):
        for colour in sorted({*_colours(svg, name)}):
            if colour not in DARK:
                raise ValueError(f"{colour} has no dark colour")
            rules.append(f'[{name}="{colour}"]{{{name}:{DARK[colour]}}}')
    return f"<style>@media (prefers-color-scheme:dark){{{''.join(rules)}}}</style>"


def _colours(svg: str, name: str) -> list[str]:
    return [piece[:7] for piece in svg.split(f' {name}="')[1:] if piece.startswith("#")]

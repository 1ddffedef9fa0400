"""Plots with matplotlib that follow the colour scheme of the page, as SVG.

They are made while the site is built, and are not in the repository.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from rckp.derive.colour_scheme import DARK

INK, SOFT, BACK, GRID = "#1f2430", "#59606e", "#fbfaf7", "#e6e3da"
OURS, THEIRS = "#1c5fa8", "#5b6470"


def draw(title: str, size: tuple[float, float], fill: Callable[[Any, Any], object]) -> str:
    """Return a plot as SVG, `size` in inches. `fill(figure, axes)` draws into it."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "rckp",
        "font.family": "sans-serif",
    }
    settings |= {"text.color": INK, "axes.edgecolor": SOFT, "axes.labelcolor": INK}
    settings |= {"xtick.color": INK, "ytick.color": INK, "font.size": "12"}
    with mpl.rc_context(settings):
        figure = Figure(figsize=size, facecolor=BACK, layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots()
        axes.set_facecolor(BACK)
        fill(figure, axes)
        figure.suptitle(title, x=0.02, ha="left", fontsize=13)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Title": title})
    return _with_dark(file.getvalue())


def _with_dark(svg: str) -> str:
    """Add the dark colours. matplotlib writes colours into `style`, which a rule must overrule."""
    rules = [
        f'[style*="{name}: {colour}"]{{{name}:{dark}!important}}'
        for colour, dark in DARK.items()
        for name in ("fill", "stroke")
        if f"{name}: {colour}" in svg
    ]
    style = f"<style>@media (prefers-color-scheme:dark){{{''.join(rules)}}}</style>"
    start, mark, rest = svg.partition("<defs>")
    return f"{start}{style}{mark}{rest}"

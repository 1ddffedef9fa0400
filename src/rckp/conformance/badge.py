"""A badge for a page: the classes and the grade of an implementation, as SVG."""

from __future__ import annotations

from rckp.conformance.checks import GRADES
from rckp.conformance.markup import element, xml
from rckp.conformance.results import Results, common_grade

_WIDTH_OF_A_CHARACTER = 6.6  # pixels, at 11 pixels of Verdana or what stands in for it
_GOOD, _PARTLY, _BAD = "#2da44e", "#9a6700", "#cf222e"


def badge(run: Results) -> str:
    """The SVG: the classes and the grade that all of their checks reach."""
    left = f"RCKP {run.specification}"
    right, colour = _message(run)
    widths = [round(len(text) * _WIDTH_OF_A_CHARACTER + 12) for text in (left, right)]
    whole = sum(widths)
    title = f"{left}: {right}"
    middles = ((left, widths[0] // 2), (right, widths[0] + widths[1] // 2))
    texts = [element("text", text, x=x, y=14, text_anchor="middle") for text, x in middles]
    right_half = f"M{widths[0]} 0h{widths[1] - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1 -3 3h-{widths[1] - 3}z"
    font = {"font_family": "Verdana, DejaVu Sans, sans-serif", "font_size": "11"}
    root = element(
        "svg",
        element("title", title),
        element("rect", width=whole, height=20, rx=3, fill="#555"),
        element("path", d=right_half, fill=colour),
        element("g", *texts, fill="#fff", **font),
        xmlns="http://www.w3.org/2000/svg",
        width=whole,
        height=20,
        role="img",
        aria_label=title,
    )
    return xml(root, declared=False)


def _message(run: Results) -> tuple[str, str]:
    classes = run.classes()
    names = ", ".join(classes)
    failing = sum(each.outcome not in ("pass", "unsupported") for each in run.results)
    if run.bad or not run.results:
        return f"{len(run.bad)} of {len(run.results)} failed", _BAD
    if failing:
        return f"{names}: {failing} known failures", _PARTLY
    if not run.whole or any(each.outcome == "unsupported" for each in run.results):
        return f"{names}: in part", _PARTLY
    grade = min((common_grade(each) for each in classes.values()), key=GRADES.index)
    return f"{names}: {grade}", _GOOD

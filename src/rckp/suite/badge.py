"""A badge for a page: what an implementation has shown, as an SVG."""

from __future__ import annotations

from xml.sax.saxutils import escape as xml

from rckp.suite import SPECIFICATION
from rckp.suite.checks import GRADES
from rckp.suite.results import Results, common_grade

_WIDTH_OF_A_CHARACTER = 6.6  # pixels, at 11 pixels of Verdana or what stands in for it
_GOOD, _PARTLY, _BAD = "#2da44e", "#9a6700", "#cf222e"


def badge(run: Results) -> str:
    """The SVG: the classes and the grade that all of their checks reach."""
    left = f"RCKP {SPECIFICATION}"
    right, colour = _message(run)
    widths = [round(len(text) * _WIDTH_OF_A_CHARACTER + 12) for text in (left, right)]
    whole = sum(widths)
    title = xml(f"{left}: {right}")
    texts = "".join(
        f'<text x="{x}" y="14" text-anchor="middle">{xml(text)}</text>'
        for text, x in ((left, widths[0] // 2), (right, widths[0] + widths[1] // 2))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" '
        f'aria-label="{title}"><title>{title}</title>'
        f'<rect width="{whole}" height="20" rx="3" fill="#555"/>'
        f'<path d="M{widths[0]} 0h{widths[1] - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1 -3 3h-'
        f'{widths[1] - 3}z" fill="{colour}"/>'
        f'<g fill="#fff" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11">{texts}</g>'
        "</svg>\n"
    )


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

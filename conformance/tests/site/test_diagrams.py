"""The diagrams: well-formed, self-contained, and drawn from the layout."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from rckp.derive import colour_scheme, diagrams, grammar_to_layout, overview_diagrams
from rckp.format import layout as roles

ROOT = Path(__file__).resolve().parents[3]
SVG = "{http://www.w3.org/2000/svg}"
LAYOUT = grammar_to_layout.layout()
DRAWN = diagrams.render(LAYOUT)
OVERVIEW = overview_diagrams.render(ROOT, LAYOUT)
EVERY = {**DRAWN, **OVERVIEW}


def test_the_chapters_show_each_of_them() -> None:
    shown = {
        name
        for path in ROOT.glob("spec/*.md")
        for name in re.findall(r"\]\(diagrams/([\w-]+\.svg)\)", path.read_text("utf-8"))
    }
    assert len(shown) == 5
    assert set(DRAWN) == shown


def test_the_pages_show_the_overviews() -> None:
    text = "".join(path.read_text("utf-8") for path in ROOT.glob("docs/*.md"))
    shown = {*re.findall(r"\]\(diagrams/([\w-]+\.svg)\)", text)}
    assert len(shown) == 6
    assert set(OVERVIEW) == shown


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(a: str, b: str) -> float:
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", EVERY)
def test_letters_are_legible_in_both_color_schemes(name: str) -> None:
    root = ElementTree.fromstring(EVERY[name])  # noqa: S314
    sheet = root.findtext(f"{SVG}style") or ""
    assert sheet.startswith("@media (prefers-color-scheme:dark){")
    dark = dict(re.findall(r'\[fill="(#\w+)"\]\{fill:(#\w+)\}', sheet))
    fills = {box.attrib["fill"] for box in root.findall(f"{SVG}rect")}
    inks = {text.attrib["fill"] for text in root.findall(f"{SVG}text")}
    assert fills | inks <= dark.keys()
    ink = "#1f2430"
    assert inks <= {ink, "#59606e"}
    for fill in fills:
        assert _contrast(ink, fill) >= 7
        assert _contrast(dark[ink], dark[fill]) >= 7


def test_a_colour_without_a_dark_one_is_refused() -> None:
    with pytest.raises(ValueError, match="#123456 has no dark colour"):
        colour_scheme.style('<rect fill="#123456"/>')


@pytest.mark.parametrize("name", EVERY)
def test_a_diagram_needs_nothing_from_outside_and_stays_in_its_frame(name: str) -> None:
    root = ElementTree.fromstring(EVERY[name])  # noqa: S314 - it is our own
    assert root.findtext(f"{SVG}title")
    assert len(root.findtext(f"{SVG}desc") or "") > 20
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    texts = root.findall(f"{SVG}text")
    assert len(texts) >= 6
    for text in texts:
        assert text.attrib["font-family"] in ("monospace", "sans-serif")
        # A wide estimate of the room that letters take, in ems.
        room = 0.62 * float(text.attrib["font-size"]) * len(text.text or "")
        left = (
            float(text.attrib["x"])
            - {"start": 0, "middle": 0.5, "end": 1}[text.attrib["text-anchor"]] * room
        )
        assert left >= 0
        assert left + room <= width
        assert 0 < float(text.attrib["y"]) < height
    for box in root.findall(f"{SVG}rect"):
        assert float(box.attrib["x"]) + float(box.attrib["width"]) <= width
        assert float(box.attrib["y"]) + float(box.attrib["height"]) <= height
    assert "href" not in EVERY[name]
    assert "url(" not in EVERY[name]


def test_the_record_shows_each_part_of_each_field_in_order() -> None:
    root = ElementTree.fromstring(DRAWN["record.svg"])  # noqa: S314
    rows: dict[str, list[tuple[float, str]]] = {}
    for text in root.findall(f"{SVG}text"):
        place = float(text.attrib["x"]), text.text or ""
        rows.setdefault(text.attrib["y"], []).append(place)
    shown = {
        words[0]: words[1:]
        for row in rows.values()
        if (words := [word for _, word in sorted(row) if not word.isdigit()])
    }
    for field in LAYOUT.fields:
        if field.type != roles.END:
            names = [word.split()[0] for word in shown[field.name]]
            assert names == [part.role for part in field.parts]

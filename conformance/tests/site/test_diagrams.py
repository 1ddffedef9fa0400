"""The diagrams: well-formed, self-contained, and drawn from the layout."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from rckp.derive import diagrams, grammar_to_layout
from rckp.format import layout as roles

ROOT = Path(__file__).resolve().parents[3]
SVG = "{http://www.w3.org/2000/svg}"
LAYOUT = grammar_to_layout.layout()
DRAWN = diagrams.render(LAYOUT)


def test_the_chapters_show_each_of_them() -> None:
    shown = {
        name
        for path in ROOT.glob("spec/*.md")
        for name in re.findall(r"\]\(diagrams/([\w-]+\.svg)\)", path.read_text("utf-8"))
    }
    assert len(shown) == 5
    assert set(DRAWN) == shown


@pytest.mark.parametrize("name", DRAWN)
def test_a_diagram_needs_nothing_from_outside_and_stays_in_its_frame(name: str) -> None:
    root = ElementTree.fromstring(DRAWN[name])  # noqa: S314 - it is our own
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
    assert "href" not in DRAWN[name]
    assert "url(" not in DRAWN[name]


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

"""The page "Evidence": its numbers are those of the stored results, its plots follow the scheme."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conformance.tests.corpus import ROOT
from conformance.tests.site.rendered import Rendered
from conformance.tools.site import evidence, speed

SVG = "{http://www.w3.org/2000/svg}"


def test_the_numbers_agree_with_the_pages_behind_them(site: Path) -> None:
    tables = Rendered(site / "evidence.html").tables
    rows = {row[0].text: row[1].text for row in tables["evidence | number | what it counts"]}
    assert len(rows) == 5
    cells = Rendered(site / "implementations.html").tables
    (checks,) = [table for head, table in cells.items() if head.startswith("implementation | lang")]
    passed = every = 0
    for row in checks[:6]:
        for cell in row[2:]:
            numbers = re.match(r"(\d+) of (\d+)", cell.text)
            assert numbers
            passed += int(numbers[1])
            every += int(numbers[2])
    assert rows["Implementations"] == f"{passed:,} of {every:,}"
    text = (ROOT / "docs/adequacy.md").read_text("utf-8")
    said = re.search(r"There are (\d+) mutants of .*?Cases kill (\d+) of them", text, re.DOTALL)
    assert said
    assert rows["Mutants"] == f"{said[2]} of {said[1]}"
    text = (ROOT / "docs/clean-room.md").read_text("utf-8").rpartition("\n| all |")[2]
    sums = re.findall(r"\*\*([\d,]+) of ([\d,]+)\*\*", text.partition("\n")[0])
    first, of = (
        sum(int(each.replace(",", "")) for each in column) for column in zip(*sums, strict=True)
    )
    assert rows["Clean room"] == f"{first:,} of {of:,}"
    figures = json.loads((ROOT / "conformance/tools/bench/figures.json").read_text("utf-8"))
    wanted = [row["met"] for row in figures["rows"] if row["target"]]
    assert rows["Speed"] == f"{sum(wanted)} of {len(wanted)}"


@pytest.mark.parametrize("name", ["evidence-implementations.svg", "evidence-speed.svg", speed.PLOT])
def test_a_plot_has_names_and_dark_colours(name: str) -> None:
    if importlib.util.find_spec("matplotlib") is None:
        pytest.skip("matplotlib is missing: pip install -e '.[docs]'")
    svg = {**evidence.plots(ROOT), **speed.files(ROOT)}[name]
    root = ElementTree.fromstring(svg)  # noqa: S314 - it is our own
    texts = {text.text for text in root.iter(f"{SVG}text")}
    wanted = {
        "evidence-speed.svg": {"rckp", "json, dict"},
        "evidence-implementations.svg": {"python", "roma_lib", "passed"},
        speed.PLOT: {"list_resumable", "walk in C", "files", "10,000"},
    }
    assert wanted[name] <= texts
    assert "prefers-color-scheme:dark" in svg
    used = set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", svg))
    assert used
    assert {colour for colour in used if f'{colour}"]' not in svg} <= {"#000000", "#ffffff"}

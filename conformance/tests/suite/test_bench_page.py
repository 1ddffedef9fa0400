"""The page on speed, made from the figures of a run of the benchmark."""

from __future__ import annotations

import csv
import io
import json

import pytest

from conformance.tools.bench import (
    directory_work,
    page,
    writers_work,
)
from conformance.tools.bench.rows import Row, Scale, Target, as_text, document
from conformance.tools.bench.spread import Spread
from conformance.tools.site import speed


def test_the_page_is_that_of_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert page.main(["--check"]) == 0, capsys.readouterr().err
    assert page.main(["--all"]) == 2


def _row(figure: float, scale: Scale | None = None) -> Row:
    one = Spread.of([figure])
    unit = "ns/B" if scale and scale.unit == "B" else "µs/file"
    return Row("some <group>", f"work {figure}", "s", "a", unit, one, one, one, "×", None, scale)


def test_the_page_of_some_rows() -> None:
    rows = [_row(1.5), _row(2.5)._replace(target=Target(2.0))]
    machine = json.loads(page.FIGURES.read_text("utf-8"))["machine"]
    text = as_text(document(rows, machine, ["the weather"], quick=False))
    found = json.loads(text)
    assert found == document(rows, machine, ["the weather"], quick=False) | {
        "rows": json.loads(json.dumps([row.as_json() for row in rows]))
    }
    old = f"before\n{page.BEGIN}old\n{page.END}after\n"
    shown = page.output(found, old)
    assert shown.startswith(f"before\n{page.BEGIN}")
    assert "\n- the weather\n" in shown
    assert shown.endswith(f"\n\n{page.END}after\n")
    assert "Of 1 targets, 0 were met" in shown
    assert shown.count("≤ 2, missed") == 1
    assert page.output(found, shown) == shown
    with pytest.raises(ValueError, match="marks"):
        page.output(found, "no marks")
    with pytest.raises(ValueError, match="quick"):
        page.output({**found, "quick": True}, old)


def test_the_page_answers_every_question() -> None:
    """A question about a row whose name has changed would not be answered.

    The figures may be older than these two modules, whose names are compared instead.
    """
    rows = json.loads(page.FIGURES.read_text("utf-8"))["rows"]
    new = [f"{writers_work.WRITERS} threads", f"{writers_work.WRITERS} processes"]
    for work in directory_work.WORK:
        name = directory_work.name_of(work.files)
        new += [f"{name}, whole process", f"{name}, in one process", f"{work.files:,} files"]
    assert set(page.unanswered(rows)) - set(new) <= {
        f"{directory_work.name_of(10_000)}, whole process, not in the page cache"
    }


def test_a_line_has_every_point() -> None:
    sizes = [10**power for power in range(2, 6)]
    scaled = [_row(20.0, Scale(size, "files")).as_json() for size in reversed(sizes)]
    rows = [*scaled, _row(1.0).as_json(), _row(1.0, Scale(10, "B")).as_json()]
    ours, theirs = speed.lines(rows)
    assert (ours.name, ours.ours, theirs.name, theirs.ours) == ("s", True, "a", False)
    assert [size for size, _ in ours.points] == sizes
    assert [seconds for _, seconds in ours.points] == pytest.approx([s * 20e-6 for s in sizes])


def test_the_download_has_every_figure() -> None:
    rows = json.loads(page.FIGURES.read_text("utf-8"))["rows"]
    lines = list(csv.DictReader(io.StringIO(speed.table(rows))))
    assert [line["work"] for line in lines] == [row["work"] for row in rows]
    for line, row in zip(lines, rows, strict=True):
        assert float(line["figure_median"]) == row["figure"]["median"]
        assert (line["met"] == "true") is (row["met"] is True)

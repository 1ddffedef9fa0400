"""The browser inspector shows of every file of the suite what the reference says of it."""

from __future__ import annotations

import base64
from typing import Any

import rckp
from conformance.tests.corpus import ROOT, cases, draft_checks, listed
from conformance.tests.site.browser import Visit
from rckp._codes import CODES
from rckp.cli.payload_text import describe
from rckp.display import escape, humanise
from rckp.format._layout import LAYOUT
from rckp.format.layout import END, MAGIC
from rckp.format.layouts import codec
from rckp.format.scan import ByteReader
from rckp.payload import Payload, UnknownPayload, parse, parse_start
from rckp.payload.progress import MAX_PARSED
from rckp.validation.inspect import InspectedField, Inspection, inspect

RAW_CELL = 60  # bytes that the table shows
CELL = 200  # characters of a string that the table shows


# Drops each file onto the page, and tells what a person would then see.
DROP = """async (files) => {
  document.body.style.visibility = 'hidden';  // drawing takes a third of the time
  const seen = [];
  const inspector = document.getElementById('rckp-inspector');
  for (const [name, base64] of files) {
    const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], name));
    document.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }));
    const text = (selector, within = document) => within.querySelector(selector)?.textContent;
    while (inspector.getAttribute('aria-busy') === 'true' || text('.rckp-name') !== name) {
      await new Promise((resume) => setTimeout(resume));
    }
    const rows = [...document.querySelectorAll('#rckp-fields tbody tr')];
    const bad = [...document.querySelectorAll('#rckp-hex .rckp-hex-row > .bad')];
    seen.push({
      name,
      headline: text('.rckp-headline'),
      other: text('.rckp-other') ?? null,
      progress: document.getElementById('rckp-payload').hidden ? null : text('#rckp-payload > p'),
      findings: [...document.querySelectorAll('.rckp-finding')].map((box) => ({
        code: text('.rckp-code', box),
        said: box.firstChild.textContent,
        next: text('.rckp-next', box),
        links: [...box.querySelectorAll('a')].map((link) => link.getAttribute('href')),
      })),
      rows: rows.map((row) => [...row.cells].map((cell) => cell.textContent)),
      selected: rows.filter((row) => row.ariaSelected === 'true').map((r) => r.dataset.field),
      cursor: document.getElementById('rckp-hex').getAttribute('aria-activedescendant'),
      marked: bad.map((cell) => cell.dataset.at ?? cell.textContent),
    });
  }
  return seen;
}"""


def golden() -> dict[str, bytes]:
    """Every file of the suite by the id of its case, and those that roma_lib left behind."""
    files = {case.id: case.data for case in cases("decode", "reader")}
    files |= {check.id: check.case.data for check in draft_checks()}
    real = sorted((ROOT / "fixtures/files/real").rglob("*.ckpt"))
    assert {case for case in listed() if case.startswith("reader/")} <= files.keys()
    assert real
    return files | {path.name: path.read_bytes() for path in real}


def cell(field: InspectedField) -> str:
    """What the table says of a value that is whole."""
    role, value = field.field.parts[0].role, field.value
    if role == MAGIC:
        return "RCKP"
    if role == END:
        return "nothing follows"
    if isinstance(value, bytes):
        more = "…" if len(value) > RAW_CELL else ""
        unit = "byte" if field.size == 1 else "bytes"
        return f"{value[:RAW_CELL].hex(' ')}{more} ({field.size:,} {unit})".strip()
    if field.size is not None:
        text = str(value)
        return f'"{escape(text[:CELL])}{"…" if len(text) > CELL else ""}"'
    if value is None:
        return "absent"
    more = humanise(field.field.name, value) if isinstance(value, int) else ""
    return f"{value!s} {more}".rstrip()


def progress_line(data: bytes, inspection: Inspection) -> str | None:
    """What the page says of the payload, as `rckp inspect` does; None if it says nothing."""
    texts = {each.field.name: str(each.value or "") for each in inspection.fields}
    found: Payload | UnknownPayload
    if inspection.error is None and len(data) <= MAX_PARSED:
        found = parse(rckp.decode(data))
    else:
        start = texts.get("step_state_payload", "").encode()[:4096].decode("utf-8", "ignore")
        found = parse_start(texts.get("algorithm_name", ""), start)
    return next(describe(found), None)


def check_head(seen: dict[str, Any], data: bytes, report: rckp.Report) -> Inspection:
    """Compare the verdict and the progress. Return the inspection that the page shows."""
    inspection = inspect(ByteReader.from_bytes(data), shown=None)
    progress = progress_line(data, inspection)
    verdict = "valid, with warnings" if report.findings else "valid"
    verdict = verdict if report.valid else "invalid"
    note = ""
    other = report.other_layout
    if other is None or other.layout.startswith("april"):  # the page does not know those
        assert seen["other"] is None
    else:
        assert seen["other"] == f"It is {other.message}. The draft layout"
        if other.error is None and not report.valid:
            note = ", shown in the draft layout (next)"
            inspection = inspect(ByteReader.from_bytes(data), codec("next").layout, shown=None)
            known = UnknownPayload("", "", other.iteration, other.evaluations)
            progress = next(describe(known))
    size = f"{len(data):,} byte{'' if len(data) == 1 else 's'}"
    assert seen["headline"] == f"{verdict} {seen['name']} {size}{note}"
    assert seen["progress"] == progress
    return inspection


def check(seen: dict[str, Any], data: bytes) -> None:
    """What the page shows of a file is what the reference says of it."""
    report = rckp.validate(data)
    inspection = check_head(seen, data, report)
    error = inspection.error
    assert len(seen["findings"]) == len(report.findings)
    for shown, found in zip(seen["findings"], report.findings, strict=True):
        assert shown["code"] == found.code
        where = f"{found.code} byte {found.offset}, {found.field}: "
        if found.code != "created-in-future":  # which tells how far, and the clock has gone on
            assert shown["said"] == where + escape(found.message)
        assert shown["said"].startswith(where)
        requirement = f" See {found.requirement}." if found.requirement else ""
        assert shown["next"] == found.hint.replace("`", "") + requirement
        assert shown["links"][0] == f"errors.html#{found.code}"
        assert len(shown["links"]) == 1 + bool(found.requirement)
    reached = {field.field.name: field for field in inspection.fields}
    marks: dict[str | None, str] = {}
    for found in report.findings:
        marks[found.field] = f"{marks.get(found.field, '')}{found.code} "
    for row, field in zip(seen["rows"], LAYOUT.fields, strict=True):
        there = reached.get(field.name)
        if there is None:
            assert row == ["–", field.name, "not reached"]
            continue
        assert row[:2] == [f"{there.start}..{there.stop}", field.name]
        mark = marks.get(field.name, "")
        assert row[2].startswith(mark)
        if there.complete:
            assert row[2] == mark + cell(there)
    if report.findings:
        first = report.findings[0]
        assert seen["selected"] == [first.field]
        assert seen["cursor"] == f"rckp-byte-{first.offset}"
    if error is None:
        assert seen["marked"] == []
    elif error.wanted is not None and error.available is not None:
        if error.available >= 4096:  # the end of the file is hundreds of rows below the screen
            assert seen["marked"] == []
        else:
            assert f"{error.wanted - error.available:,} byte" in seen["marked"][-1]
            assert len(seen["marked"]) == 1
    else:
        offsets = [str(error.offset + i) for i in range(error.length)]
        assert seen["marked"]
        assert seen["marked"] == offsets[: len(seen["marked"])]


def test_every_golden_file(visit: Visit) -> None:
    page, files = visit.go("inspector.html"), golden()
    seen = page.evaluate(
        DROP, [[name, base64.b64encode(data).decode()] for name, data in files.items()]
    )
    assert [each["name"] for each in seen] == list(files)
    for each in seen:
        check(each, files[each["name"]])
    assert {found["code"] for each in seen for found in each["findings"]} > {
        row for row, code in CODES.items() if code.phase == "decode"
    }

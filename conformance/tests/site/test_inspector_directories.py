"""The inspector with many files: chosen, dropped, and whole directories."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import rckp
from conformance.tests.corpus import ROOT
from conformance.tests.site.browser import Visit, headline
from rckp.derive.javascript import SAMPLES

if TYPE_CHECKING:
    from playwright.sync_api import Page


# How long the page is busy without a turn for its timers, in work and not in time: the number of
# files that are judged between two beats.
BEATS = """() => {
  window.judged = 0;
  window.longest = 0;
  let before = 0;
  const slice = Blob.prototype.slice;
  Blob.prototype.slice = function (...range) {
    window.judged += 1;
    return slice.apply(this, range);
  };
  const beat = () => {
    window.longest = Math.max(window.longest, window.judged - before);
    before = window.judged;
    setTimeout(beat);
  };
  beat();
}"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of 1,000 checkpoints, every tenth truncated, and three other files."""
    root = tmp_path_factory.mktemp("many") / "runs"
    data = (ROOT / SAMPLES[0].path).read_bytes()
    for number in range(1000):
        directory = root / f"<b>{number // 100}\u202e"
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"run-{number:03}.ckpt"
        path.write_bytes(data[:-1] if number % 10 == 0 else data)
    for name in ("notes.txt", ".ckpt", "a.CKPT"):
        (root / name).write_bytes(b"")
    return root


def test_a_directory_of_a_thousand_files(visit: Visit, directory: Path) -> None:
    page = visit.go("inspector.html")
    page.evaluate(BEATS)
    page.set_input_files("#rckp-directory", directory)
    summary = page.locator("#rckp-many .rckp-summary")
    summary.wait_for()
    assert summary.inner_text() == "1,000 files: 100 invalid, 900 valid"
    judged, longest = page.evaluate("[window.judged, window.longest]")
    assert judged >= 1000
    assert longest < 400
    many = page.locator("#rckp-many")
    assert "3 other files in the directory" in many.inner_text()
    rows = many.locator("tbody tr")
    assert rows.count() == 200
    assert "800 files not shown" in many.inner_text()
    first = rows.first
    assert first.locator(".rckp-status").inner_text() == "invalid"
    assert "truncated byte " in first.inner_text()
    assert many.locator("b, img").count() == 0
    assert "<b>0\\u202e/run-000.ckpt" in first.inner_text()
    first.get_by_role("button").click()
    assert headline(page, "run-000").startswith("invalid")
    assert page.locator("#rckp-verdict .rckp-code").inner_text() == "truncated"
    assert rows.count() == 200  # the table stays
    page.get_by_role("button", name="Show 200 more").click()
    assert rows.count() == 400


def drop(page: Page, *paths: Path) -> None:
    """Drop files and directories on the page, as a person does with the mouse."""
    session = page.context.new_cdp_session(page)
    files = [str(path) for path in paths]
    data = {"items": [], "files": files, "dragOperationsMask": 1}
    for step in ("dragEnter", "dragOver", "drop"):
        words = {"type": step, "x": 400, "y": 300, "data": data}
        session.send("Input.dispatchDragEvent", words)


def test_directories_are_dropped(visit: Visit, tmp_path: Path) -> None:
    data = (ROOT / SAMPLES[0].path).read_bytes()
    below = tmp_path / "runs/a/b"
    below.mkdir(parents=True)
    for number in range(120):  # more than a browser gives at once
        (below / f"{number:03}.ckpt").write_bytes(data)
    (tmp_path / "runs/cut.ckpt").write_bytes(data[:-1])
    (tmp_path / "runs/notes.txt").write_bytes(b"")
    file = tmp_path / "single.ckpt"
    file.write_bytes(data)
    page = visit.go("inspector.html")
    drop(page, tmp_path / "runs", file)
    many = page.locator("#rckp-many")
    many.locator(".rckp-summary").wait_for()
    shown = many.inner_text()
    if visit.root.startswith("file:"):  # Chromium refuses
        assert "1 file: 1 valid" in shown
        assert "Could not be read: runs." in shown
        assert "choose the directory instead" in shown
        return
    assert "122 files: 1 invalid, 121 valid" in shown
    assert "1 other file in the directory" in shown
    assert "runs/a/b/119.ckpt" in shown
    drop(page, file)
    assert headline(page, "single").startswith("valid")


def test_many_files_of_both_layouts_and_what_is_none(visit: Visit) -> None:
    page = visit.go("inspector.html")
    draft = next((ROOT / "fixtures/draft").rglob("*.ckpt"))
    files = [ROOT / sample.path for sample in SAMPLES if "later-layout" not in sample.path]
    page.set_input_files("#rckp-file", [*files, draft])
    page.locator("#rckp-many tbody tr").first.wait_for()
    rows = page.locator("#rckp-many tbody tr")
    assert rows.count() == len(files) + 1
    shown = {
        row.locator(".rckp-open").inner_text(): row.locator(".rckp-status").inner_text()
        for row in rows.all()
    }
    for file in files:
        report = rckp.validate(file)
        if report.valid and not report.findings:
            assert shown[file.name] == "valid"
        elif not report.valid:
            assert shown[file.name] == "invalid"

"""The page "Drop a file here" in a real browser, from a server and from the disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import rckp
from conformance.tests.corpus import ROOT
from conformance.tests.site.browser import Visit, eventually, headline, settle, wait_until
from rckp.derive.javascript import SAMPLES
from rckp.display import FIELD_FORMATS, escape
from rckp.format._layout import LAYOUT
from rckp.format.layout import INTEGER
from rckp.format.scan import ByteReader
from rckp.validation.inspect import inspect

if TYPE_CHECKING:
    pass


def test_a_chosen_file_and_what_is_hidden_in_it(visit: Visit, tmp_path: Path) -> None:
    text = "\x1b[31m\u202e<img src=x onerror=alert(1)>\u200b\ufeff\\n"
    record = rckp.decode((ROOT / SAMPLES[0].path).read_bytes())._replace(error_message=text)
    file = tmp_path / "<b>\u202e.ckpt"
    file.write_bytes(rckp.encode(record))
    page = visit.go("inspector.html")
    page.set_input_files("#rckp-file", file)
    assert "<b>\\u202e.ckpt" in headline(page, "ckpt")
    page.locator("tr[data-field=error_message]").click()
    assert page.locator(".rckp-whole").inner_text() == f'"{escape(text)}"'
    assert page.locator("#rckp-inspector img, #rckp-inspector b").count() == 0
    body = page.locator("#rckp-inspector").inner_text()
    assert not set(body) & set("\x1b\u202e\u200b\ufeff")


def test_what_cannot_be_read(visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "gone.ckpt"
    file.write_bytes(b"RCKP" * 1000)
    page = visit.go("inspector.html")
    # A file that is emptied between being chosen and being read.
    page.evaluate(
        """() => {
          const read = Blob.prototype.arrayBuffer;
          Blob.prototype.arrayBuffer = async function () {
            await new Promise((resume) => { window.resume = resume; });
            return read.call(this);
          };
        }"""
    )
    page.set_input_files("#rckp-file", file)
    wait_until(page, "typeof window.resume === 'function'")
    file.write_bytes(b"")
    page.evaluate("() => window.resume()")
    assert headline(page, "gone").startswith("unreadable")
    assert page.locator(".rckp-code").inner_text() == "changed-while-read"
    assert not page.locator("#rckp-result").is_visible()


def test_the_keyboard_suffices(visit: Visit) -> None:
    page = visit.go("inspector.html")

    def focused(script: str = "e => e.id || e.dataset.field || e.textContent") -> str:
        return str(page.evaluate(f"({script})(document.activeElement)"))

    def tab_to(wanted: str) -> None:
        for _ in range(80):
            page.keyboard.press("Tab")
            if focused().startswith(wanted):
                return
        pytest.fail(f"Tab does not reach {wanted!r}, but ends at {focused()!r}")

    def selected() -> list[str]:
        """The fields that the bytes show as chosen; the cursor must be in one of them."""
        chosen = page.locator("#rckp-hex .rckp-hex-row > .selected")
        return sorted(set(chosen.evaluate_all("all => all.map((e) => e.dataset.field)")))

    tab_to("rckp-file")
    settle(page)
    label = page.locator("#rckp-drop label[for=rckp-file]")
    outline = label.evaluate("e => getComputedStyle(e).outlineStyle")
    assert outline == "solid"
    tab_to("A good one")
    page.keyboard.press("Enter")
    assert headline(page, "full.ckpt").startswith("valid")
    tab_to("magic")
    settle(page)
    assert focused("e => getComputedStyle(e).outlineStyle") == "solid"
    walked = [focused()]
    for _ in LAYOUT.fields[1:]:
        page.keyboard.press("ArrowDown")
        walked.append(focused())
        if focused() != "end":
            eventually(selected, [focused()])
            start = page.locator(f"tr[data-field={focused()}] td").first.inner_text().split("..")[0]
            cursor = page.locator("#rckp-hex").get_attribute("aria-activedescendant")
            assert cursor == f"rckp-byte-{start}"
            assert page.locator(f"#{cursor}").is_visible()
    assert walked == [field.name for field in LAYOUT.fields]
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert focused() == "rckp-hex"
    settle(page)
    assert focused("e => getComputedStyle(e).outlineStyle") == "solid"
    eventually(
        page.locator("#rckp-byte").inner_text, "offset 4 (0x4): 32 = 50, created_at_ms integer"
    )
    page.keyboard.press("ArrowDown")
    eventually(selected, ["run_id"])
    assert page.locator("tr[aria-selected=true]").get_attribute("data-field") == "run_id"
    page.keyboard.press("Control+End")
    assert page.locator("tr[aria-selected=true]").get_attribute("data-field") == "end"
    page.keyboard.press("Escape")
    assert focused() == "end"


def test_pointing_links_fields_and_bytes(visit: Visit) -> None:
    page = visit.go("inspector.html")
    page.get_by_role("button", name="A good one").click()
    headline(page, "full.ckpt")
    page.locator("tr[data-field=random_seed]").hover()
    pointed = page.locator("#rckp-hex .rckp-hex-row > .pointed")
    assert pointed.evaluate_all("all => all.map((e) => e.dataset.field)") == ["random_seed"] * 8
    page.locator("#rckp-hex .rckp-hex-row > [data-at='20']").click()
    assert page.locator("tr.pointed").get_attribute("data-field") == "run_id"
    assert page.locator("tr[aria-selected=true]").get_attribute("data-field") == "run_id"
    told = page.locator("#rckp-byte").inner_text
    eventually(lambda: told().startswith("offset 20 (0x14)"), True)


def test_the_samples(visit: Visit) -> None:
    page = visit.go("inspector.html")
    assert page.locator("#rckp-samples button").count() == len(SAMPLES)
    for sample in SAMPLES:
        page.get_by_role("button", name=f"{sample.title} {sample.about}").click()
        size = (ROOT / sample.path).stat().st_size
        assert f"{size:,} byte" in headline(page, Path(sample.path).name)


def test_the_fields_that_say_more_are_fields() -> None:
    numbers = {f.name for f in LAYOUT.record_fields if f.parts[0].role == INTEGER}
    assert set(FIELD_FORMATS) <= numbers


MEBIBYTES = 100


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 100 MiB whose payload is malformed at its last byte but one."""
    payload = ("état 12.5;" * 100_000).encode()
    record = rckp.decode((ROOT / SAMPLES[0].path).read_bytes())._replace(step_state_payload="")
    [empty] = [f for f in inspect(ByteReader.from_bytes(rckp.encode(record))).fields if f.size == 0]
    data = rckp.encode(record)
    count = (MEBIBYTES << 20) // len(payload) + 1
    path = tmp_path_factory.mktemp("large") / "large.ckpt"
    with path.open("wb") as file:
        file.write(data[: empty.start] + (count * len(payload)).to_bytes(4, "little"))
        for _ in range(count - 1):
            file.write(payload)
        file.write(payload[:-2] + b"\xff" + payload[-1:] + data[empty.stop :])
    return path


def test_a_large_file_does_not_freeze_the_page(visit: Visit, large: Path) -> None:
    page = visit.go("inspector.html")
    page.evaluate(
        """() => {
          // Between two slices that are read the page must come to its timers.
          window.slices = [];
          window.beats = 0;
          const slice = Blob.prototype.slice;
          Blob.prototype.slice = function (start, stop) {
            window.slices.push(stop - start);
            return slice.call(this, start, stop);
          };
          const beat = () => {
            window.beats += 1;
            window.timer = setTimeout(beat);
          };
          beat();
        }"""
    )
    page.set_input_files("#rckp-file", large)
    with large.open("rb") as file:
        error = inspect(ByteReader(file.read, large.stat().st_size)).error
    assert error is not None
    assert headline(page, "large.ckpt").startswith("invalid")
    slices, beats = page.evaluate(
        """() => {
          clearTimeout(window.timer);
          return [window.slices, window.beats];
        }"""
    )
    # No step takes long, and there is time for others between them. How long one takes depends
    # on the machine; how much it reads does not.
    assert sum(slices) >= error.offset
    assert max(slices) <= 4 << 20
    assert beats > 10
    assert f"byte {error.offset}, step_state_payload" in page.locator(".rckp-where").inner_text()
    assert page.locator("#rckp-hex .rckp-hex-row").count() < 60
    cursor = page.locator("#rckp-hex .cursor")
    assert cursor.get_attribute("data-at") == str(error.offset)
    wait_until(page, "document.querySelector('#rckp-hex .cursor').textContent === 'ff'")
    assert cursor.is_visible()
    # To any place of the file and back: by the keyboard, by the scroll bar, by the wheel.
    hex_view = page.locator("#rckp-hex")
    hex_view.focus()
    page.keyboard.press("Control+Home")
    wait_until(page, "document.querySelector('#rckp-hex .cursor').textContent === '52'")
    page.keyboard.press("Control+End")
    assert page.locator(".rckp-hex-end").is_visible()
    hex_view.evaluate("e => { e.scrollTop = e.scrollHeight / 2; }")
    middle = "Number(document.querySelector('#rckp-hex [data-at]').dataset.at)"
    half = large.stat().st_size / 2
    wait_until(page, f"Math.abs({middle} - {half}) < {half / 100}")
    before = page.evaluate(middle)
    hex_view.hover()
    page.mouse.wheel(0, 60)
    wait_until(page, f"{middle} > {before}")
    assert page.evaluate(middle) - before < 200  # a few rows, not a leap


def test_a_case_is_opened_from_its_page(visit: Visit) -> None:
    page = visit.go("spec/cases/reader/flag.html")
    row = page.locator("tr", has=page.locator("[id='reader/flag/seed_payload-02']"))
    row.get_by_role("link", name="inspect").click()
    assert headline(page, "seed_payload-02.ckpt").startswith("invalid")
    assert page.locator(".rckp-code").inner_text() == "invalid-option-flag"
    assert "byte 221, seed_payload" in page.locator(".rckp-where").inner_text()

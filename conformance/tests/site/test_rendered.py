"""The worked examples as the built pages show them, against the code."""

from __future__ import annotations

import json
import re
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

import rckp
from conformance.tests.corpus import FIXTURES, ROOT
from conformance.tests.site.rendered import Rendered, Table
from rckp.format.identity import stable_hash64
from rckp.format.paths import sanitise
from rckp.store.selection import CheckpointEntry, parse_choice

REQUIREMENTS: list[dict[str, Any]] = json.loads(
    (ROOT / "spec/requirements.json").read_text("utf-8")
)["requirements"]
EXAMPLE = (FIXTURES / "cases/reader/example.ckpt").read_bytes()
RECORD = rckp.decode(EXAMPLE)


@cache
def rendered(page: Path) -> Rendered:
    return Rendered(page)


def one(site: Path, page: str, head: str) -> Table:
    """The rows of the table of a page that begins with these column titles."""
    tables = rendered(site / page).tables
    (found,) = [rows for name, rows in tables.items() if name.startswith(head)]
    assert found
    return found


def words(text: str) -> str:
    return " ".join(text.split())


def test_no_escape_of_markdown_is_shown(site: Path) -> None:
    shown = []
    pages = [path for path in site.rglob("*.html") if path.name != "matrix.html"]
    for path in pages:
        page = rendered(path)
        shown += [
            (path.name, text)
            for text in page.prose
            # The last one is an item of a list that was taken for a part of the paragraph before.
            if re.search(r"\\[`*_<>\[\]{}|#]|&(?:lt|gt|amp|#\d+);|`|\n *[*+-] ", text)
        ]
        shown += [
            (path.name, cell.text)
            for rows in page.tables.values()
            for row in rows
            for cell in row
            if r"\|" in cell.text
        ]
    assert len(pages) > 60
    assert shown == []


def test_each_requirement_is_shown_as_its_text(site: Path) -> None:
    everything = words(rendered(site / "requirements.html").text)
    for row in REQUIREMENTS:
        by_requirement = (
            site / "spec/cases/by-requirement" / Path(row["chapter"]).with_suffix(".html")
        )
        assert words(row["text"]) in everything, row["id"]
        assert words(row["text"]) in words(rendered(by_requirement).text), row["id"]


def test_the_hash_byte_by_byte(site: Path) -> None:
    steps = one(site, "spec/identity.html", "byte |")
    value, prime = int(steps[0][3].code, 16), 0x100000001B3
    assert value == stable_hash64("")
    data = b""
    for byte, character, mixed, multiplied in steps[1:]:
        data += bytes.fromhex(byte.code)
        assert data.decode()[-1] == character.code
        assert mixed.code == f"{value ^ data[-1]:016x}"
        value = (value ^ data[-1]) * prime % 2**64
        assert multiplied.code == f"{value:016x}"
    assert data == b"HC|p=1"
    assert value == stable_hash64("HC|p=1") == RECORD.algorithm_signature_hash
    assert f"In decimal that is {value}." in rendered(site / "spec/identity.html").text


def test_the_hashes(site: Path) -> None:
    rows = one(site, "spec/identity.html", "hashed | stable hash")
    texts = [row[0].codes[0] if row[0].codes else "" for row in rows]
    assert {"", "|", "a|b|c", "TSP|n=4"} <= {*texts}
    for text, (_, decimal, hexadecimal) in zip(texts, rows, strict=True):
        assert decimal.text == str(stable_hash64(text)), text
        assert hexadecimal.code == f"{stable_hash64(text):016x}", text


def test_the_layout_byte_by_byte(site: Path) -> None:
    rows = one(site, "spec/record-layout.html", "bytes | hex")
    at, whole = 0, b""
    for place, shown, field, part, value in rows[:-1]:
        piece = bytes.fromhex(" ".join(shown.codes))
        assert place.text == f"{at}..{at + len(piece)}"
        at += len(piece)
        whole += piece
        wanted = getattr(RECORD, field.code, "RCKP")
        if part.text == "length":
            assert value.text == f"{len(str(wanted).encode())} bytes"
        else:
            assert value.text == ("absent" if wanted is None else str(wanted))
    assert whole == EXAMPLE
    assert rows[-1][0].text == str(len(EXAMPLE))


def test_the_states(site: Path) -> None:
    rows = one(site, "spec/primitive-types.html", "byte | status")
    assert [(row[0].code, row[1].text) for row in rows] == [
        (f"{at:02X}", str(status)) for at, status in enumerate(rckp.CheckpointRunStatus)
    ]


def test_the_ranges_of_integers(site: Path) -> None:
    assert f"{2**64 - 1} (2^64 − 1)" in words(rendered(site / "spec/primitive-types.html").text)
    rows = one(site, "spec/run-ids.html", "run id | timestamp")
    assert [row[1].text for row in rows if row[2].text == "2^128 − 1"] == [str(2**128 - 1)]


def test_the_sanitised_strings(site: Path) -> None:
    rows = one(site, "spec/paths.html", "string | sanitised")
    tried = 0
    for texts, wanted, _ in rows:
        for text in (*texts.codes, *([""] if "the empty string" in texts.text else [])):
            assert sanitise(text) == wanted.code, text
            tried += 1
    assert tried > 10
    assert any("the empty string" in row[0].text for row in rows)


def test_the_paths_of_records(site: Path) -> None:
    rows = one(site, "spec/paths.html", "record | path below the base")
    hashed = stable_hash64("|")
    records = [
        RECORD,
        RECORD._replace(algorithm_signature_hash=1, problem_signature_hash=0),
        RECORD._replace(
            run_id="",
            algorithm_name="",
            problem_description="",
            algorithm_signature_hash=hashed,
            problem_signature_hash=hashed,
        ),
    ]
    for record, (_, path) in zip(records, rows, strict=True):
        scope = rckp.scope_path(
            record.algorithm_name,
            record.problem_description,
            record.algorithm_signature_hash,
            record.problem_signature_hash,
        )
        assert path.code == f"{scope}/{rckp.checkpoint_file_name(record.run_id)}"
    assert rows[2][0].codes == ("|",)
    first = re.search(r"BASE/(alg-\S+\.ckpt)", rendered(site / "spec/paths.html").text)
    assert first is not None
    assert first[1] == rows[0][1].code


def test_the_timestamps(site: Path) -> None:
    for run_ids, wanted, _ in one(site, "spec/run-ids.html", "run id | timestamp"):
        timestamp = None if wanted.text == "none" else int(wanted.text)
        for run_id in run_ids.codes:
            blank = " " if "followed by a blank" in run_ids.text and run_id == "x-5" else ""
            assert rckp.run_id_timestamp_ms(run_id + blank) == timestamp, run_id


def test_the_table_of_utf8_is_that_of_the_decoder(site: Path) -> None:
    """Every code point, and of each length every sequence with bytes at the ends of ranges."""
    rows = one(site, "spec/decoding.html", "code points | 1st byte")
    table = []
    for points, *cells in rows:
        first, last = (int(each, 16) for each in re.findall(r"U\+([0-9A-F]+)", points.text))
        ranges = [
            tuple(int(each, 16) for each in (cell.code + ".." + cell.code).split("..")[:2])
            if ".." in cell.code
            else (int(cell.code, 16),) * 2
            for cell in cells
            if cell.codes
        ]
        table.append((first, last, ranges))
        for point in (first, last):
            assert all(
                low <= byte <= high
                for byte, (low, high) in zip(chr(point).encode(), ranges, strict=True)
            )
    covered = [point for first, last, _ in table for point in range(first, last + 1)]
    assert covered == [*range(0xD800), *range(0xE000, 0x110000)]
    edges = [0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
    for lead in range(256):
        for second in edges:
            for length in (2, 3, 4):
                sequence = bytes([lead, second, *[0x80] * (length - 2)])
                listed = any(
                    len(ranges) == length
                    and all(
                        low <= b <= high for b, (low, high) in zip(sequence, ranges, strict=True)
                    )
                    for _, _, ranges in table
                )
                assert listed == _is_one_character(sequence), sequence.hex()


def _is_one_character(sequence: bytes) -> bool:
    try:
        return len(sequence.decode()) == 1
    except UnicodeDecodeError:
        return False


def test_the_order_of_runs_and_the_answers(site: Path) -> None:
    rows = one(site, "spec/selection.html", " | run id | timestamp")
    ids = [row[1].codes[0] for row in rows]
    entries = [
        CheckpointEntry(Path(f"/b/{at}.ckpt"), RECORD._replace(run_id=i))
        for at, i in enumerate(ids)
    ]
    assert sorted(ids, key=lambda i: (rckp.run_id_timestamp_ms(i) or 0, i.encode())) == ids
    for row, run_id in zip(rows, ids, strict=True):
        stamp = rckp.run_id_timestamp_ms(run_id)
        assert row[2].text.startswith("none" if stamp is None else str(stamp))
    choose = partial(parse_choice, base="/b")
    chosen = choose(entries, answer=" +02\n")
    assert chosen is not None
    assert chosen.record.run_id == "z-5"
    for answer, code in (
        ("5\n", "index-out-of-range"),
        ("-1\n", "invalid-index"),
        ("２\n", "invalid-index"),
        ("\n", "invalid-index"),
    ):
        with pytest.raises(rckp.SelectionError) as caught:
            choose(entries, answer=answer)
        assert caught.value.code == code


def test_the_names_that_are_listed(site: Path, tmp_path: Path) -> None:
    ((listed, skipped),) = one(site, "spec/store.html", "listed | not listed")
    names = {
        bytes.fromhex(n) if re.fullmatch("[0-9A-F ]+", n) else n.encode() for n in listed.codes
    }
    for name in [
        *names,
        *(f"{n} ".encode() for n in skipped.codes[3:4]),
        *map(str.encode, skipped.codes),
    ]:
        Path(tmp_path, name.decode("utf-8", "surrogateescape")).write_bytes(EXAMPLE)
    found = rckp.CheckpointStore(tmp_path).files()
    assert {Path(path).name.encode("utf-8", "surrogateescape") for path in found} == names


def test_the_store_of_the_example(site: Path, tmp_path: Path) -> None:
    text = rendered(site / "spec/store.html").text
    for name in ("a-b/run-x.ckpt", "a/run-x.ckpt", "a/run-y.ckpt", "b.ckpt/run-z.ckpt"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"" if name.endswith("y.ckpt") else EXAMPLE)
    (tmp_path / "loop").symlink_to("..")
    (tmp_path / "notes.txt").write_text("text")
    store = rckp.CheckpointStore(tmp_path)
    paths = [Path(path).relative_to(tmp_path).as_posix() for path in store.files()]
    assert f"files returns {', '.join(paths)}." in words(text)
    assert str(RECORD.created_at_ms) in text
    assert store.purge_older_than(RECORD.created_at_ms) == 0
    assert f"by {RECORD.created_at_ms + 1} removes three files" in words(text)
    assert store.purge_older_than(RECORD.created_at_ms + 1) == 3

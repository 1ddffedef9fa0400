"""The derived blocks: what they say is true, and filling them loses nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import rckp
from rckp.conformance.cases import load_case
from rckp.derive import (
    case_tables,
    chapters,
    codes,
    grammar_to_layout,
    model_tables,
    next_layout,
    payloads,
    requirements,
    tables,
)
from rckp.derive.banner import NOTICE
from rckp.derive.chapters import Chapter, SpecError

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = (ROOT / tables.EXAMPLE).read_bytes()


def derived() -> dict[str, str]:
    text = chapters.read(ROOT)
    written = tables.tables(
        ROOT, grammar_to_layout.layout(), codes.vocabulary(ROOT), requirements.extract(text)
    )
    found = written | case_tables.blocks(ROOT) | payloads.blocks()
    drafted = next_layout.blocks(grammar_to_layout.layout(), grammar_to_layout.next_layout())
    return found | drafted | model_tables.blocks(ROOT)


def cells(block: str) -> list[list[str]]:
    """The rows of a table, without its head."""
    rows = [[cell.strip() for cell in line[1:-1].split(" | ")] for line in block.splitlines()]
    assert {len(row) for row in rows} == {len(rows[0])}
    assert set("".join(rows[1])) == {"-"}
    return rows[2:]


def test_nothing_is_stale(derived_files: dict[str, str]) -> None:
    stale = [
        name
        for name, text in derived_files.items()
        if not (ROOT / name).is_file() or (ROOT / name).read_text("utf-8") != text
    ]
    assert stale == []


def test_a_generated_file_says_so_at_its_beginning(derived_files: dict[str, str]) -> None:
    """In its first line; in the second where a format begins with a line of its own."""
    by_hand = {
        "docs/downloads.md",
        "docs/catalogue.md",
        "docs/model.md",
        "docs/protocol.md",
    }  # pages with places that are filled
    by_hand |= {each.path for each in chapters.read(ROOT)}
    for name, text in derived_files.items():
        if name in by_hand:
            continue
        lines = text.splitlines()
        begun = lines[0] in ("---", "{") or lines[0].startswith(("<svg", "<?xml"))
        first = " ".join(lines[:3] if begun else lines[:1])
        assert NOTICE in first, name


def test_no_block_says_what_only_a_requirement_may() -> None:
    blocks = derived()
    assert len(blocks) == 15
    assert [name for name, text in blocks.items() if requirements.words(text)] == []


def test_filling_twice_changes_nothing_and_keeps_the_text_around() -> None:
    read = chapters.read(ROOT)
    blocks = derived()
    once = tables.fill(read, blocks)
    assert len(once) >= 5
    again = [each._replace(text=once.get(each.path, each.text)) for each in read]
    assert tables.fill(again, blocks) == once

    def without_blocks(text: str) -> str:
        return re.sub(r"(?s)(<!-- derived:\S+ -->\n).*?(<!-- /derived -->)", r"\1\2", text)

    for each in read:
        if each.path in once:
            assert without_blocks(once[each.path]) == without_blocks(each.text)
            assert len(without_blocks(each.text)) > 400


def test_what_stood_in_a_block_is_replaced() -> None:
    text = "# A\n\nbefore\n<!-- derived:x -->\nold\n<!-- /derived -->\nafter"
    assert tables.fill([Chapter("a.md", "A", text)], {"x": "new"}) == {
        "spec/a.md": "# A\n\nbefore\n<!-- derived:x -->\n\nnew\n\n<!-- /derived -->\nafter\n"
    }


@pytest.mark.parametrize(
    ("text", "at", "reason"),
    [
        ("<!-- derived:y -->\n<!-- /derived -->", "spec/a.md:1", "nothing derives 'y'"),
        ("a\n<!-- derived:x -->\nb", "spec/a.md:2", "not paired"),
        ("<!-- derived:x -->\n<!-- derived:x -->", "spec/a.md:1", "not paired"),
        ("a\n\n<!-- /derived -->", "spec/a.md:3", "not paired"),
        ("a", "spec/*.md:1", "no chapter has a place for x"),
    ],
)
def test_places_that_are_refused(text: str, at: str, reason: str) -> None:
    with pytest.raises(SpecError) as caught:
        tables.fill([Chapter("a.md", "A", text)], {"x": "new"})
    assert str(caught.value).startswith(f"{at}: ")
    assert reason in str(caught.value)


def test_the_example_is_shown_whole() -> None:
    rows = cells(derived()["worked-example"])
    shown = re.findall(r"`([0-9A-F ]+)`", " ".join(row[1] for row in rows))
    assert bytes.fromhex(" ".join(shown)) == EXAMPLE
    at = 0
    for row in rows[:-1]:
        start, stop = map(int, row[0].split(".."))
        assert start == at
        at = stop
    assert rows[-1][0] == str(at) == str(len(EXAMPLE))
    record = rckp.decode(EXAMPLE)
    values = {row[2].strip("`"): row[4].strip("`") for row in rows if row[3] != "length"}
    for field, value in record._asdict().items():
        assert values[field] == ("absent" if value is None else str(value))


def test_the_sizes_are_those_of_the_encoder() -> None:
    shortest, longest = cells(derived()["size-table"])
    record = rckp.decode(EXAMPLE)
    texts: dict[str, Any] = {k: "" for k, v in record._asdict().items() if type(v) is str}
    empty = record._replace(**texts)
    options = empty._replace(seed_payload="", error_message="")
    strings = sum(type(value) is str for value in options)
    assert shortest[-1] == f"**{len(rckp.encode(empty))}**"
    assert longest[2] == f"{strings} × {2**32 - 1}"
    total = len(rckp.encode(options)) + strings * (2**32 - 1)
    assert longest[-1].startswith(f"**{total}**")


def test_the_share_of_unnoticed_changes_is_that_of_the_decoder() -> None:
    def decodes(data: bytes) -> bool:
        try:
            return rckp.decode(data) != rckp.decode(EXAMPLE)
        except rckp.DecodeError:
            return False

    number = int.from_bytes(EXAMPLE, "little")
    bits = 8 * len(EXAMPLE)
    valid = sum(
        decodes((number ^ 1 << bit).to_bytes(len(EXAMPLE), "little")) for bit in range(bits)
    )
    said = re.findall(r"\d+", derived()["one-bit-changes"])
    assert said[:3] == [str(bits), str(valid), f"{100 * valid / bits:.0f}"]
    free, unnoticed, share = map(int, said[3:])
    assert (unnoticed, share) == (valid - 2, round(100 * unnoticed / free))  # 2: in the status


def test_the_tables_of_codes_are_complete() -> None:
    blocks = derived()
    for phase, name in (("decode", "decode-error-table"), ("encode", "encode-table")):
        rows = [row for row in codes.vocabulary(ROOT) if row["phase"] == phase]
        assert len(rows) >= 4
        assert [row[0] for row in cells(blocks[name])] == [f"`{row['code']}`" for row in rows]


def test_the_table_of_names_covers_each_kind_of_case() -> None:
    """The entry of a case has the kind that the table states."""
    rows = cells(derived()["name-table"])
    assert [row[0] for row in rows] == list(case_tables.NAME_TAKEN)
    for what, id_ in case_tables.NAME_TAKEN.items():
        case = load_case(ROOT / "fixtures", id_)
        own = case.document["input"]["record"]
        name = rckp.checkpoint_file_name(own["run_id"])
        there = [
            each["kind"]
            for each in case.document["input"]["tree"]
            if str(each["path"]).endswith(f"/{name}")
        ]
        if any(f"/{name}/" in str(each["path"]) for each in case.document["input"]["tree"]):
            there.append("directory")
        kind = {"nothing": [], "a symbolic": ["link"], "a regular": ["file"]}.get(
            " ".join(what.split()[:2]), [what.removeprefix("a ")]
        )
        assert there == kind, what
    answers = {row[1] for row in rows}
    assert answers == {"the path", "`run-id-collision`", "`not-a-file`"}
    kept = [row[0] for row in rows if "another name" in row[2]]
    assert len(kept) == 7
    assert {row[2] for row in rows if row[1] != "the path"} == {"as before"}


def test_each_class_of_cases_about_the_name_is_in_the_table() -> None:
    chosen = {id_.rpartition("/")[0] for id_ in case_tables.NAME_TAKEN.values()}
    assert {"store/write/replace", "store/write/collision", "store/write/aside"} <= chosen

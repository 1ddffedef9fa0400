"""A results file from elsewhere: refused in one sentence, or shown without doing anything."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.tests.command import rckp
from rckp.conformance.badge import badge
from rckp.conformance.hello import Hello
from rckp.conformance.junit import junit
from rckp.conformance.matrix import page
from rckp.conformance.results import OUTCOMES, Result, Results, claim
from rckp.conformance.results_file import MAX_LINE, dump, load
from rckp.conformance.stored_response import MAX_STORED, stored_part

DIGEST = "0123456789abcdef" * 4
ATTACK = "<script>alert(1)</script>\"'&]]>\x1b[31m\u202e\ufffe"


def results(text: str = "plain", outcome: str = "pass", suite: str = "1.0.0") -> Results:
    """Results of two checks with a text wherever one may be."""
    grade = "location" if outcome in ("pass", "unexpected-pass") else "none"
    rows = [
        Result(
            f"reader/{number}{text}", "decode", "reader", "must", ["DEC-1"], outcome, grade,
            [text], {"type": text}, text, text,
        )
        for number in range(2)
    ]  # fmt: skip
    hello = Hello(text, text, text, ("reader",))
    return Results(hello, DIGEST, "code", True, rows, {f"gone{text}": text}, suite)


def seal(lines: list[Any]) -> str:
    """A file of these lines with a right last line."""
    text = "".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in lines)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return text + json.dumps({"type": "end", "lines": len(lines), "sha256": digest}) + "\n"


def rows() -> list[Any]:
    return [json.loads(line) for line in dump(results()).splitlines()][:-1]


def changed(line: int, **members: Any) -> str:
    every = rows()
    every[line] |= members
    return seal([{k: v for k, v in each.items() if v is not ...} for each in every])


MALFORMED: dict[str, tuple[int, str]] = {
    "empty": (1, ""),
    "no JSON": (1, "garbage\n"),
    "head a list": (1, seal([[]])),
    "head null": (1, seal(["null"])),
    "older format": (1, changed(0, format="2")),
    "newer format": (1, changed(0, format="4")),
    "format a number": (1, changed(0, format=3)),
    "no name": (1, changed(0, name=...)),
    "name a list": (1, changed(0, name=[])),
    "digest with markup": (1, changed(0, suite_sha256="<script>alert(1)</script>")),
    "digest a number": (1, changed(0, suite_sha256=1)),
    "grade of another kind": (1, changed(0, grade="best")),
    "whole a text": (1, changed(0, whole="yes")),
    "classes a text": (1, changed(0, classes="reader")),
    "unknown class": (1, changed(0, classes=["decoder"])),
    "an unknown member": (1, changed(0, extra=1)),
    "result a list": (2, seal([rows()[0], []])),
    "result a text": (2, seal([rows()[0], '"a"'])),
    "unknown type": (2, changed(1, type="other")),
    "type a list": (2, changed(1, type=[])),
    "no id": (2, changed(1, id=...)),
    "id a number": (2, changed(1, id=1)),
    "id too long": (2, changed(1, id="x" * 2000)),
    "unknown outcome": (2, changed(1, outcome="great")),
    "outcome a list": (2, changed(1, outcome=["pass"])),
    "unknown grade": (2, changed(1, grade="A")),
    "grade without pass": (2, changed(1, grade="none")),
    "class not claimed": (2, changed(1, **{"class": "store"})),
    "requirements a number": (2, changed(1, requirements=1)),
    "requirements of numbers": (2, changed(1, requirements=[1])),
    "differences a text": (2, changed(1, differences="a")),
    "response a list": (2, changed(1, response=[])),
    "reason null": (2, changed(1, reason=None)),
    "a surrogate": (2, changed(1, reason="\ud800")),
    "an id twice": (3, seal([rows()[0], rows()[1], rows()[1]])),
    "a member twice": (2, seal([rows()[0], '{"type": "result", "type": "result"}'])),
    "deep": (2, seal([rows()[0], "[" * 100_000])),
    "deep objects": (2, seal([rows()[0], '{"a":' * 100_000])),
    "not a number": (2, seal([rows()[0], '{"type": "result", "id": NaN}'])),
    "a long number": (2, seal([rows()[0], '{"type": "result", "id": ' + "1" * 5000 + "}"])),
    "a long line": (2, seal([rows()[0], '"' + "x" * MAX_LINE + '"'])),
    "stale without reason": (4, changed(3, reason=...)),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_results_get_one_sentence(name: str, tmp_path: Path) -> None:
    line, text = MALFORMED[name]
    file = tmp_path / "r.jsonl"
    file.write_text(text, "utf-8", errors="surrogatepass")
    done = rckp("conformance", "report", file, "--html", tmp_path / "m.html")
    assert (done.status, done.out) == (2, b"")
    assert done.err.startswith(f"Error: Cannot use the results in {file}: line {line}: ")
    assert done.err.count("\n") == 1
    assert len(done.err) < 600
    assert not (tmp_path / "m.html").exists()


def test_a_file_that_was_cut_is_refused(tmp_path: Path) -> None:
    whole = dump(results())
    file = tmp_path / "r.jsonl"
    for end in range(len(whole)):
        file.write_text(whole[:end])
        with pytest.raises(ValueError, match=r"^line \d+: "):
            load(file)
    file.write_text(whole)
    assert load(file) == results()
    lines = whole.splitlines(keepends=True)
    for at in range(len(lines)):
        file.write_text("".join(lines[:at] + lines[at + 1 :]))
        with pytest.raises(ValueError, match=r"^line \d+: "):
            load(file)
    file.write_text(whole + whole)
    with pytest.raises(ValueError, match="more after the end"):
        load(file)


def test_a_green_line_of_a_cut_file_is_not_believed(tmp_path: Path) -> None:
    cut = dump(results()).splitlines(keepends=True)[:2]
    (tmp_path / "r.jsonl").write_text("".join(cut))
    for option in ("--badge", "--claim", "--junit"):
        done = rckp("conformance", "report", tmp_path / "r.jsonl", option, tmp_path / "out")
        assert (done.status, done.out) == (2, b"")
        assert "the file is incomplete" in done.err
        assert not (tmp_path / "out").exists()


def test_the_version_is_that_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    for version, shown in (("9.9.9", "9.9.9"), ("", "with the digest 0123456789ab")):
        run = results(suite=version)._replace(stale={})
        file.write_text(dump(run))
        done = rckp("conformance", "report", file, "--html", tmp_path / "m.html")
        assert f"suite {shown} for RCKP 1.0" in done.text
        assert (version or "unknown version") in (tmp_path / "m.html").read_text("utf-8")
        assert claim(run)["suite"] == version


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


KNOWN_TAGS = {
    *(
        [
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "h1",
            "h2",
            "p",
            "i",
            "code",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "span",
        ]
    ),
    *("details", "summary"),
}
KNOWN_ATTRIBUTES = {"lang", "charset", "name", "content", "http-equiv", "scope", "class", "title"}
KNOWN_ATTRIBUTES |= {"role", "data-label"}


def judge_page(text: str) -> None:
    tags = Tags(text).tags
    assert {tag for tag, _ in tags} <= KNOWN_TAGS
    assert {name for _, attributes in tags for name in attributes} <= KNOWN_ATTRIBUTES
    policies = [a["content"] for _, a in tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    assert "default-src 'none'" in str(policies[0])


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_markup_in_results_stays_text(outcome: str) -> None:
    run = results(ATTACK, outcome, ATTACK)._replace(suite_sha256=ATTACK, specification=ATTACK)
    text = page([run, run], {"DEC-1": ATTACK})
    judge_page(text)
    assert "&lt;script&gt;" in text
    for document in (junit(run), badge(run)):
        root = ET.fromstring(document)  # noqa: S314 - made here
        assert not [each for each in root.iter() if "script" in each.tag]
    assert re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ufffe]", junit(run)) is None


def test_the_report_shows_hostile_texts_escaped(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text(dump(results(ATTACK, "fail")))
    done = rckp("conformance", "report", tmp_path / "r.jsonl")
    assert done.status == 0
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.text)


# A loaded machine is not a failure.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("pass"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def mutate(every: list[Any], line: int, name: str, value: Any) -> list[Any]:
    every[line % len(every)][name] = value
    return every


@CALM
@given(
    line=st.integers(0, 3),
    name=st.sampled_from([*rows()[0], *rows()[1]]) | st.text(max_size=5),
    value=JSON,
    sealed=st.booleans(),
)
def test_any_member_may_be_anything(
    line: int, name: str, value: Any, sealed: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / f"fuzz-{line}.jsonl"
    every = mutate(rows(), line, name, value)
    text = seal(every) if sealed else "".join(json.dumps(each) + "\n" for each in every)
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    reports_or_refuses(file)


@CALM
@given(st.lists(st.binary(max_size=60) | JSON.map(lambda v: json.dumps(v).encode()), max_size=4))
def test_any_lines(lines: list[bytes]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "r.jsonl"
        file.write_bytes(b"\n".join(lines))
        reports_or_refuses(file)


def reports_or_refuses(file: Path) -> None:
    """Whatever is in the file: a sentence, or results of which every report can be made."""
    try:
        run = load(file)
    except ValueError as error:
        assert re.match(r"line \d+: .", str(error), re.DOTALL)
        assert str(error).isprintable()
        assert len(str(error)) < 600
        return
    judge_page(page([run], {"DEC-1": "text"}))
    ET.fromstring(junit(run))  # noqa: S314 - made here
    ET.fromstring(badge(run))  # noqa: S314
    json.dumps(claim(run))


@CALM
@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_what_is_kept_can_be_written_and_read(response: dict[str, Any]) -> None:
    text = json.dumps(stored_part(response), allow_nan=False)
    assert len(json.dumps(stored_part(response), ensure_ascii=False)) < 4 * MAX_STORED
    json.loads(text)
    text.encode()
    json.dumps(stored_part(response), ensure_ascii=False).encode()


BIG: dict[str, Callable[[], dict[str, Any]]] = {
    "a text": lambda: {"a": "x" * 4_000_000},
    "a name": lambda: {"x" * 4_000_000: 1},
    "a list": lambda: {"a": [1] * 1_000_000},
    "lists": lambda: {"a": [["x" * 100] * 1000] * 1000},
    "members": lambda: {str(n): "x" * 50 for n in range(50_000)},
}


@pytest.mark.parametrize("name", BIG)
def test_what_is_kept_is_small(name: str) -> None:
    assert len(json.dumps(stored_part(BIG[name]()))) < 4 * MAX_STORED

"""`rckp conformance`: the reference passes, reports come out whole, and the same each time."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import subprocess
import sys
from fnmatch import fnmatchcase
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from conformance.tests.command import Result, rckp
from conformance.tests.corpus import FIXTURES, ROOT, corpus, listed
from rckp.conformance import runner
from rckp.conformance.adapter import Adapter
from rckp.conformance.checks import CLASSES
from rckp.conformance.reference import answer
from rckp.conformance.results import Results, digest
from rckp.conformance.results_file import load
from rckp.conformance.suite import Suite
from rckp.conformance.trees import create_tree

REFERENCE = [sys.executable, "-m", "rckp.conformance.reference"]
MISBEHAVING = [sys.executable, str(Path(__file__).with_name("misbehaving.py"))]
CHECKS = Suite.found().checks()
FLAGS = sum(each.id.startswith("reader/flag/") for each in CHECKS)


def run(*options: str | Path, adapter: list[str] = REFERENCE) -> Result:
    return rckp("conformance", "run", *options, "--", *adapter)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with everything that a run of the reference writes."""
    directory = tmp_path_factory.mktemp("reference")
    done = run(
        "--grade",
        "location",
        *("--results", directory / "results.jsonl"),
        *("--junit", directory / "junit.xml"),
        *("--claim", directory / "claim.json"),
    )
    assert done.status == 0, done.text
    assert done.text.endswith(f"{len(CHECKS):,} checks at grade location, all as expected.\n")
    assert done.text.count("\n") == 3 + len(CLASSES)  # one for the draft layout
    return directory


@pytest.fixture(scope="module")
def invalid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of an implementation with failures of several kinds."""
    directory = tmp_path_factory.mktemp("invalid")
    known = directory / "known.json"
    known.write_text('{"reader/flag/error_message-ff": "<b>known</b>", "gone/case": "?"}')
    options = ("--id", "reader/flag/*", "--known-failures", known)
    done = run(
        *options, "--results", directory / "r.jsonl", adapter=[*MISBEHAVING, "dying_at", "-ff"]
    )
    assert done.status == 1
    return directory / "r.jsonl"


def test_the_reference_agrees_in_everything(reference: Path) -> None:
    found = load(reference / "results.jsonl")
    assert [each.id for each in found.results] == [check.id for check in CHECKS]
    assert {each.grade for each in found.results} == {"location"}
    assert {each.outcome for each in found.results} == {"pass"}
    assert found.whole
    assert found.classes().keys() == set(CLASSES)


def test_a_claim_can_be_computed_anew(reference: Path, tmp_path: Path) -> None:
    claim = json.loads((reference / "claim.json").read_text())
    manifest = (FIXTURES / "manifest.json").read_bytes()
    assert claim["suite_sha256"] == hashlib.sha256(manifest).hexdigest()
    # The recipe of the documentation, by hand.
    rows = [json.loads(line) for line in (reference / "results.jsonl").read_text().splitlines()]
    lines = sorted("\t".join((r["id"], r["outcome"], r["grade"])) + "\n" for r in rows[1:-1])
    assert claim["results_sha256"] == hashlib.sha256("".join(lines).encode()).hexdigest()
    again = tmp_path / "claim.json"
    done = rckp("conformance", "report", reference / "results.jsonl", "--claim", again)
    assert done.status == 0
    assert again.read_bytes() == (reference / "claim.json").read_bytes()
    assert claim["whole"] is True
    assert {each["grade"] for each in claim["classes"].values()} == {"location"}


def test_a_run_gives_the_same_each_time(tmp_path: Path) -> None:
    def once(name: str) -> tuple[bytes, bytes]:
        file = tmp_path / name
        done = run(
            *("--results", file, "--id", "store/*", "--id", "reader/flag/*"),
            adapter=[*MISBEHAVING, "dying_at", "-ff"],
        )
        assert done.status == 1
        return done.out, file.read_bytes()

    assert once("a") == once("b")


def test_a_failure_is_told_with_everything() -> None:
    done = run("--id", "reader/utf8/lead-f5", adapter=[*MISBEHAVING, "malformed"])
    assert done.status == 1
    case = corpus()["reader/utf8/lead-f5"]
    offset = int(case.expect["error"]["offset"])
    for part in (
        "reader/utf8/lead-f5 fail (reader, decode, must)",
        "expected the error invalid-utf8, got a record",
        "65[f5]80",  # the bytes
        f"{offset:08x} ^ invalid-utf8",
        "DEC-4: invalid-utf8: when a content part is complete but not well-formed",
        "1 check at grade verdict: 1 failed.",
    ):
        assert part in done.text
    assert len(done.text.splitlines()) < 40


def test_many_failures_are_told_in_short() -> None:
    done = run(
        "--id", "reader/[m-u]*", "--grade", "code", adapter=[*MISBEHAVING, "grade", "verdict"]
    )
    failed = [line for line in done.text.splitlines() if " fail: " in line]
    chosen = [check for check in CHECKS if fnmatchcase(check.id, "reader/[m-u]*")]
    number = sum("error" in check.expected() for check in chosen)
    assert f" {number:,} failed" in done.text
    assert 0 < len(failed) <= number
    assert done.text.count("\n") < len(failed) + 160


SELECTIONS: list[tuple[list[str], Any]] = [
    (["--id", "reader/example"], lambda c: c.case.id == "reader/example"),
    (["--id", "reader/example:encode"], lambda c: c.id == "reader/example:encode"),
    (["--class", "identity"], lambda c: c.class_ == "identity"),
    (["--level", "should"], lambda c: c.level == "should"),
    (["--requirement", "SEL-10"], lambda c: "SEL-10" in c.requirements),
    (["--tag", "smoke", "--class", "store"], lambda c: "smoke" in c.tags and c.class_ == "store"),
]


@pytest.mark.parametrize(
    ("options", "wanted"), SELECTIONS, ids=[" ".join(options) for options, _ in SELECTIONS]
)
def test_selection(options: list[str], wanted: Any, tmp_path: Path) -> None:
    done = run(*options, "--results", tmp_path / "r.jsonl")
    assert done.status == 0
    found = load(tmp_path / "r.jsonl")
    expected = [check.id for check in CHECKS if wanted(check)]
    assert expected
    assert [each.id for each in found.results] == expected
    assert not found.whole


def test_a_selection_of_nothing_is_an_error() -> None:
    for options in (["--id", "reader/exampel"], ["--requirement", "DEC-99"]):
        done = run(*options)
        assert (done.status, done.text) == (2, "")
        assert done.err.startswith("Error: There is no case for ")
    done = run("--class", "store", adapter=[*MISBEHAVING, "staying"])
    assert done.status == 2
    assert "None of the selected cases is of a class that the adapter claims." in done.err


def test_junit(reference: Path, invalid: Path, tmp_path: Path) -> None:
    root = ET.parse(reference / "junit.xml").getroot()  # noqa: S314 - a file of our own
    assert [suite.get("name") for suite in root] == list(CLASSES)
    assert len(root.findall("./testsuite/testcase")) == len(CHECKS)
    assert not root.findall(".//failure")
    rckp("conformance", "report", invalid, "--junit", tmp_path / "j.xml")
    root = ET.parse(tmp_path / "j.xml").getroot()  # noqa: S314
    assert len(root.findall(".//error[@type='crash']")) == 1
    assert [each.get("message") for each in root.findall(".//skipped")] == ["<b>known</b>"]
    assert len(root.findall(".//failure")) == 1  # the stale one
    assert "panic" in str(root.findtext(".//system-err"))


class Page(HTMLParser):
    """The page: tags that are open, references, and cells by table."""

    VOID = ("meta",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.fetched: list[str] = []
        self.titles: list[str] = []
        self.data: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.titles += [str(value) for name, value in attrs if name == "title"]
        self.fetched += [str(value) for name, value in attrs if name in ("src", "href", "style")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.data.append(data)


def test_the_matrix(reference: Path, invalid: Path, tmp_path: Path) -> None:
    results = [reference / "results.jsonl", invalid]
    done = rckp("conformance", "report", "--html", tmp_path / "m.html", *results)
    assert done.status == 0
    text = (tmp_path / "m.html").read_text("utf-8")
    page = Page(text)
    assert page.open == []
    assert page.fetched == []
    assert "url(" not in text
    assert "@import" not in text
    assert not page.tags & {"script", "link", "img", "iframe", "b"}
    assert any(title.startswith("<b>known</b>") for title in page.titles)
    for each in ("odd", "rckp", "✗ crash", "known", "store/files", "DEC-4"):
        assert each in page.data, each
    known = {check.id for check in CHECKS}
    assert known <= set(page.data)


def test_the_badge(reference: Path, invalid: Path, tmp_path: Path) -> None:
    for results, message in (
        (reference / "results.jsonl", "RCKP 1.0: reader, writer, identity, store, selection: loc"),
        (invalid, f"RCKP 1.0: 1 of {FLAGS} failed"),
    ):
        rckp("conformance", "report", results, "--badge", tmp_path / "b.svg")
        root = ET.parse(tmp_path / "b.svg").getroot()  # noqa: S314 - a file of our own
        assert str(root.findtext("{*}title")).startswith(message)


def test_results_survive_writing_and_reading(invalid: Path) -> None:
    from rckp.conformance.results_file import dump

    found = load(invalid)
    assert isinstance(found, Results)
    assert dump(found) == invalid.read_text("utf-8")
    assert len(digest(found.results)) == 64
    assert found.stale == {"gone/case": "?"}


def test_what_is_no_results(tmp_path: Path) -> None:
    for text in ("", "[]\n", '{"format": "0"}\n', "{}\n", '{"format": "1"}\n', "garbage"):
        (tmp_path / "r.jsonl").write_text(text)
        done = rckp("conformance", "report", tmp_path / "r.jsonl")
        assert done.status == 2, text
        assert done.err.count("\n") == 1


def test_an_exported_suite_runs(tmp_path: Path) -> None:
    directory = tmp_path / "suite"
    done = rckp("conformance", "export", directory)
    assert done.status == 0
    files = [path for path in directory.rglob("*") if path.is_file()]
    assert done.text == f"{len(files):,} files written to {directory}\n"
    assert (directory / "protocol.md").read_bytes() == (ROOT / "docs/protocol.md").read_bytes()
    assert "fixtures/cases" in (directory / "README.md").read_text()
    options = ("--suite", directory, "--id", "*/example*", "--id", "store/files/*")
    done = run(*options)
    assert done.status == 0
    assert rckp("conformance", "export", directory).status == 2
    changed = directory / "fixtures/cases/reader/example.ckpt"
    changed.write_bytes(changed.read_bytes() + b"!")
    done = run(*options)
    assert (done.status, done.text) == (2, "")
    assert "the suite has been changed: cases/reader/example.ckpt is not as its" in done.err
    assert run("--suite", tmp_path).status == 2


def test_one_shot() -> None:
    program = [sys.executable, "-c", "from rckp.cli import main; main()"]
    options = ("--one-shot", "--id", "reader/flag/*", "--id", "reader/example")
    done = run(*options, adapter=[*program, "decode", "{}"])
    assert done.status == 0, done.text
    # It says what is wrong only to people: the verdict is all that agrees.
    assert run(*options, "--grade", "code", adapter=[*program, "decode", "{}"]).status == 1
    done = run(*options, adapter=[*program, "decode"])
    assert done.status == 2
    assert "COMMAND must contain {}" in done.err
    done = run("--one-shot", adapter=[sys.executable, "-c", "print('hello')", "{}"])
    assert done.status == 2
    assert "The adapter fails every smoke case" in done.err
    assert "ended with status 0 and printed no JSON object" in done.err


ONE_SHOT = """
import json, sys, rckp, os
from rckp.format.record_json import to_json
data = open(sys.argv[1], "rb").read()
if len(data) == 3:
    os.abort()
try:
    print(json.dumps({**to_json(rckp.decode(data)), "random_seed": rckp.decode(data).random_seed}))
except rckp.DecodeError as e:
    print(json.dumps({"error": vars(e)}))
    sys.exit(1)
"""


def test_one_shot_at_grade_location(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(ONE_SHOT)
    options = ("--one-shot", "--grade", "location", "--results", tmp_path / "r.jsonl")
    ids = ("--id", "reader/example", "--id", "reader/truncated/magic/*")
    adapter = [sys.executable, str(tmp_path / "one.py"), "{}"]
    assert run(*options, *ids, adapter=adapter).status == 1
    outcomes = {each.id: each.outcome for each in load(tmp_path / "r.jsonl").results}
    assert set(outcomes.values()) == {"pass", "crash"}
    assert [corpus()[id_].data for id_ in outcomes if outcomes[id_] == "crash"] == [b"RCK"]


def validator(schema: dict[str, Any], ref: str) -> Draft202012Validator:
    base = "https://rckp.invalid/spec/"
    record = json.loads((ROOT / "spec/record.schema.json").read_text("utf-8"))
    registry: Registry[Any] = Registry().with_resources(
        [
            (f"{base}record.schema.json", Resource.from_contents(record)),
            (f"{base}adapter.schema.json", Resource.from_contents(schema)),
        ]
    )
    wanted = {"$id": f"{base}x", "$ref": f"adapter.schema.json#/$defs/{ref}"}
    return Draft202012Validator(wanted, registry=registry)


def test_every_message_fits_the_schema(tmp_path: Path) -> None:
    schema = json.loads((ROOT / "spec/adapter.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    request = validator(schema, "request")
    responses = {op: validator(schema, f"responses/{op}") for op in schema["$defs"]["responses"]}
    every = [*CHECKS, *Suite.found().draft_checks()]
    assert {check.op for check in every} == set(responses)
    for number, check in enumerate(every):
        root = tmp_path / str(number)
        if check.has_tree:
            root.mkdir()
            create_tree(root, check.case.document["input"]["tree"])
        message = check.message(root)
        request.validate(message)
        reply = answer(json.loads(json.dumps(message)))
        responses[check.op].validate(reply)
        if "or" not in check.case.expect:
            assert (reply["type"] == "error") == ("error" in check.expected()), check.id


def test_the_protocol_knows_every_operation() -> None:
    chapter = (ROOT / "docs/protocol.md").read_text("utf-8")
    operations = {check.op for check in CHECKS} | {"decode-next"}
    listed = {line.split("`")[1] for line in chapter.splitlines() if line.startswith("| `")}
    assert operations <= listed


def test_the_suite_is_found_and_whole() -> None:
    suite = Suite.found()
    suite.verify()
    assert {check.case.id for check in CHECKS} == listed()
    assert [check.id for check in suite.checks()] == [check.id for check in CHECKS]
    assert len({check.id for check in CHECKS}) == len(CHECKS)
    # What encodes shows nothing about decoding, nor the other way round.
    for class_, foreign in (("reader", "ENC-"), ("writer", "DEC-")):
        own = [check.requirements for check in CHECKS if check.class_ == class_]
        assert all(own)
        assert not [each for bound in own for each in bound if each.startswith(foreign)]
    smoke = {check.class_ for check in CHECKS if "smoke" in check.tags}
    assert smoke == set(CLASSES)
    for class_ in CLASSES:
        assert sum(c.class_ == class_ and "smoke" in c.tags for c in CHECKS) >= 2


def test_a_person_sees_progress_and_a_pipe_does_not() -> None:
    screen, terminal = pty.openpty()
    program = [sys.executable, "-c", "from rckp.cli import main; main()"]
    options = ["conformance", "run", "--id", "reader/utf8/*", "--"]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(
        [*program, *options, *REFERENCE],
        stdout=subprocess.PIPE,
        stderr=terminal,
        env=environment,
    ) as process:
        os.close(terminal)
        shown = b""
        while piece := _read(screen):
            shown += piece
        printed = process.communicate()[0]
    os.close(screen)
    assert process.returncode == 0
    assert b"asking" in shown
    assert b"asking" not in printed
    assert run("--id", "reader/utf8/*").err == ""


def _read(screen: int) -> bytes:
    try:
        return os.read(screen, 4096)
    except OSError:  # how a terminal ends on Linux
        return b""


def test_a_case_with_files_of_other_users_needs_root(monkeypatch: pytest.MonkeyPatch) -> None:
    [check] = [each for each in CHECKS if each.case.id == "store/write/owner/640"]
    monkeypatch.setattr(runner, "_is_root", lambda: False)
    with runner.SuiteRunner(lambda: Adapter(REFERENCE), "location", {}) as run:
        [result] = run.results([check])
    assert (result.outcome, result.grade) == ("unsupported", "none")
    assert "as root" in result.differences[0]

"""The corpus itself: well-formed, complete, and each invalid file with just the fault it claims."""

from __future__ import annotations

import json
import re
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

import rckp
from conformance.tests.corpus import FIXTURES, ROOT, corpus, invalid_files, label
from conformance.tests.format.test_cases import told
from conformance.tools.casegen.corpus import errors, manifest, schema
from conformance.tools.casegen.encoding import encoded
from rckp.conformance.cases import Case, Edit, apply
from rckp.conformance.suite import DATA, Suite
from rckp.format.record_json import from_json

INTEGERS = (
    "created_at_ms",
    "random_seed",
    "algorithm_signature_hash",
    "problem_signature_hash",
    "elapsed_millis",
)


def test_every_case_is_as_the_generator_wants_it() -> None:
    assert list(errors()) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("random_seed", "007"),
        ("random_seed", "+7"),
        ("random_seed", "-0"),
        ("elapsed_millis", {"integer": "7"}),
        ("run_id", {"text": "a"}),
        ("seed_payload", {"text": "a"}),
        ("status", {"text": "running"}),
        ("status", "paused"),
    ],
)
def test_what_would_be_ambiguous_is_never_asked(field: str, value: object) -> None:
    case = corpus()["writer/type/status/text"].document
    record = case["input"]["record"] | {"status": "running"}
    for given, fits in ((record, True), (record | {field: value}, False)):
        document = case | {"input": {"record": given}}
        assert schema().is_valid(document) is fits


def test_the_manifest_covers_the_data_and_nothing_else(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(FIXTURES, tmp_path / "fixtures"))
    suite = Suite.locate(tmp_path)
    (copy / "README.md").write_text("another word")
    (copy / "note.txt").write_text("of somebody")
    suite.verify()
    assert suite.sha256 == Suite.locate().sha256
    for directory in DATA:
        one = next(path for path in sorted((copy / directory).rglob("*")) if path.is_file())
        text = one.read_bytes()
        for change in (lambda path: path.write_bytes(b"x"), Path.unlink):
            change(one)
            with pytest.raises(ValueError, match=one.name):
                suite.verify()
            one.write_bytes(text)
        suite.verify()


def test_the_generator_encodes_every_record_of_the_corpus_by_itself() -> None:
    source = (ROOT / "conformance/tools/casegen/encoding.py").read_text("utf-8")
    imported = re.findall(r"^\s*(?:from|import) (\w+)", source, re.MULTILINE)
    assert {*imported} == {"__future__", "struct", "collections", "typing"}
    files = 0
    trees = 0
    for case in corpus().values():
        if case.op == "decode" and "record" in case.expect:
            assert encoded(_values(case.expect["record"])) == case.data, case.id
            files += 1
        for entry in case.document["input"].get("tree", ()):
            if "record" in entry:
                record = from_json(entry["record"])
                assert encoded(_values(entry["record"])) == rckp.encode(record), case.id
                trees += 1
    assert files > 100
    assert trees > 500


def _values(record: dict[str, str | None]) -> dict[str, object]:
    """A record of JSON with its integers as integers."""
    return {
        name: int(value) if value is not None and name in INTEGERS else value
        for name, value in record.items()
    }


def test_the_manifest_is_that_of_the_files() -> None:
    assert (FIXTURES / "manifest.json").read_text("utf-8") == manifest(FIXTURES)


def test_the_real_files_are_all_there() -> None:
    sizes = [path.stat().st_size for path in (FIXTURES / "files/real").rglob("*.ckpt")]
    assert (len(sizes), sizes.count(0)) == (68, 31)


@pytest.mark.parametrize("case", invalid_files(), ids=label)
def test_the_edit_alone_makes_the_fault(case: Case) -> None:
    base = corpus()[case.document["input"]["base"]]
    rckp.decode(base.data)
    edits = case.edits
    assert edits == sorted(edits)
    assert apply(base.data, edits) == case.data, "the edits do not give the file"
    assert len(edits) == (2 if "/precedence/" in case.id else 1)
    if len(edits) == 1:
        assert apply(case.data, [_undo(edits[0])]) == base.data
        return
    then = case.expect["then"]
    left: Edit = edits[1] if then["undo"] == "first" else edits[0]
    undone = edits[0] if left is edits[1] else edits[1]
    for survivor, error in ((left, then["error"]), (undone, case.expect["error"])):
        with pytest.raises(rckp.DecodeError) as caught:
            rckp.decode(apply(base.data, [survivor]))
        assert told(caught.value) == error


def _undo(edit: Edit) -> Edit:
    return Edit(edit.at, edit.insert, edit.remove)


def test_every_requirement_is_accepted_and_rejected() -> None:
    """Each requirement has a case that it accepts and one that it rejects, or a reason."""
    requirements = json.loads((ROOT / "spec/requirements.json").read_text("utf-8"))
    known = {row["id"] for row in requirements["requirements"]}
    exceptions = json.loads((FIXTURES / "coverage.json").read_text("utf-8"))["exceptions"]
    covered: defaultdict[str, set[str]] = defaultdict(set)
    for case in corpus().values():
        for requirement in case.requirements:
            covered[requirement].add("reject" if _rejects(case) else "accept")
    assert set(covered) <= known, "cases cite requirements that the chapters do not have"
    assert set(exceptions) <= known
    holes = []
    for requirement in sorted(known):
        excused = set(exceptions.get(requirement, {}))
        if "both" in excused:
            excused = {"accept", "reject"}
        stale = excused & covered[requirement]
        holes += [f"{requirement}: excused from {side}, but has a case" for side in stale]
        missing = {"accept", "reject"} - covered[requirement] - excused
        holes += [f"{requirement}: no case that it {side}s" for side in sorted(missing)]
    assert holes == []


def _rejects(case: Case) -> bool:
    """Whether the response is an error, or that there is nothing: no number, file, removal."""
    nothing = ({"timestamp": None}, {"selected": None})
    return (
        "error" in case.expect
        or case.expect in nothing
        or case.expect.get("paths") == []
        or case.expect.get("removed", True) in (False, "0")
    )


def test_every_code_has_a_case() -> None:
    codes = json.loads((ROOT / "spec/errors.json").read_text("utf-8"))["codes"]
    shown = {case.expect["error"]["code"] for case in corpus().values() if "error" in case.expect}
    wanted = {row["code"] for row in codes if row["phase"] in ("decode", "encode")}
    assert wanted - shown == {"string-too-long"}, "4 GiB of text are in no file of ours"

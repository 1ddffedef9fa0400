"""`rckp recover`: a valid file with the fields before an error, and never in place."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

import rckp as library
from conformance.tests.attack.test_json_output import loaded
from conformance.tests.command import CONTROL, rckp
from conformance.tests.corpus import FIXTURES, corpus, invalid_files, label
from rckp.conformance.cases import Case
from rckp.files.output_file import OutputFile
from rckp.format.identity import Identity
from rckp.format.scan import ByteReader
from rckp.validation.inspect import inspect
from rckp.validation.recovery import recover

READER = FIXTURES / "cases/reader"
GOOD = READER / "full.ckpt"
CUT = READER / "truncated/step_state_payload/content-some.ckpt"
LATE = READER / "truncated/elapsed_millis/integer-some.ckpt"
FOREIGN = READER / "magic/zip.ckpt"
WHOLE = corpus()["reader/full"].expect["record"]


@pytest.mark.parametrize("case", invalid_files(), ids=label)
def test_what_is_recovered_is_valid_and_loses_nothing(case: Case) -> None:
    inspection = inspect(ByteReader.from_bytes(case.data), shown=None)
    found = recover(inspection, "rckp", "the error")
    there = inspection.partial_record()
    data = library.encode(found.record)
    assert library.validate(data).valid
    values = found.record._asdict()
    for name, value in there.items():
        if name not in ("status", "error_message"):
            assert values[name] == value
            assert name in found.kept
    assert values["status"] == "interrupted"
    assert "recovered by rckp from an invalid file: the error" in values["error_message"]
    if there.get("error_message"):
        assert there["error_message"] in values["error_message"]
    if found.begun:
        assert inspection.fields[-1].value in values[found.begun]
    else:
        assert inspection.fields[-1].complete or not inspection.fields[-1].value
    assert (not found.incomplete) == ("step_state_payload" in there)


def test_missing_hashes_are_those_of_the_strings() -> None:
    path = READER / "truncated/algorithm_signature_hash/integer-some.ckpt"
    found = recover(inspect(ByteReader.from_bytes(path.read_bytes()), shown=None), "x", "y")
    identity = Identity(*(getattr(found.record, name) for name in Identity._fields))
    assert identity.signature_hashes == (
        found.record.algorithm_signature_hash,
        found.record.problem_signature_hash,
    )


def test_a_file_with_identity_and_payload(tmp_path: Path) -> None:
    new = tmp_path / "new.ckpt"
    before = LATE.read_bytes()
    result = rckp("recover", LATE, "-o", new)
    assert result.status == 0
    assert LATE.read_bytes() == before
    record = library.decode(new.read_bytes())
    assert record.step_state_payload == WHOLE["step_state_payload"]
    assert record.run_id == WHOLE["run_id"]
    assert (record.status, record.elapsed_millis) == ("interrupted", 0)
    assert "truncated" in (record.error_message or "")
    assert "status: interrupted" in result.text
    assert all(len(line) <= 80 for line in result.text.splitlines()[1:])
    assert rckp("validate", new).status == 0
    assert os.listdir(tmp_path) == ["new.ckpt"]


def test_an_incomplete_payload_needs_the_option(tmp_path: Path) -> None:
    new = tmp_path / "new.ckpt"
    refused = rckp("recover", CUT, "-o", new)
    assert refused.status == 1
    assert "the payload would be incomplete" in refused.err
    assert "--incomplete" in refused.err
    assert not new.exists()
    result = rckp("recover", "--incomplete", "--format", "json", CUT, "-o", new)
    assert result.status == 0
    document = loaded("recover", result.out)
    assert document["begun"] == "step_state_payload"
    assert document["resumable"] is False
    assert library.decode(new.read_bytes()).step_state_payload == WHOLE["step_state_payload"][:-1]
    early = READER / "truncated/run_id/content-some.ckpt"
    assert "the identity and the payload" in rckp("recover", early, "-o", tmp_path / "x").err


def test_nothing_to_recover(tmp_path: Path) -> None:
    new = tmp_path / "new.ckpt"
    foreign = rckp("recover", "--incomplete", FOREIGN, "-o", new)
    assert foreign.status == 1
    assert "ZIP archive" in foreign.err
    empty = rckp("recover", "--incomplete", "-", "-o", new)
    assert empty.status == 1
    valid = rckp("recover", GOOD, "-o", new)
    assert valid.status == 2
    assert "is valid" in valid.err
    assert rckp("recover", tmp_path / "missing", "-o", new).status == 2
    assert rckp("recover", CUT).status == 2
    assert os.listdir(tmp_path) == []


def test_a_complete_file_of_another_layout_is_not_recovered(tmp_path: Path) -> None:
    whole = next(iter(sorted((FIXTURES / "files/real").rglob("run-HillClimbing-21*.ckpt"))))
    draft = tmp_path / "draft.ckpt"
    assert rckp("convert", "--to", "next", whole, "-o", draft).status == 0
    for options in ([], ["--incomplete"]):
        result = rckp("recover", *options, draft, "-o", tmp_path / "new")
        assert result.status == 1
        assert "a complete file of the draft layout" in result.err
        assert "rckp convert --to released" in result.err
    assert os.listdir(tmp_path) == ["draft.ckpt"]


def test_never_over_a_file(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ckpt"
    broken.write_bytes(LATE.read_bytes())
    os.link(broken, tmp_path / "hard")
    (tmp_path / "soft").symlink_to("broken.ckpt")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "other").write_bytes(b"precious")
    os.mkfifo(tmp_path / "pipe")
    for name in ("broken.ckpt", "hard", "soft", "dangling", "other", "pipe", "."):
        result = rckp("recover", broken, "-o", tmp_path / name)
        assert result.status == 2, name
        assert "it exists" in result.err
    assert broken.read_bytes() == LATE.read_bytes()
    assert (tmp_path / "other").read_bytes() == b"precious"
    assert rckp("recover", broken, "-o", tmp_path / "no" / "x").status == 2
    assert len(os.listdir(tmp_path)) == 6


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_in_the_meantime_stays(
    tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:

        def refuse(*_: object) -> None:
            raise PermissionError(errno.EPERM, "no links here")

        monkeypatch.setattr(os, "link", refuse)
    late = OutputFile(str(tmp_path / "late"), new=True)
    late.write(b"new")
    assert (tmp_path / "late").read_bytes() == b"new"
    again = OutputFile(str(tmp_path / "again"), new=True)
    # Between the check and the publication, as if another program were faster.
    monkeypatch.setattr(os.path, "lexists", lambda _: False)
    (tmp_path / "again").write_bytes(b"precious")
    with pytest.raises(FileExistsError):
        again.write(b"new")
    assert (tmp_path / "again").read_bytes() == b"precious"
    assert sorted(os.listdir(tmp_path)) == ["again", "late"]


@pytest.mark.parametrize("call", ["link", "replace"])
def test_a_failed_publication_leaves_nothing(
    tmp_path: Path, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the temporary file nor the empty one that takes the name without links."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM if call == "replace" else errno.ENOSPC, "refused")

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "failed")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "replace", fail)
    file = OutputFile(str(tmp_path / "new"), new=True)
    with pytest.raises(OSError, match="failed" if call == "replace" else "refused"):
        file.write(b"new")
    assert os.listdir(tmp_path) == []


def test_to_standard_output() -> None:
    result = rckp("recover", "-", "-o", "-", stdin=LATE.read_bytes())
    assert result.status == 0
    assert library.decode(result.out).status == "interrupted"
    assert "recovered" in result.err


def test_control_characters_stay_inside(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff\x1b[31m.ckpt")
    (tmp_path / name).write_bytes(LATE.read_bytes())
    result = rckp("recover", tmp_path / name, "-o", tmp_path / f"{name}.new")
    assert result.status == 0
    assert not CONTROL.search(result.text)

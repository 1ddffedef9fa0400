"""Our files in the real crate's hands, and its files in ours: byte for byte, path for path."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rckp
from conformance.tests.adapter import agrees, surveyed
from conformance.tests.corpus import FIXTURES, ROOT, corpus, invalid_files, label, valid_files
from conformance.tests.examples import EXAMPLE
from conformance.tests.roma import roma_programs
from rckp.conformance.cases import Case
from rckp.strategies import records, strings

pytestmark = pytest.mark.toolchain

REAL = sorted((FIXTURES / "files/real").rglob("*.ckpt"))
FEW = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Roma:
    """The crate, as a process that answers line by line."""

    def __init__(self, program: Path, **environment: str) -> None:
        self._process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def __call__(self, operation: str, *fields: object) -> list[str]:
        told = [f.hex() if isinstance(f, bytes) else str(f) for f in map(coded, fields)]
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\t".join([operation, *told]) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().rstrip("\n").split("\t")

    def path(self, operation: str, *fields: object) -> Path:
        """The path that it answers with."""
        word, path = self(operation, *fields)
        assert word in ("wrote", "base")
        return Path(os.fsdecode(bytes.fromhex(path)))

    def read(self, path: Path) -> tuple[Any, ...] | str:
        """The record at a path, or the kind of its error."""
        word, *fields = self("read", path)
        if word == "error":
            return fields[0]
        return tuple(fields)

    def close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        assert self._process.wait() == 0


def coded(field: object) -> object:
    if isinstance(field, Path):
        return os.fsencode(field)
    if isinstance(field, str):
        return field.encode()
    return "-" if field is None else field


def as_told(record: rckp.CheckpointRecord) -> tuple[str, ...]:
    """A record in the form of the crate's answer."""
    options = {"seed_payload", "error_message"}
    status = {"status"}
    return tuple(
        "-"
        if value is None
        else value.encode().hex()
        if isinstance(value, str) and name not in status
        else str(value)
        for name, value in record._asdict().items()
        if name in options or value is not None
    )


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The crate's side."""
    return roma_programs(tmp_path_factory) / "rckp-roma-interop"


@pytest.fixture(scope="session")
def roma(program: Path) -> Iterator[Roma]:
    process = Roma(program)
    yield process
    process.close()


def test_the_benchmark_times_what_the_crate_does(program: Path, tmp_path: Path) -> None:
    file = REAL[0]
    base = tmp_path / "base"
    asked = f"read\t{file}\t3\nwrite\t{file}\t{base}\t2\n"
    done = subprocess.run(
        [program.with_name("rckp-bench")], input=asked, capture_output=True, text=True, check=True
    )
    assert [int(line) > 0 for line in done.stdout.splitlines()] == [True, True]
    (written,) = base.rglob("*.ckpt")
    assert written.read_bytes() == file.read_bytes()


@pytest.fixture
def store(tmp_path: Path) -> rckp.CheckpointStore:
    return rckp.CheckpointStore(tmp_path / "ours", durability="none")


@given(record=records())
@FEW
def test_it_reads_what_we_write_and_writes_it_the_same_way(
    roma: Roma, tmp_path_factory: pytest.TempPathFactory, record: rckp.CheckpointRecord
) -> None:
    here = tmp_path_factory.mktemp("there")
    store = rckp.CheckpointStore(here / "ours", durability="none")
    try:
        path = store.write(record)
    except rckp.StoreError as error:
        assert error.code == "name-too-long"
        return
    assert roma.read(path) == as_told(record)
    copied = roma.path("copy", path, here / "theirs")
    assert copied.relative_to(here / "theirs") == path.relative_to(store.base_dir)
    assert copied.read_bytes() == path.read_bytes()
    assert store.read(copied) == record


NAMES = st.one_of(strings(), st.text("aZ9-_:/.\\ é中😀\0", max_size=30))


@given(
    record=records(
        run_id=NAMES,
        algorithm_name=NAMES,
        problem_description=NAMES,
        status=st.just(EXAMPLE.status),
    )
)
@FEW
def test_we_read_what_it_writes(
    roma: Roma, tmp_path_factory: pytest.TempPathFactory, record: rckp.CheckpointRecord
) -> None:
    theirs = tmp_path_factory.mktemp("theirs")
    template = FIXTURES / "cases/reader/example.ckpt"
    fields = [value for name, value in record._asdict().items() if name != "status"]
    word, answer = roma("write", template, theirs, *fields)
    store = rckp.CheckpointStore(theirs, durability="none")
    if word == "error":
        with pytest.raises(rckp.StoreError, match="name-too-long"):
            store.write(record)
        return
    path = Path(os.fsdecode(bytes.fromhex(answer)))
    assert store.read(path) == record
    assert path.read_bytes() == rckp.encode(record)
    assert list(store.files()) == [path]
    assert store.write(record) == path, "the run that it began can go on here"
    assert roma("delete", path) == ["removed", "true"]
    assert not store.delete_on_success(path)
    assert roma("delete", path) == ["removed", "false"]


def test_every_valid_case_is_read_and_every_invalid_one_rejected(roma: Roma) -> None:
    valid, invalid = valid_files(), [c for c in invalid_files() if "/hostile/" not in c.id]
    assert len(valid) > 50
    assert len(invalid) > 200
    for case in valid:
        path = case.path.parent / case.document["input"]["file"]
        assert roma.read(path) == as_told(rckp.decode(case.data)), case.id
    for case in invalid:
        path = case.path.parent / case.document["input"]["file"]
        kind = "UnexpectedEof" if case.expect["error"]["code"] == "truncated" else "InvalidData"
        assert roma.read(path) == kind, case.id


def test_it_writes_every_record_of_the_cases_where_we_do(roma: Roma, tmp_path: Path) -> None:
    """Names, scopes and all: what the cases expect is what the crate does."""
    written = 0
    for number, case in enumerate(corpus().values()):
        if case.op != "write" or "error" in case.expect:
            continue
        [put] = case.expect["changes"]["put"]
        from rckp.format.record_json import from_json

        source = tmp_path / f"{number}.ckpt"
        source.write_bytes(rckp.encode(from_json(put["record"])))
        base = tmp_path / str(number)
        copied = roma.path("copy", source, base)
        expected = case.expect["path"].removeprefix(case.document["input"]["base"] + "/")
        assert str(copied.relative_to(base)) == expected, case.id
        written += 1
    assert written > 20


def test_the_real_files_lie_where_we_would_have_written_them(roma: Roma, tmp_path: Path) -> None:
    whole = [path for path in REAL if path.stat().st_size]
    assert len(whole) == 37
    store = rckp.CheckpointStore(tmp_path, durability="none")
    for path in whole:
        found = store.read(path)
        written = store.write(found)
        assert written.read_bytes() == path.read_bytes()
        assert str(path).endswith(str(written.relative_to(tmp_path)))
        assert roma.read(written) == as_told(found)


BASES = [
    case
    for case in corpus().values()
    if case.op == "base-dir" and case.document["input"]["system"] == "linux"
]


@pytest.mark.parametrize("case", BASES, ids=label)
def test_the_base_directory_is_the_one_that_it_takes(program: Path, case: Case) -> None:
    given = case.document["input"]
    process = Roma(program, **given["environment"])
    try:
        path = process("base", given["explicit"], given["project"])[1]
    finally:
        process.close()
    assert bytes.fromhex(path).decode() == case.expect["path"]


def test_a_run_that_was_killed_goes_on_from_what_we_wrote(program: Path, tmp_path: Path) -> None:
    """The crate's own run: killed, read here, written again here, found and resumed there."""
    base = tmp_path / "base"
    command = [str(program), "climb", "1000000000", "--checkpoint-dir", str(base)]
    store = rckp.CheckpointStore(base)
    for _ in range(50):  # it writes in place: about half of the kills leave an empty file
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not (base.exists() and any(store.files())):
            time.sleep(0.005)
        time.sleep(0.02)
        child.send_signal(signal.SIGKILL)
        child.wait()
        if found := list(store.entries(on_error=lambda *_: None)):
            break
    [entry] = found
    record = entry.record
    assert record.run_id.startswith(f"HillClimbing-{child.pid}-")
    identity = rckp.Identity(*(getattr(record, field) for field in rckp.Identity._fields))
    assert [each.path for each in store.list_resumable(identity)] == [entry.path]
    for path in store.files():
        path.unlink()
    assert "1000000000" in identity.algorithm_parameters
    shorter = identity._replace(
        algorithm_parameters=identity.algorithm_parameters.replace("1000000000", "5")
    )
    algorithm_hash, problem_hash = shorter.signature_hashes
    ours = record._replace(
        algorithm_parameters=shorter.algorithm_parameters,
        algorithm_signature_hash=algorithm_hash,
        problem_signature_hash=problem_hash,
    )
    store.write(ours)
    resumed = subprocess.run(
        [*command[:2], "5", *command[3:], "--resume"], capture_output=True, text=True, check=True
    )
    assert "No resumable" not in resumed.stderr
    assert list(store.files()) == [], "it found ours, went on from there, and ended"
    store.write(ours)
    subprocess.run([*command[:2], "5", *command[3:]], capture_output=True, check=True)
    assert [each.record for each in store.entries()] == [ours], "without --resume it stays"


def test_it_agrees_but_for_what_is_known(program: Path, tmp_path: Path) -> None:
    """The crate as an implementation under test; its differences are listed and explained."""
    known = ROOT / "conformance/implementations/roma/known-failures.json"
    adapter = program.with_name("rckp-adapter")
    # It opens pipes and waits for ever: two known failures are timeouts.
    found = agrees([str(adapter)], tmp_path, "--known-failures", known, "--timeout", "5")
    assert found.implementation.name == "roma_lib"
    outcomes = {each.outcome for each in found.results}
    assert outcomes == {"pass", "unsupported", "expected-fail"}
    surveyed([str(adapter)], "--grade", "code")

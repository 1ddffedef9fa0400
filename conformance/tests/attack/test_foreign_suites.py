"""A suite from elsewhere is data: nothing is made, read or asked about outside of its trees."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.tests.attack.test_foreign_cases import purge_case
from conformance.tests.command import Result, rckp
from conformance.tests.corpus import ROOT
from rckp.conformance.suite_files import MAX_FILE

Entry = dict[str, Any]

REFERENCE = [sys.executable, "-P", "-m", "rckp.conformance.reference"]


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """An exported suite of a single case, with room for an attack."""
    directory = tmp_path / "suite"
    (directory / "spec").mkdir(parents=True)
    (directory / "spec/requirements.json").write_bytes(
        (ROOT / "spec/requirements.json").read_bytes()
    )
    put(directory, "cases/store/purge/before-1.json", purge_case())
    return directory


def put(directory: Path, name: str, document: object) -> None:
    """Write a file of the suite, and update the manifest."""
    path = directory / "fixtures" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
    seal(directory)


def seal(directory: Path) -> None:
    fixtures = directory / "fixtures"
    digests = {
        path.relative_to(fixtures).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(fixtures.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }
    (fixtures / "manifest.json").write_text(json.dumps({"version": 1, "sha256": digests}))


def run(directory: Path, *options: str) -> Result:
    return rckp("conformance", "run", "--suite", directory, *options, "--", *REFERENCE)


def refused(done: Result) -> str:
    """The sentence of a command that refuses."""
    assert (done.status, done.out) == (2, b""), done
    assert done.err.startswith("Error: Cannot use the suite: ")
    assert done.err.count("\n") == 1
    assert len(done.err) < 700
    return done.err


def test_a_small_suite_is_asked(suite: Path) -> None:
    done = run(suite)
    assert done.status == 0, done


def test_a_suite_does_not_write_outside(suite: Path, tmp_path: Path) -> None:
    target = tmp_path / "pwned"
    for path in (str(target), "../" * 20 + str(target)[1:]):
        entry = {"path": path, "kind": "file", "bytes": "00"}
        put(suite, "cases/store/purge/before-1.json", purge_case(input={"tree": [entry]}))
        assert "does not stay below its root" in refused(run(suite))
        assert not target.exists()


def test_a_suite_does_not_purge_outside(suite: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "a.ckpt").write_bytes((ROOT / "fixtures/cases/reader/example.ckpt").read_bytes())
    link = {"path": "base", "kind": "link", "target": str(victim)}
    for given in ({"tree": [link]}, {"base": str(victim)}, {"base": ("../" * 20) + "tmp"}):
        case = purge_case(input={**given, "before": "18446744073709551615"})
        put(suite, "cases/store/purge/before-1.json", case)
        assert "leads out of the tree" in refused(run(suite))
    assert (victim / "a.ckpt").exists()


def decode_case(file: str, data: bytes) -> dict[str, Any]:
    return purge_case(id="reader/x", classes=["reader"], op="decode", requirements=["DEC-1"]) | {
        "input": {"file": file, "sha256": hashlib.sha256(data).hexdigest()},
        "expect": {"error": {"code": "bad-magic"}},
    }


@pytest.mark.parametrize("name", ["../../../../../secret", "/etc/passwd", "a\0b", "link", "pipe"])
def test_an_input_is_a_file_of_the_suite(name: str, suite: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    put(suite, "cases/reader/x.json", decode_case(name, b"secret"))
    if name == "link":
        (suite / "fixtures/cases/reader/link").symlink_to(secret)
    if name == "pipe":
        os.mkfifo(suite / "fixtures/cases/reader/pipe")
    seal(suite)
    done = run(suite)
    assert (done.status, done.out) == (2, b"")
    assert done.err.startswith("Error: Cannot use the suite: ")


def linked_case(suite: Path) -> None:
    path = suite / "fixtures/cases/store/purge/before-1.json"
    (suite.parent / "x.json").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(suite.parent / "x.json")


def linked_directory(suite: Path) -> None:
    (suite / "fixtures/cases").rename(suite.parent / "cases")
    (suite / "fixtures/cases").symlink_to(suite.parent / "cases")


def linked_fixtures(suite: Path) -> None:
    (suite / "fixtures").rename(suite.parent / "fixtures")
    (suite / "fixtures").symlink_to(suite.parent / "fixtures")


def linked_requirements(suite: Path) -> None:
    (suite / "spec/requirements.json").unlink()
    (suite / "spec/requirements.json").symlink_to(ROOT / "spec/requirements.json")


def no_requirements(suite: Path) -> None:
    (suite / "spec/requirements.json").unlink()


def pipe(suite: Path) -> None:
    os.mkfifo(suite / "fixtures/pipe")


def huge(suite: Path) -> None:
    with (suite / "fixtures/cases/huge.json").open("wb") as file:
        file.truncate(MAX_FILE + 1)


def raw(data: bytes, name: str = "cases/store/purge/before-1.json") -> Callable[[Path], None]:
    return lambda suite: put(suite, name, data)


def manifest(data: bytes) -> Callable[[Path], object]:
    return lambda suite: (suite / "fixtures/manifest.json").write_bytes(data)


def requirements(data: bytes) -> Callable[[Path], object]:
    return lambda suite: (suite / "spec/requirements.json").write_bytes(data)


BROKEN: dict[str, Callable[[Path], object]] = {
    "linked case": linked_case,
    "linked directory": linked_directory,
    "linked fixtures": linked_fixtures,
    "linked requirements": linked_requirements,
    "no requirements": no_requirements,
    "pipe": pipe,
    "huge": huge,
    "deep": raw(b"[" * 100_000 + b"]" * 100_000),
    "deep objects": raw(b'{"a":' * 5000 + b"1" + b"}" * 5000),
    "no JSON": raw(b"{"),
    "not UTF-8": raw(b'{"id": "\xff"}'),
    "a surrogate": raw(json.dumps(purge_case(why="\ud800" * 30)).encode()),
    "a member twice": raw(b'{"id": "a", "id": "b"}'),
    "no object": raw(b"[]"),
    "a number": raw(b"1" * 5000),
    "another id": raw(json.dumps(purge_case(id="store/purge/other")).encode()),
    "the same id twice": raw(json.dumps(purge_case()).encode(), "cases/store/purge/copy.json"),
    "a hostile name": raw(b"{}", "cases/a\x1b[31m\u202e.json"),
    "unknown requirement": raw(json.dumps(purge_case(requirements=["X-1"])).encode()),
    "manifest: no JSON": manifest(b"{"),
    "manifest: a list": manifest(b"[]"),
    "manifest: digests of another type": manifest(b'{"version": 1, "sha256": {"a": 1}}'),
    "manifest: digests a list": manifest(b'{"version": 1, "sha256": []}'),
    "manifest: deep": manifest(b"[" * 100_000),
    "requirements: a list": requirements(b"[]"),
    "requirements: of another type": requirements(b'{"requirements": {"id": 1}}'),
    "requirements: incomplete": requirements(b'{"requirements": [{"id": "A-1"}]}'),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_suite_gets_one_sentence(name: str, suite: Path) -> None:
    BROKEN[name](suite)
    refused(run(suite))


TABLES = {
    "no base": b"sha256 0\n",
    "endless": b"substitute 0-99999999999999999999: 00-ff ok\n",
    "base outside": b"base ../../x\nsha256 0\n",
    "not UTF-8": b"\xff\n",
    "no outcome": b"delete 0: \x1b[31m\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_a_broken_table_gets_one_sentence(name: str, suite: Path) -> None:
    put(suite, "single-edit/x.txt", TABLES[name])
    refused(rckp("conformance", "single-edit", "--suite", suite, "--", *REFERENCE))

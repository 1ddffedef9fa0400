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

from conformance.tests.command import Result, rckp
from conformance.tests.corpus import ROOT
from rckp.conformance.case_shape import check_case
from rckp.conformance.suite_files import MAX_FILE
from rckp.conformance.trees import create_tree

Entry = dict[str, Any]

REFERENCE = [sys.executable, "-P", "-m", "rckp.conformance.reference"]

OUTSIDE: dict[str, list[Entry]] = {
    "up": [{"path": "../x", "kind": "file"}],
    "up later": [{"path": "a/../../x", "kind": "file"}],
    "absolute": [{"path": "/tmp/x", "kind": "file"}],  # noqa: S108
    "empty name": [{"path": "a//x", "kind": "file"}],
    "point": [{"path": "./x", "kind": "file"}],
    "nothing": [{"path": "", "kind": "directory"}],
    "NUL": [{"path": "a\0b", "kind": "file"}],
    "NUL in hex": [{"path": {"hex": "610062"}, "kind": "file"}],
    "up in hex": [{"path": {"hex": "2e2e2f78"}, "kind": "file"}],
    "directory": [{"path": "../x", "kind": "directory"}],
    "pipe": [{"path": "../x", "kind": "pipe"}],
    "the name of a link": [{"path": "../x", "kind": "link", "target": "a"}],
    "through a link": [
        {"path": "l", "kind": "link", "target": "d"},
        {"path": "l/x", "kind": "file"},
    ],
    "over a link": [{"path": "l", "kind": "link", "target": "d"}, {"path": "l", "kind": "file"}],
    "hard link to outside": [{"path": "x", "kind": "hard-link", "target": "../secret"}],
    "hard link to nothing": [{"path": "x", "kind": "hard-link", "target": "a"}],
    "hard link through a link": [
        {"path": "l", "kind": "link", "target": "d"},
        {"path": "x", "kind": "hard-link", "target": "l/a"},
    ],
    "link to outside": [{"path": "l", "kind": "link", "target": "../x"}],
    "link to the root of all": [{"path": "l", "kind": "link", "target": "/etc"}],
    "links that lead outside together": [
        {"path": "a/b/c", "kind": "link", "target": "../.."},
        {"path": "l", "kind": "link", "target": "a/b/c/.."},
    ],
    "mode of a link": [{"path": "l", "kind": "link", "target": "a", "mode": "0666"}],
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_tree_stays_below_its_root(name: str, tmp_path: Path) -> None:
    root = tmp_path / "a" / "root"
    root.mkdir(parents=True)
    (tmp_path / "a" / "secret").write_text("secret")
    with pytest.raises(ValueError, match=r"tree|path|link|entry"):
        create_tree(root, [{"path": "good", "kind": "file"}, *OUTSIDE[name]])
    assert list(root.iterdir()) == []  # checked before anything is made
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["a", "root", "secret"]


def test_links_that_stay_inside_are_planted(tmp_path: Path) -> None:
    create_tree(
        tmp_path,
        [
            {"path": "a/b/c", "kind": "file", "bytes": "00", "mode": "0640"},
            {"path": "a/l", "kind": "link", "target": "../a/b"},
            {"path": "h", "kind": "hard-link", "target": "a/b/c"},
            {"path": "p", "kind": "pipe"},
            {"path": "loop", "kind": "link", "target": "loop"},
        ],
    )
    assert (tmp_path / "a/l/c").read_bytes() == b"\0"
    assert os.stat(tmp_path / "h").st_nlink == 2
    assert os.stat(tmp_path / "h").st_mode & 0o777 == 0o640


GOOD: dict[str, Any] = {"removed": "0", "changes": {"put": [], "removed": []}}


def purge_case(**changes: Any) -> dict[str, Any]:
    case: dict[str, Any] = {
        "id": "store/purge/before-1",
        "classes": ["store"],
        "level": "must",
        "since": "1.0",
        "requirements": ["STORE-1"],
        "op": "purge",
        "input": {
            "tree": [{"path": "base", "kind": "directory"}],
            "base": "base",
            "before": "1",
        },
        "expect": GOOD,
        "why": "A case for a test of the runner.",
    }
    case["input"] |= changes.pop("input", {})
    return case | changes


def test_a_good_case_passes() -> None:
    check_case(purge_case())
    incomplete = {"error": {"code": "purge-incomplete"}, "changes": GOOD["changes"]}
    check_case(purge_case(expect=GOOD | {"or": [GOOD, incomplete]}))


WRONG: dict[str, Any] = {
    "base outside": {"input": {"base": "../.."}},
    "absolute base": {"input": {"base": "/"}},
    "base over a link": {
        "input": {"tree": [{"path": "a/l", "kind": "link", "target": ".."}], "base": "a/l/.."}
    },
    "base by a link to outside": {
        "input": {"tree": [{"path": "base", "kind": "link", "target": "/home"}]}
    },
    "base of another type": {"input": {"base": 1}},
    "tree of another type": {"input": {"tree": {}}},
    "entry of another type": {"input": {"tree": ["a"]}},
    "unknown kind": {"input": {"tree": [{"path": "a", "kind": "device"}]}},
    "unknown member": {"input": {"extra": 1}},
    "number": {"input": {"before": 1}},
    "unknown operation": {"op": "format"},
    "operation of another type": {"op": []},
    "no class": {"classes": []},
    "a class twice": {"classes": ["store", "store"]},
    "id of another type": {"id": 1},
    "expect of another type": {"expect": []},
    "no changes": {"expect": {"removed": "0"}},
    "record without encoding": {
        "input": {"tree": [{"path": "a", "kind": "file", "record": {"run_id": "a"}}]}
    },
    "why": {"why": None},
    "no other answer": {"expect": GOOD | {"or": []}},
    "other answers of another type": {"expect": GOOD | {"or": GOOD}},
    "other answer of another type": {"expect": GOOD | {"or": ["0"]}},
    "other answer without changes": {"expect": GOOD | {"or": [{"removed": "0"}]}},
    "other answers within others": {"expect": GOOD | {"or": [GOOD | {"or": [GOOD]}]}},
    "other answer outside": {
        "expect": GOOD
        | {"or": [{"removed": "0", "changes": {"put": [], "removed": [], "kept": "../x"}}]}
    },
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_case_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_case(purge_case(**WRONG[name]))


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
    """Write a file of the suite, and the manifest anew."""
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


def asked(directory: Path, *options: str) -> Result:
    return rckp("conformance", "run", "--suite", directory, *options, "--", *REFERENCE)


def refused(done: Result) -> str:
    """The sentence of a command that refuses."""
    assert (done.status, done.out) == (2, b""), done
    assert done.err.startswith("Error: Cannot use the suite: ")
    assert done.err.count("\n") == 1
    assert len(done.err) < 700
    return done.err


def test_a_small_suite_is_asked(suite: Path) -> None:
    done = asked(suite)
    assert done.status == 0, done


def test_a_suite_does_not_write_outside(suite: Path, tmp_path: Path) -> None:
    target = tmp_path / "pwned"
    for path in (str(target), "../" * 20 + str(target)[1:]):
        entry = {"path": path, "kind": "file", "bytes": "00"}
        put(suite, "cases/store/purge/before-1.json", purge_case(input={"tree": [entry]}))
        assert "does not stay below its root" in refused(asked(suite))
        assert not target.exists()


def test_a_suite_does_not_purge_outside(suite: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "a.ckpt").write_bytes((ROOT / "fixtures/cases/reader/example.ckpt").read_bytes())
    link = {"path": "base", "kind": "link", "target": str(victim)}
    for given in ({"tree": [link]}, {"base": str(victim)}, {"base": ("../" * 20) + "tmp"}):
        case = purge_case(input={**given, "before": "18446744073709551615"})
        put(suite, "cases/store/purge/before-1.json", case)
        assert "leads out of the tree" in refused(asked(suite))
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
    done = asked(suite)
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
    refused(asked(suite))


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

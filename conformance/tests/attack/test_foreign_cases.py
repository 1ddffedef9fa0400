"""Cases of others: their trees stay below the root, and a wrong case is rejected."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from rckp.conformance.case_shape import check_case
from rckp.conformance.trees import create_tree

Entry = dict[str, Any]


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

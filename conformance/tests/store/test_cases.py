"""Every case of the classes identity, store and selection, against the reference."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import rckp
from rckp.json_record import from_json, to_json
from rckp.paths import base_dir_name
from rckp.store.selection import answered
from rckp.suite.cases import Case
from rckp.suite.trees import differences, path_bytes, path_text, plant, snapshot
from tests.corpus import corpus, label

CLASSES = {"identity", "store", "selection"}
CASES = [case for case in corpus().values() if CLASSES & {*case.classes}]
SYSTEMS = {"linux": "linux", "macos": "darwin", "windows": "win32", "other": "freebsd14"}


def test_the_cases_are_there() -> None:
    number = Counter(class_ for case in CASES for class_ in case.classes)
    assert number["identity"] > 100
    assert number["store"] > 90
    assert number["selection"] > 80


@pytest.mark.parametrize("case", CASES, ids=label)
def test_case(case: Case, tmp_path: Path) -> None:
    given, expect = case.document["input"], case.expect
    plant(tmp_path, given.get("tree", ()))
    before = snapshot(tmp_path)
    try:
        answer = OPERATIONS[case.op](given, tmp_path)
    except rckp.RckpError as error:
        answer = {"error": {"code": error.code}}
        if isinstance(error, rckp.EncodeError):
            answer["error"]["field"] = error.field
    if "reported" not in expect:
        answer.pop("reported", None)
    wanted = {key: value for key, value in expect.items() if key != "changes"}
    assert answer == wanted
    assert differences(before, snapshot(tmp_path), expect.get("changes", NOTHING)) == []


NOTHING: dict[str, list[str]] = {"put": [], "removed": []}
Answer = dict[str, Any]


def signature_hashes(given: Mapping[str, Any], _: Path) -> Answer:
    algorithm, problem = identity(given).signature_hashes
    return {"hashes": {"algorithm": str(algorithm), "problem": str(problem)}}


def identity(given: Mapping[str, Any]) -> rckp.Identity:
    return rckp.Identity(**{name: text(value) for name, value in given["identity"].items()})


def text(value: str | Mapping[str, str]) -> str:
    if isinstance(value, str):
        return value
    return bytes.fromhex(value["utf16"]).decode("utf-16-be", "surrogatepass")


def run_id_timestamp(given: Mapping[str, Any], _: Path) -> Answer:
    timestamp = rckp.run_id_timestamp_ms(given["run_id"])
    return {"timestamp": None if timestamp is None else str(timestamp)}


def file_name(given: Mapping[str, Any], _: Path) -> Answer:
    return {"name": rckp.checkpoint_file_name(given["run_id"])}


def scope_path(given: Mapping[str, Any], _: Path) -> Answer:
    path = rckp.scope_path(
        given["algorithm_name"],
        given["problem_description"],
        int(given["algorithm_signature_hash"]),
        int(given["problem_signature_hash"]),
    )
    return {"path": str(path)}


def base_dir(given: Mapping[str, Any], _: Path) -> Answer:
    platform = SYSTEMS[given["system"]]
    name = base_dir_name(given["explicit"], given["project"], given["environment"], platform)
    return {"path": name}


class Told:
    """An `on_error` that takes notes, relative to the base."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._paths: list[bytes] = []

    def __call__(self, path: Path, error: rckp.RckpError) -> None:
        assert error.code
        self._paths.append(os.fsencode(path.relative_to(self._base)))

    def paths(self) -> list[Any]:
        return [path_text(path) for path in sorted(self._paths)]


def relative(path: Path, to: Path) -> Any:
    return path_text(os.fsencode(path.relative_to(to)))


def store(given: Mapping[str, Any], root: Path) -> rckp.CheckpointStore:
    return rckp.CheckpointStore(root / given["base"])


def files(given: Mapping[str, Any], root: Path) -> Answer:
    opened = store(given, root)
    told = Told(opened.base_dir)
    paths = [relative(path, opened.base_dir) for path in opened.files(on_error=told)]
    return {"paths": paths, "reported": told.paths()}


def read(given: Mapping[str, Any], root: Path) -> Answer:
    return {"record": to_json(store(given, root).read(root / given["path"]))}


def write(given: Mapping[str, Any], root: Path) -> Answer:
    path = store(given, root).write(from_json(given["record"]))
    return {"path": relative(path, root)}


def delete(given: Mapping[str, Any], root: Path) -> Answer:
    return {"removed": store(given, root).delete_on_success(root / given["path"])}


def purge(given: Mapping[str, Any], root: Path) -> Answer:
    return {"removed": str(store(given, root).purge_older_than(int(given["before"])))}


def purge_age(given: Mapping[str, Any], root: Path) -> Answer:
    return {"removed": str(store(given, root).purge_older_than_age(int(given["age"])))}


def list_(given: Mapping[str, Any], root: Path) -> Answer:
    opened = store(given, root)
    told = Told(opened.base_dir)
    entries = opened.list_resumable(identity(given), on_error=told)
    for entry in entries:
        assert entry.record == rckp.decode(entry.path.read_bytes())
    paths = [relative(entry.path, opened.base_dir) for entry in entries]
    return {"paths": paths, "reported": told.paths()}


def select(given: Mapping[str, Any], root: Path) -> Answer:
    opened = store(given, root)
    choose = None
    if "answer" in given:
        choose = partial(answered, base=str(opened.base_dir), answer=given["answer"] or "")
    with contextlib.redirect_stdout(None):
        record = opened.select_resume(identity(given), choose=choose)
    if record is None:
        return {"selected": None}
    [path] = [e.path for e in opened.list_resumable(identity(given)) if e.record == record]
    return {"selected": relative(path, opened.base_dir)}


OPERATIONS: dict[str, Callable[[Mapping[str, Any], Path], Answer]] = {
    "signature-hashes": signature_hashes,
    "run-id-timestamp": run_id_timestamp,
    "file-name": file_name,
    "scope-path": scope_path,
    "base-dir": base_dir,
    "files": files,
    "read": read,
    "write": write,
    "delete": delete,
    "purge": purge,
    "purge-age": purge_age,
    "list": list_,
    "select": select,
}


def test_paths_survive() -> None:
    for path in (b"a/b", "é".encode(), b"\xff/x"):
        assert path_bytes(path_text(path)) == path

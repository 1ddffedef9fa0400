"""The adapter of the Python reference: `python -m rckp.conformance.reference`.

It speaks the protocol of docs/protocol.md and can be read as an example of one. `answer`
is the whole of it; everything else is reading and writing lines.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import rckp
from rckp.conformance.cases import text, unencodable_record
from rckp.format.paths import base_dir_name
from rckp.format.record_json import from_json, to_json
from rckp.store.selection import CheckpointEntry, NamedRun, parse_choice

Message = dict[str, Any]
Request = Mapping[str, Any]

CLASSES = ["reader", "writer", "identity", "store", "selection"]
_SYSTEMS = {"linux": "linux", "macos": "darwin", "windows": "win32", "other": "freebsd14"}


def response(request: Request) -> Message:
    """The answer to a question of the type run."""
    operation = _OPERATIONS.get(request["op"])
    if operation is None:
        reply = {"type": "unsupported", "reason": f"there is no operation {request['op']!r}"}
    else:
        try:
            reply = {"type": "ok"} | operation(request)
        except rckp.RckpError as error:
            reply = {"type": "error", "code": error.code} | _details(error)
    return reply | {"id": request["id"]}


def _details(error: rckp.RckpError) -> Message:
    names = ("field", "offset", "wanted", "available")
    found = {name: getattr(error, name, None) for name in names}
    return {name: str(value) for name, value in found.items() if value is not None}


def _path(asked: Request, name: str) -> str:
    return os.fsdecode(bytes.fromhex(asked[name]))


def _hex(path: str | os.PathLike[str]) -> str:
    return os.fsencode(path).hex()


def _store(asked: Request) -> rckp.CheckpointStore:
    store = rckp.CheckpointStore(_path(asked, "base"))
    if "lock_timeout" in asked:
        store.lock_timeout = int(asked["lock_timeout"]) / 1000
    return store


def _identity(asked: Request) -> rckp.Identity:
    return rckp.Identity(*(text(asked[name]) for name in rckp.Identity._fields))


def _signature_hashes(asked: Request) -> Message:
    algorithm, problem = _identity(asked).signature_hashes
    return {"algorithm_signature_hash": str(algorithm), "problem_signature_hash": str(problem)}


def _timestamp(asked: Request) -> Message:
    timestamp = rckp.run_id_timestamp_ms(asked["run_id"])
    return {"timestamp": None if timestamp is None else str(timestamp)}


def _scope_path(asked: Request) -> Message:
    hashes = int(asked["algorithm_signature_hash"]), int(asked["problem_signature_hash"])
    path = rckp.scope_path(asked["algorithm_name"], asked["problem_description"], *hashes)
    return {"path": _hex(path)}


def _base_dir(asked: Request) -> Message:
    explicit, project = (
        None if asked[name] is None else _path(asked, name) for name in ("explicit", "project")
    )
    system = _SYSTEMS[asked["system"]]
    return {"path": _hex(base_dir_name(explicit, project, asked["environment"], system))}


def _files(asked: Request) -> Message:
    skipped: list[str] = []
    paths = _store(asked).files(on_error=lambda path, _: skipped.append(_hex(path)))
    return {"paths": list(map(_hex, paths)), "reported": skipped}


def _list(asked: Request) -> Message:
    skipped: list[str] = []
    entries = _store(asked).list_resumable(
        _identity(asked), on_error=lambda path, _: skipped.append(_hex(path))
    )
    return {"paths": [_hex(entry.path) for entry in entries], "reported": skipped}


def _select(asked: Request) -> Message:
    store = _store(asked)
    choose: Callable[..., CheckpointEntry | None] | None = None
    if "run_id" in asked:
        choose = NamedRun(asked["run_id"], str(store.base_dir))
    elif "answer" in asked:
        choose = partial(parse_choice, base=str(store.base_dir), response=asked["answer"] or "")
    entry = store.select_entry(_identity(asked), choose=choose)
    return {"selected": None if entry is None else _hex(entry.path)}


_OPERATIONS: dict[str, Callable[[Request], Message]] = {
    "decode": lambda asked: {"record": to_json(rckp.decode(bytes.fromhex(asked["bytes"])))},
    "encode": lambda asked: {"bytes": rckp.encode(unencodable_record(asked["record"])).hex()},
    "signature-hashes": _signature_hashes,
    "run-id-timestamp": _timestamp,
    "file-name": lambda asked: {"name": _hex(rckp.checkpoint_file_name(asked["run_id"]))},
    "scope-path": _scope_path,
    "base-dir": _base_dir,
    "files": _files,
    "read": lambda asked: {"record": to_json(_store(asked).read(_path(asked, "path")))},
    "write": lambda asked: {"path": _hex(_store(asked).write(from_json(asked["record"])))},
    "delete": lambda asked: {"removed": _store(asked).delete_on_success(_path(asked, "path"))},
    "purge": lambda asked: {"removed": str(_store(asked).purge_older_than(int(asked["before"])))},
    "purge-age": lambda asked: {
        "removed": str(_store(asked).purge_older_than_age(int(asked["age"])))
    },
    "list": _list,
    "select": _select,
}


def main() -> None:
    """Answers questions until bye, or until there are no more."""
    responses = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # nothing but answers goes there
        for line in sys.stdin:
            request = json.loads(line)
            if request["type"] == "bye":
                return
            reply = _HELLO if request["type"] == "hello" else response(request)
            print(json.dumps(reply), file=responses, flush=True)


_HELLO = {
    "type": "hello",
    "name": "rckp",
    "version": rckp.__version__,
    "language": "Python",
    "classes": CLASSES,
}

if __name__ == "__main__":
    if sys.getfilesystemencoding() != "utf-8":
        # Names of checkpoints are UTF-8 whatever the locale says; Python decides at its start.
        words: list[str] = ["-X", "utf8", "-P", "-m", "rckp.conformance.reference"]
        os.execv(sys.executable, [sys.executable, *words])  # noqa: S606
    main()

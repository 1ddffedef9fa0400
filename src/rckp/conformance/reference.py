"""The adapter of the Python reference: `python -m rckp.conformance.reference`.

It implements docs/protocol.md and can be read as an example of an adapter. `respond` is the whole
of it; everything else reads and writes lines. With the argument `--draft` it also claims the class
of the draft layout.
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
from rckp.format.layouts import codec
from rckp.format.paths import base_dir_name
from rckp.format.record_json import from_json, to_json
from rckp.store.selection import CheckpointEntry, NamedRun, parse_choice

Message = dict[str, Any]
Request = Mapping[str, Any]

CLASSES = ["reader", "writer", "identity", "store", "selection"]
_SYSTEMS = {"linux": "linux", "macos": "darwin", "windows": "win32", "other": "freebsd14"}


def respond(request: Request) -> Message:
    """Return the response to a request of the type run."""
    operation = _OPERATIONS.get(request["op"])
    if operation is None:
        response = {"type": "unsupported", "reason": f"there is no operation {request['op']!r}"}
    else:
        try:
            response = {"type": "ok"} | operation(request)
        except rckp.RckpError as error:
            response = {"type": "error", "code": error.code} | _details(error)
    return response | {"id": request["id"]}


def _details(error: rckp.RckpError) -> Message:
    names = ("field", "offset", "wanted", "available")
    found = {name: getattr(error, name, None) for name in names}
    return {name: str(value) for name, value in found.items() if value is not None}


def _path(request: Request, name: str) -> str:
    return os.fsdecode(bytes.fromhex(request[name]))


def _hex(path: str | os.PathLike[str]) -> str:
    return os.fsencode(path).hex()


def _store(request: Request) -> rckp.CheckpointStore:
    store = rckp.CheckpointStore(_path(request, "base"))
    if "lock_timeout" in request:
        store.lock_timeout = int(request["lock_timeout"]) / 1000
    return store


def _identity(request: Request) -> rckp.Identity:
    return rckp.Identity(*(text(request[name]) for name in rckp.Identity._fields))


def _signature_hashes(request: Request) -> Message:
    algorithm, problem = _identity(request).signature_hashes
    return {"algorithm_signature_hash": str(algorithm), "problem_signature_hash": str(problem)}


def _timestamp(request: Request) -> Message:
    timestamp = rckp.run_id_timestamp_ms(request["run_id"])
    return {"timestamp": None if timestamp is None else str(timestamp)}


def _scope_path(request: Request) -> Message:
    hashes = int(request["algorithm_signature_hash"]), int(request["problem_signature_hash"])
    path = rckp.scope_path(request["algorithm_name"], request["problem_description"], *hashes)
    return {"path": _hex(path)}


def _base_dir(request: Request) -> Message:
    explicit, project = (
        None if request[name] is None else _path(request, name) for name in ("explicit", "project")
    )
    system = _SYSTEMS[request["system"]]
    return {"path": _hex(base_dir_name(explicit, project, request["environment"], system))}


def _files(request: Request) -> Message:
    skipped: list[str] = []
    paths = _store(request).files(on_error=lambda path, _: skipped.append(_hex(path)))
    return {"paths": list(map(_hex, paths)), "reported": skipped}


def _list(request: Request) -> Message:
    skipped: list[str] = []
    entries = _store(request).list_resumable(
        _identity(request), on_error=lambda path, _: skipped.append(_hex(path))
    )
    return {"paths": [_hex(entry.path) for entry in entries], "reported": skipped}


def _select(request: Request) -> Message:
    store = _store(request)
    choose: Callable[..., CheckpointEntry | None] | None = None
    if "run_id" in request:
        choose = NamedRun(request["run_id"], str(store.base_dir))
    elif "answer" in request:
        choose = partial(parse_choice, base=str(store.base_dir), answer=request["answer"] or "")
    entry = store.select_entry(_identity(request), choose=choose)
    return {"selected": None if entry is None else _hex(entry.path)}


def _decode_next(request: Request) -> Message:
    draft = codec("next")
    return {"record": to_json(draft.decode(bytes.fromhex(request["bytes"])), draft.layout)}


_OPERATIONS: dict[str, Callable[[Request], Message]] = {
    "decode": lambda request: {"record": to_json(rckp.decode(bytes.fromhex(request["bytes"])))},
    "decode-next": _decode_next,
    "encode": lambda request: {"bytes": rckp.encode(unencodable_record(request["record"])).hex()},
    "signature-hashes": _signature_hashes,
    "run-id-timestamp": _timestamp,
    "file-name": lambda request: {"name": _hex(rckp.checkpoint_file_name(request["run_id"]))},
    "scope-path": _scope_path,
    "base-dir": _base_dir,
    "files": _files,
    "read": lambda request: {"record": to_json(_store(request).read(_path(request, "path")))},
    "write": lambda request: {"path": _hex(_store(request).write(from_json(request["record"])))},
    "delete": lambda request: {
        "removed": _store(request).delete_on_success(_path(request, "path"))
    },
    "purge": lambda request: {
        "removed": str(_store(request).purge_older_than(int(request["before"])))
    },
    "purge-age": lambda request: {
        "removed": str(_store(request).purge_older_than_age(int(request["age"])))
    },
    "list": _list,
    "select": _select,
}


def main() -> None:
    """Respond to requests until bye, or until the end of the input."""
    output = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # only responses may be written there
        for line in sys.stdin:
            request = json.loads(line)
            if request["type"] == "bye":
                return
            response = _HELLO if request["type"] == "hello" else respond(request)
            print(json.dumps(response), file=output, flush=True)


_HELLO = {
    "type": "hello",
    "name": "rckp",
    "version": rckp.__version__,
    "language": "Python",
    "classes": [*CLASSES, *(["draft-reader"] if "--draft" in sys.argv[1:] else [])],
}

if __name__ == "__main__":
    if sys.getfilesystemencoding() != "utf-8":
        # Names of checkpoints are UTF-8 whatever the locale says; Python decides at its start.
        words: list[str] = ["-X", "utf8", "-P", "-m", "rckp.conformance.reference"]
        words += sys.argv[1:]
        os.execv(sys.executable, [sys.executable, *words])  # noqa: S606
    main()

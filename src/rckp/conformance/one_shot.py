"""The one-shot shim: an adapter for programs that take a file and print JSON.

    python -m rckp.conformance.one_shot COMMAND {} …

starts the command for each file, with the name of the file in the place of `{}`. What the
program prints on standard output must be one JSON object: the record, or, if it has no
`run_id`, an error with as much of `code`, `field`, `offset`, `wanted` and `available` as the
program knows, on its own or as the member `error`. A program that ends with a status other
than 0 and prints no JSON refuses the file without saying why. If the program is killed, so is
the shim: the runner then sees a crash.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rckp.conformance.adapter import MAX_RESPONSE
from rckp.conformance.shape import MAX_DEPTH, deeper_than
from rckp.conformance.temporary import temporary

_LARGEST_FILE = 64 << 20  # bytes of a file that the program writes, its output included
_ERROR_MEMBERS = ("code", "field", "offset", "wanted", "available")

Message = dict[str, Any]


class GarbageError(Exception):
    """What the program printed is not JSON, although it says that all is well."""


def decode(command: Sequence[str], data: bytes) -> Message:
    """Return the response of the program to a file."""
    with temporary() as directory:
        path = directory / "case.ckpt"
        path.write_bytes(data)
        filled = [each.replace("{}", str(path)) for each in command]
        # A file, since a child of the program could hold a pipe open after its end.
        with tempfile.TemporaryFile(dir=directory) as output:
            status = subprocess.call(filled, stdin=subprocess.DEVNULL, stdout=output)
            output.seek(0)
            text = output.read(MAX_RESPONSE + 1)
    if status < 0:
        os.kill(os.getpid(), -status)
        signal.pause()  # in case that signal is one that ends nothing
    try:
        printed = json.loads(text.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        printed = None
    if len(text) > MAX_RESPONSE or deeper_than(printed, MAX_DEPTH):
        printed = None
    if isinstance(printed, dict):
        return _response(printed)
    if status == 0:
        raise GarbageError(
            f"{Path(command[0]).name} ended with status 0 and printed no JSON object"
        )
    return {"type": "error"}


def _response(printed: Message) -> Message:
    if "run_id" in printed:
        return {"type": "ok", "record": {name: _plain(value) for name, value in printed.items()}}
    error = printed.get("error", printed)
    error_members = error if isinstance(error, dict) else {}
    return {"type": "error"} | {
        name: _plain(error_members[name])
        for name in _ERROR_MEMBERS
        if error_members.get(name) is not None
    }


def _plain(value: object) -> object:
    """An integer as the protocol has it; other values as they are."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def main(command: Sequence[str]) -> None:
    """Speaks the protocol until bye."""
    # This also limits the programs that it starts; a larger file ends them.
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
    for line in sys.stdin:
        request = json.loads(line)
        match request["type"]:
            case "bye":
                return
            case "hello":
                response: Message = {
                    "type": "hello",
                    "name": Path(command[0]).name,
                    "version": "",
                    "language": "",
                    "classes": ["reader"],
                }
            case _:
                response = {"id": request["id"]} | decode(command, bytes.fromhex(request["bytes"]))
        print(json.dumps(response), flush=True)  # noqa: T201


def run(arguments: list[str]) -> str | None:
    """Run `main`. Return what ended it early, for `sys.exit`."""
    try:
        main(arguments)
    except (GarbageError, OSError) as error:
        return str(error)
    return None


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))

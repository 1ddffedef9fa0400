"""Adapters that do not do what they should, each a few lines: `misbehaving.py NAME [ARGUMENT]`.

The last ones are good adapters of bad implementations.
"""

from __future__ import annotations

import json
import mmap
import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

HELLO = {"type": "hello", "name": "odd", "version": "1", "language": "any", "classes": ["reader"]}


def say(message: object) -> None:
    print(message if isinstance(message, str) else json.dumps(message), flush=True)


def requests() -> Iterator[dict[str, Any]]:
    """Respond to hello, and yield each request of the type run."""
    for line in sys.stdin:
        request = json.loads(line)
        if request["type"] == "bye":
            return
        if request["type"] == "hello":
            say(HELLO)
        else:
            yield request


def good(request: dict[str, Any]) -> dict[str, Any]:
    from rckp.conformance.reference import respond

    return respond(request)


def garbage() -> None:
    sys.stdin.readline()
    say("Usage: adapter [OPTIONS]")


def silence() -> None:
    time.sleep(600)


def death() -> None:
    sys.exit("no such shared library")


def deaf() -> None:
    """Close the standard input, and then the standard output."""
    os.close(0)
    os.close(1)
    time.sleep(600)


def endless() -> None:
    sys.stdin.readline()
    while True:
        sys.stdout.write("x" * 65536)


def endless_later() -> None:
    for _ in requests():
        while True:
            sys.stdout.write("x" * 65536)


def endless_errors() -> None:
    """A good adapter that writes megabytes to standard error."""
    for request in requests():
        sys.stderr.write("e" * 300_000)
        say(good(request))


def wrong_type() -> None:
    say({"type": "ok", "id": "1"})
    time.sleep(600)


def wrong_hello() -> None:
    say(HELLO | {"classes": ["decoder"]})
    time.sleep(600)


def nameless() -> None:
    say({"type": "hello", "version": "1", "language": "any", "classes": ["reader"]})
    time.sleep(600)


def classless() -> None:
    say({"type": "hello", "name": "odd", "version": "1", "language": "any"})
    time.sleep(600)


def out_of_order() -> None:
    """Respond to a request only after the next one, as a pipeline would."""
    before = None
    for request in requests():
        say(good(before or request))
        before = request


def one_too_many() -> None:
    for request in requests():
        response = json.dumps(good(request))
        say(f"{response}\n{response}")


def chatty() -> None:
    for request in requests():
        say(f"decoding {request['id']}")
        say(good(request))


def incomplete() -> None:
    for request in requests():
        say({"type": "ok", "id": request["id"]})


def numbers() -> None:
    """Send integers as JSON numbers."""
    for request in requests():
        response = good(request)
        if "record" in response:
            response["record"]["random_seed"] = 42
        say(response)


def unreasoned() -> None:
    for request in requests():
        say({"type": "unsupported", "id": request["id"]})


def unsupported() -> None:
    for request in requests():
        say({"type": "unsupported", "id": request["id"], "reason": "not yet"})


def refusing() -> None:
    for request in requests():
        say({"type": "error", "id": request["id"]})


def dying() -> None:
    for _ in requests():
        os.kill(os.getpid(), signal.SIGSEGV)


def staying() -> None:
    """Respond correctly, but do not end."""
    for request in requests():
        say(good(request))
    time.sleep(600)


def changing() -> None:
    """Send another version each time that it is started."""
    HELLO["version"] = str(os.getpid())
    dying_at()


def dying_at() -> None:
    """Die at the cases whose ids contain the argument."""
    for request in requests():
        if sys.argv[2] in request["id"]:
            sys.stderr.write("panic: index out of range\n")
            sys.stderr.flush()
            os.kill(os.getpid(), signal.SIGABRT)
        say(good(request))


def hanging_at() -> None:
    for request in requests():
        if sys.argv[2] in request["id"]:
            time.sleep(600)
        say(good(request))


def greedy() -> None:
    """Allocate the declared length, and do not touch the memory."""
    for request in requests():
        data = bytes.fromhex(request["bytes"])
        declared = int.from_bytes(data[12:16], "little") if len(data) > 16 else 0
        with mmap.mmap(-1, declared or 1):  # a bytearray would be filled with zeros
            say(good(request))


def wasteful() -> None:
    """Fill 256 MiB whenever a file is truncated."""
    for request in requests():
        response = good(request)
        if response.get("code") == "truncated":
            response["filled"] = len(b"x" * (256 << 20))
        say(response)


def grade() -> None:
    """Send only the details of an error that the argument allows: verdict, code or location."""
    names = {"verdict": [], "code": ["code"], "location": ["code", "field", "offset"]}
    allowed = ["type", "id", "record", *names[sys.argv[2]]]
    for request in requests():
        response = good(request)
        if response.get("code") == "truncated" and sys.argv[2] == "location":
            allowed = [*allowed, "wanted", "available"]
        say({name: value for name, value in response.items() if name in allowed})


def malformed() -> None:
    """Accept malformed UTF-8, and return it as it is."""
    for request in requests():
        response = good(request)
        if response.get("code") == "invalid-utf8":
            example = b'{"run_id": "\xff\xfe"}'
            id_ = json.dumps(request["id"]).encode()
            sys.stdout.buffer.write(b'{"type": "ok", "id": %b, "record": %b}\n' % (id_, example))
            sys.stdout.buffer.flush()
        else:
            say(response)


def resolving() -> None:
    """Return every path with the links in it resolved."""

    def resolved(path: str) -> str:
        return os.path.realpath(bytes.fromhex(path)).hex()

    HELLO["classes"] = ["store", "selection"]
    for request in requests():
        response = good(request)
        for name in ("path", "selected", "paths", "reported"):
            if isinstance(response.get(name), list):
                response[name] = [resolved(path) for path in response[name]]
            elif response.get(name) is not None:
                response[name] = resolved(response[name])
        say(response)


if __name__ == "__main__":
    globals()[sys.argv[1]]()

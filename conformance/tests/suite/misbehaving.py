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


def questions() -> Iterator[dict[str, Any]]:
    """Says hello, and then gives every question of the type run."""
    for line in sys.stdin:
        question = json.loads(line)
        if question["type"] == "bye":
            return
        if question["type"] == "hello":
            say(HELLO)
        else:
            yield question


def good(question: dict[str, Any]) -> dict[str, Any]:
    from rckp.conformance.reference import answer

    return answer(question)


def garbage() -> None:
    sys.stdin.readline()
    say("Usage: adapter [OPTIONS]")


def silence() -> None:
    time.sleep(600)


def death() -> None:
    sys.exit("no such shared library")


def deaf() -> None:
    """Closes its standard input at once, and its standard output soon."""
    os.close(0)
    os.close(1)
    time.sleep(600)


def endless() -> None:
    sys.stdin.readline()
    while True:
        sys.stdout.write("x" * 65536)


def endless_later() -> None:
    for _ in questions():
        while True:
            sys.stdout.write("x" * 65536)


def endless_errors() -> None:
    """A good adapter that writes megabytes to standard error."""
    for question in questions():
        sys.stderr.write("e" * 300_000)
        say(good(question))


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
    """Answers a question only when it has heard the next, as a pipeline would, and then both."""
    before = None
    for question in questions():
        say(good(before or question))
        before = question


def one_too_many() -> None:
    for question in questions():
        answer = json.dumps(good(question))
        say(f"{answer}\n{answer}")


def chatty() -> None:
    for question in questions():
        say(f"decoding {question['id']}")
        say(good(question))


def incomplete() -> None:
    for question in questions():
        say({"type": "ok", "id": question["id"]})


def numbers() -> None:
    """Hands out integers as JSON numbers."""
    for question in questions():
        answer = good(question)
        if "record" in answer:
            answer["record"]["random_seed"] = 42
        say(answer)


def unreasoned() -> None:
    for question in questions():
        say({"type": "unsupported", "id": question["id"]})


def unsupported() -> None:
    for question in questions():
        say({"type": "unsupported", "id": question["id"], "reason": "not yet"})


def refusing() -> None:
    for question in questions():
        say({"type": "error", "id": question["id"]})


def dying() -> None:
    for _ in questions():
        os.kill(os.getpid(), signal.SIGSEGV)


def staying() -> None:
    """Good, but does not end."""
    for question in questions():
        say(good(question))
    time.sleep(600)


def changing() -> None:
    """Another one each time that it is started."""
    HELLO["version"] = str(os.getpid())
    dying_at()


def dying_at() -> None:
    """Dies at the cases whose ids hold the argument."""
    for question in questions():
        if sys.argv[2] in question["id"]:
            sys.stderr.write("panic: index out of range\n")
            sys.stderr.flush()
            os.kill(os.getpid(), signal.SIGABRT)
        say(good(question))


def hanging_at() -> None:
    for question in questions():
        if sys.argv[2] in question["id"]:
            time.sleep(600)
        say(good(question))


def greedy() -> None:
    """Allocates what is declared, and does not touch it."""
    for question in questions():
        data = bytes.fromhex(question["bytes"])
        declared = int.from_bytes(data[12:16], "little") if len(data) > 16 else 0
        with mmap.mmap(-1, declared or 1):  # a bytearray would be filled with zeros
            say(good(question))


def wasteful() -> None:
    """Fills 256 MiB whenever a file is truncated."""
    for question in questions():
        answer = good(question)
        if answer.get("code") == "truncated":
            answer["filled"] = len(b"x" * (256 << 20))
        say(answer)


def grade() -> None:
    """Tells no more of an error than the argument allows: verdict, code or location."""
    names = {"verdict": [], "code": ["code"], "location": ["code", "field", "offset"]}
    told = ["type", "id", "record", *names[sys.argv[2]]]
    for question in questions():
        answer = good(question)
        if answer.get("code") == "truncated" and sys.argv[2] == "location":
            told = [*told, "wanted", "available"]
        say({name: value for name, value in answer.items() if name in told})


def malformed() -> None:
    """Takes everything for UTF-8, and hands it on as it is."""
    for question in questions():
        answer = good(question)
        if answer.get("code") == "invalid-utf8":
            example = b'{"run_id": "\xff\xfe"}'
            id_ = json.dumps(question["id"]).encode()
            sys.stdout.buffer.write(b'{"type": "ok", "id": %b, "record": %b}\n' % (id_, example))
            sys.stdout.buffer.flush()
        else:
            say(answer)


def resolving() -> None:
    """Answers every path with the links in it resolved."""

    def resolved(path: str) -> str:
        return os.path.realpath(bytes.fromhex(path)).hex()

    HELLO["classes"] = ["store", "selection"]
    for question in questions():
        answer = good(question)
        for name in ("path", "selected", "paths", "reported"):
            if isinstance(answer.get(name), list):
                answer[name] = [resolved(path) for path in answer[name]]
            elif answer.get(name) is not None:
                answer[name] = resolved(answer[name])
        say(answer)


if __name__ == "__main__":
    globals()[sys.argv[1]]()

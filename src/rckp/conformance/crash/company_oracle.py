"""Oracles of several checks of the kind `company`: responses, trees, lookups of a name."""

from __future__ import annotations

import os
from collections.abc import Iterator

from rckp.conformance.adapter_errors import NoResponseError
from rckp.conformance.checks import Message
from rckp.conformance.crash.oracle import Violation
from rckp.conformance.crash.system_calls import FLUSHES, READS, WRITE_CALLS
from rckp.conformance.crash.trace import Trace
from rckp.conformance.crash.traced_adapter import Call
from rckp.conformance.trees import Snapshot, TreeEntry

_STATES = ("not-written", "not-removed", "durability-uncertain", "lock-timeout", "purge-incomplete")
CODES = {
    *_STATES,
    *("run-id-collision", "not-a-directory", "not-a-file", "unreadable", "missing"),
    "listing-failed",
}
_LOOKS = ("stat", "lstat", "newfstatat", "statx", "open", "openat", "openat2", "readlinkat")
_AT_EMPTY_PATH = 0x1000
_BY_DESCRIPTOR = {
    *WRITE_CALLS,
    *FLUSHES,
    *READS,
    *("close", "fstat", "fstatfs"),
    *("fchmod", "fchown", "ftruncate", "fallocate", "syncfs", "sync_file_range"),
}


def check_response(response: Message | NoResponseError) -> Iterator[Violation]:
    """Whether there is a response, and if it is an error, one with a code of such a request."""
    if isinstance(response, NoResponseError):
        yield Violation(f"no response: {response}")
    elif response["type"] == "error" and response.get("code") not in CODES:
        yield Violation(
            f"the code {response.get('code', '')!r} is none for a store", only_code=True
        )


def check_code(response: Message | NoResponseError, *codes: str) -> Iterator[Violation]:
    """Whether the response is an error with one of the codes."""
    if isinstance(response, NoResponseError):
        yield Violation(f"no response: {response}")
    elif response["type"] != "error":
        yield Violation(f"the response is {response['type']}, not {' or '.join(codes)}")
    elif response.get("code") not in codes:
        given = response.get("code") or "an error without a code"
        yield Violation(f"the response is {given}, not {' or '.join(codes)}", only_code=True)


def changes_below(before: Snapshot, after: Snapshot, directory: bytes) -> list[str]:
    """Return the changes in a directory: contents, permissions, owners."""
    inside = directory + b"/"
    paths = {path for path in (*before, *after) if path == directory or path.startswith(inside)}
    return [
        f"{os.fsdecode(path)} {_change(before.get(path), after.get(path))}"
        for path in sorted(paths)
        if before.get(path) != after.get(path)
    ]


def _change(was: TreeEntry | None, is_: TreeEntry | None) -> str:
    if was is None or is_ is None:
        return "was created" if was is None else "was removed"
    if was[:2] != is_[:2]:
        return f"was a {was.kind} of {len(was.content)} bytes, and is another {is_.kind}"
    texts = [f"{each.mode:03o} {each.owner}:{each.group}" for each in (was, is_)]
    return f"had {texts[0]}, and has {texts[1]}"


def last_look(trace: Trace, path: str, start: int, end: int) -> int:
    """Return the position of the last call before `end` that looks up a name.

    Of several directly before `end` it is the first: a library can look once more by itself. If
    there is none, it is the position before `end`.
    """
    at = end - 1
    while at >= start and not _looks_at(trace.calls[at], path):
        at -= 1
    if at < start:
        return end - 1
    while at > start and _looks_at(trace.calls[at - 1], path):
        at -= 1
    return at


def calls_with_names(trace: Trace) -> Iterator[str]:
    """The labels of the calls that concern the tree, and that another program could influence.

    A call with an open descriptor does the same whatever the names lead to by now: to act before it
    is to act before the next call.
    """
    for call in trace.calls:
        if call.at and not is_by_descriptor(call):
            yield call.label


def is_by_descriptor(call: Call) -> bool:
    """Whether a call concerns an open file, whatever leads to it by now."""
    flags = {"newfstatat": 3, "statx": 2}.get(call.name)
    if flags is not None:
        return bool(call.arguments[flags] & _AT_EMPTY_PATH)
    return call.name in _BY_DESCRIPTOR


def _looks_at(call: Call, path: str) -> bool:
    """Return whether a call looks up a name."""
    if call.name not in _LOOKS or not call.paths or call.paths[0] != path:
        return False
    return not is_by_descriptor(call)

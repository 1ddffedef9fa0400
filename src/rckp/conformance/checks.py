"""The checks of a suite: one request for each case and each class that runs the case.

This module turns a case into requests and expected responses, and a response into the terms of
the cases. No other module of the suite knows the members of the protocol (docs/protocol.md).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rckp.conformance.case_paths import path_bytes, path_text
from rckp.conformance.cases import Case
from rckp.conformance.shape import quote

Message = dict[str, Any]
Expectation = dict[str, Any]

CLASSES = ("reader", "writer", "identity", "store", "selection")
DRAFT_CLASSES = ("draft-reader",)  # of the draft layout; no claim names them
GRADES = ("none", "verdict", "code", "location")
ENCODE = ":encode"
EXACT = "ENC-1"  # what every exact encoding is about, whatever its case is about


class ResponseError(Exception):
    """A response that violates the protocol. The message continues a sentence."""


class Check(NamedTuple):
    """One request. `id` is that of the case, with `:encode` for the exact encoding of a file.

    `requirements` are those of the case that bind the class: a decoder shows nothing about
    an encoder.
    """

    id: str
    case: Case
    op: str
    class_: str
    requirements: tuple[str, ...]

    @property
    def tags(self) -> list[str]:
        """The tags of the case: hostile, real, smoke."""
        return list(self.case.document.get("tags", ()))

    @property
    def level(self) -> str:
        """must, should or may."""
        return str(self.case.document["level"])

    @property
    def has_tree(self) -> bool:
        """Whether it is about a directory, which then has to be planted."""
        return "tree" in self.case.document["input"]

    def message(self, root: Path | None = None) -> Message:
        """Return the request. Paths are below `root`, which contains the tree of the case."""
        head = {"type": "run", "id": self.id, "op": self.op}
        if self.op in ("decode", "decode-next"):
            return head | {"bytes": self.case.data.hex()}
        if self.id.endswith(ENCODE):
            return head | {"record": self.case.expect["record"]}
        given = self.case.document["input"]
        return head | {
            name: value
            for member in given
            for name, value in _request_members(self.op, member, given, root)
        }

    def expected(self) -> Expectation:
        """Return the expected response, in the terms of the case."""
        if self.id.endswith(ENCODE):
            return {"bytes": self.case.data.hex()}
        return _expected_response(self.case.expect)

    def alternatives(self) -> list[tuple[Expectation, Mapping[str, Any]]]:
        """Return each correct response, with the changes of the tree that belong to it.

        There are several where the specification permits something: `or` of the case has the
        others.
        """
        expect = self.case.expect
        others = [(_expected_response(other), _changes(other)) for other in expect.get("or", ())]
        return [(self.expected(), _changes(expect)), *others]

    def parse_response(self, response: Mapping[str, Any], root: Path | None = None) -> Expectation:
        """Return the response in the terms of the case. Raise `ResponseError`."""
        if response["type"] == "error":
            names = ("code", "field", "offset", "wanted", "available")
            return {"error": {name: _text(response, name) for name in names if name in response}}
        base = None
        if root is not None:
            base = os.path.join(os.fsencode(root), path_bytes(self.case.document["input"]["base"]))
        return _PARSERS[self.op](response, _TreeRoot(root, base))


def _expected_response(expect: Mapping[str, Any]) -> Expectation:
    return {name: expect[name] for name in expect if name not in ("changes", "or", "then")}


def _changes(expect: Mapping[str, Any]) -> Mapping[str, Any]:
    changes: Mapping[str, Any] = expect.get("changes", {"put": [], "removed": []})
    return changes


def checks(cases: Iterable[Case], roles: Mapping[str, str]) -> Iterator[Check]:
    """Every check of the cases, in their order. `roles` says whom each requirement binds."""
    for case in cases:
        for class_ in case.classes:
            exact = case.op == "decode" and class_ == "writer"
            other = _OTHER_ROLE.get(class_)
            bound = tuple(each for each in case.requirements if roles[each] != other)
            if exact:
                exactly = bound if EXACT in bound else (*bound, EXACT)
                yield Check(case.id + ENCODE, case, "encode", class_, exactly)
            else:
                yield Check(case.id, case, case.op, class_, bound)


_OTHER_ROLE = {"reader": "writer", "writer": "reader"}


def _request_members(
    op: str, member: str, given: Mapping[str, Any], root: Path | None
) -> Iterator[tuple[str, Any]]:
    value = given[member]
    if member == "identity":
        yield from value.items()
    elif member in ("base", "path"):
        yield member, os.path.join(os.fsencode(root or "/"), path_bytes(value)).hex()
    elif op == "base-dir" and member in ("explicit", "project"):
        yield member, None if value is None else value.encode().hex()
    elif member != "tree":
        yield member, value


class _TreeRoot(NamedTuple):
    """The location of the tree of a case, which is removed from paths."""

    root: Path | None
    base: bytes | None

    def below_base(self, path: bytes) -> str | dict[str, str]:
        """Return the path below the base, or from the root if it is not below the base.

        The base counts as it was given: who resolves links hands out paths that the asker
        cannot compare with its own.
        """
        if self.base and path.startswith(self.base + b"/"):
            return path_text(path[len(self.base) + 1 :])
        return path_text(b"/" + self._from_root(path))

    def _from_root(self, path: bytes) -> bytes:
        return path.removeprefix(os.fsencode(self.root or "") + b"/")

    def below_root(self, path: bytes) -> str | dict[str, str]:
        """The path below the root, by way of the base."""
        below = self.below_base(path)
        base = self._from_root(self.base or b"")
        return (
            below
            if path_bytes(below).startswith(b"/")
            else path_text(base + b"/" + path_bytes(below))
        )


def _member(response: Mapping[str, Any], name: str) -> Any:
    if name not in response:
        raise ResponseError(f"the member {name!r} is missing")
    return response[name]


def _text(response: Mapping[str, Any], name: str) -> str:
    value = _member(response, name)
    if not isinstance(value, str):
        raise ResponseError(f"the member {name!r} is {quote(value)}, not a string")
    return value


def _bytes(response: Mapping[str, Any], name: str) -> bytes:
    return _unhex(_text(response, name), name)


def _unhex(value: object, name: str) -> bytes:
    try:
        if not isinstance(value, str) or value != value.lower():
            raise ValueError
        return bytes.fromhex(value)
    except ValueError:
        text = f"the member {name!r} is not lower-case hex: {quote(value)}"
        raise ResponseError(text) from None


def _paths(response: Mapping[str, Any], name: str, tree: _TreeRoot) -> list[Any]:
    value = _member(response, name)
    if not isinstance(value, list):
        raise ResponseError(f"the member {name!r} is not a list")
    return [tree.below_base(_unhex(each, name)) for each in value]


def _parse_record(response: Mapping[str, Any], _: _TreeRoot) -> Expectation:
    record = _member(response, "record")
    if not isinstance(record, dict):
        raise ResponseError("the member 'record' is not an object")
    for name, value in record.items():
        if value is not None and not isinstance(value, str):
            raise ResponseError(f"the record has a {quote(name)} that is neither a string nor null")
    return {"record": record}


def _parse_bytes(response: Mapping[str, Any], _: _TreeRoot) -> Expectation:
    return {"bytes": _bytes(response, "bytes").hex()}


def _parse_hashes(response: Mapping[str, Any], _: _TreeRoot) -> Expectation:
    algorithm = _text(response, "algorithm_signature_hash")
    return {
        "hashes": {"algorithm": algorithm, "problem": _text(response, "problem_signature_hash")}
    }


def _parse_timestamp(response: Mapping[str, Any], _: _TreeRoot) -> Expectation:
    given = _member(response, "timestamp")
    return {"timestamp": given if given is None else _text(response, "timestamp")}


def _parse_name(response: Mapping[str, Any], _: _TreeRoot) -> Expectation:
    return {"name": path_text(_bytes(response, "name"))}


def _parse_path(response: Mapping[str, Any], _: _TreeRoot) -> Expectation:
    return {"path": path_text(_bytes(response, "path"))}


def _parse_listing(response: Mapping[str, Any], tree: _TreeRoot) -> Expectation:
    listing = {"paths": _paths(response, "paths", tree)}
    if "reported" in response:
        listing["reported"] = sorted(_paths(response, "reported", tree), key=path_bytes)
    return listing


def _parse_written_path(response: Mapping[str, Any], tree: _TreeRoot) -> Expectation:
    return {"path": tree.below_root(_bytes(response, "path"))}


def _parse_deletion(response: Mapping[str, Any], _: _TreeRoot) -> Expectation:
    removed = _member(response, "removed")
    if not isinstance(removed, bool):
        raise ResponseError(f"the member 'removed' is {quote(removed)}, not true or false")
    return {"removed": removed}


def _parse_purge(response: Mapping[str, Any], _: _TreeRoot) -> Expectation:
    return {"removed": _text(response, "removed")}


def _parse_selection(response: Mapping[str, Any], tree: _TreeRoot) -> Expectation:
    if _member(response, "selected") is None:
        return {"selected": None}
    return {"selected": tree.below_base(_bytes(response, "selected"))}


_PARSERS: dict[str, Callable[[Mapping[str, Any], _TreeRoot], Expectation]] = {
    "decode": _parse_record,
    "decode-next": _parse_record,
    "encode": _parse_bytes,
    "signature-hashes": _parse_hashes,
    "run-id-timestamp": _parse_timestamp,
    "file-name": _parse_name,
    "scope-path": _parse_path,
    "base-dir": _parse_path,
    "files": _parse_listing,
    "read": _parse_record,
    "write": _parse_written_path,
    "delete": _parse_deletion,
    "purge": _parse_purge,
    "purge-age": _parse_purge,
    "list": _parse_listing,
    "select": _parse_selection,
}

"""The shape of the cases of a suite, and a check that no path leads out of the tree.

A suite may come from anywhere. A case that passes `check_case` has members of the right types,
and every path in it, however links in its tree are followed, stays below the tree's root.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rckp.conformance.shape import (
    Shape,
    boolean,
    either,
    list_of,
    mapping_of,
    matching,
    members,
    nothing,
    one_of,
    quote,
    text,
)
from rckp.errors import RckpError
from rckp.format.record_json import from_json

CLASSES = ("reader", "writer", "identity", "store", "selection")
_DRAFT_CLASSES = ("draft-reader",)
MAX_ENTRIES = 10_000  # of a tree
MAX_COMPONENTS = 256  # of a path
MAX_LINKS = 40  # that are followed for one path

_COUNT = matching("[0-9]{1,40}", "an integer as a decimal string")
_HEX = matching("(?:[0-9a-f]{2})*", "bytes as lower-case hex")
_DIGEST = matching("[0-9a-f]{64}", "a SHA-256 in lower-case hex")
_ID = matching("[a-z]+(/[A-Za-z0-9_+.-]+)+", "an id such as reader/example", 1000)
_REQUIREMENT = matching("[A-Z]+-[0-9]{1,6}", "the id of a requirement", 100)
_PATH = either(members({"hex": _HEX}), text)
_RECORD = mapping_of(either(nothing, text))
_TYPED_VALUE = either(
    nothing,
    text,
    members({"boolean": one_of(["true", "false"])}),
    members({"float": matching(r"[0-9eE.+-]{1,40}", "a number as a string")}),
    members({"integer": matching("-?[0-9]{1,100}", "an integer as a string")}),
    members({"text": text}),
    members({"bytes": _HEX}),
    members({"utf16": matching("(?:[0-9a-f]{4})*", "UTF-16 code units in hex")}),
)
_TEXT = either(text, members({"utf16": matching("(?:[0-9a-f]{4})*", "UTF-16 units in hex")}))
_IDENTITY = members(
    dict.fromkeys(
        ("algorithm_name", "algorithm_parameters", "problem_description", "problem_parameters"),
        _TEXT,
    )
)
_MODE = matching("0?[0-7]{3}", "three octal digits")
_USER = matching("[0-9]{1,9}", "a number of up to nine digits")
_CONTENT = {"bytes": _HEX, "record": _RECORD, "target": text}
_ENTRY = members(
    {"path": _PATH, "kind": one_of(["file", "directory", "link", "hard-link", "pipe"])},
    {
        **_CONTENT,
        "mode": _MODE,
        "owner": _USER,
        "group": _USER,
        "modified": matching("[0-9]{1,15}", "milliseconds"),
    },
)
_TREE = list_of(_ENTRY, MAX_ENTRIES)
CHANGES = members(
    {"put": _TREE, "removed": list_of(_PATH)},
    {
        "kept": list_of(
            members({"directory": _PATH, "kind": one_of(["file", "link", "pipe"])}, _CONTENT)
        )
    },
)
_ERROR = mapping_of(text)
_PATHS = list_of(_PATH)
_NAMED_BYTES = matching(r"[^\x00]*", "a text without NUL")
_EDIT = members({"at": _COUNT, "remove": _HEX, "insert": _HEX})

_STORE = {"tree": _TREE, "base": text}
_FILE = members({"file": text, "sha256": _DIGEST}, {"base": _ID, "edits": list_of(_EDIT)})
_INPUTS: dict[str, Shape] = {
    "decode": _FILE,
    "decode-next": _FILE,
    "encode": members({"record": mapping_of(_TYPED_VALUE)}),
    "signature-hashes": members({"identity": _IDENTITY}),
    "run-id-timestamp": members({"run_id": text}),
    "file-name": members({"run_id": text}),
    "scope-path": members(
        {
            "algorithm_name": text,
            "problem_description": text,
            "algorithm_signature_hash": _COUNT,
            "problem_signature_hash": _COUNT,
        }
    ),
    "base-dir": members(
        {
            "explicit": either(nothing, text),
            "project": either(nothing, text),
            "environment": mapping_of(_NAMED_BYTES),
            "system": one_of(["linux", "macos", "windows", "other"]),
        }
    ),
    "files": members(_STORE),
    "read": members({**_STORE, "path": _PATH}),
    "write": members({**_STORE, "record": _RECORD}),
    "delete": members({**_STORE, "path": _PATH}),
    "purge": members({**_STORE, "before": _COUNT}),
    "purge-age": members({**_STORE, "age": _COUNT}),
    "list": members({**_STORE, "identity": _IDENTITY}),
    "select": members(
        {**_STORE, "identity": _IDENTITY}, {"answer": either(nothing, text), "run_id": text}
    ),
}
_HASHES = members({"algorithm": _COUNT, "problem": _COUNT})
_LISTED = members({"paths": _PATHS}, {"reported": _PATHS})
_RESULTS: dict[str, Shape] = {
    "decode": members({"record": _RECORD}),
    "decode-next": members({"record": _RECORD}),
    "encode": members({"bytes": _HEX}),
    "signature-hashes": members({"hashes": _HASHES}),
    "run-id-timestamp": members({"timestamp": either(nothing, _COUNT)}),
    "file-name": members({"name": _PATH}),
    "scope-path": members({"path": _PATH}),
    "base-dir": members({"path": _PATH}),
    "files": _LISTED,
    "read": members({"record": _RECORD}),
    "write": members({"path": _PATH, "changes": CHANGES}),
    "delete": members({"removed": boolean, "changes": CHANGES}),
    "purge": members({"removed": _COUNT, "changes": CHANGES}),
    "purge-age": members({"removed": _COUNT, "changes": CHANGES}),
    "list": _LISTED,
    "select": members({"selected": either(nothing, _PATH)}),
}
_THEN = members({"undo": text, "error": _ERROR})
_FAILED = members({"error": _ERROR}, {"changes": CHANGES, "then": _THEN})
_HAS_TREE = ("files", "read", "write", "delete", "purge", "purge-age", "list", "select")
_CASE = members(
    {
        "id": _ID,
        "classes": list_of(one_of((*CLASSES, *_DRAFT_CLASSES)), least=1),
        "level": one_of(["must", "should", "may"]),
        "since": text,
        "requirements": list_of(_REQUIREMENT),
        "op": one_of(_INPUTS),
        "input": mapping_of(lambda _value, _place: None),
        "expect": mapping_of(lambda _value, _place: None),
        "why": text,
    },
    {"tags": list_of(one_of(["hostile", "real", "smoke"]))},
)


def check_case(document: Any) -> None:
    """Raise `ValueError` with one sentence unless `document` is a case that can be run."""
    _CASE(document, "the case")
    op, given, expect = document["op"], document["input"], document["expect"]
    _INPUTS[op](given, "input")
    _check_expectation(op, expect)
    is_draft = not set(_DRAFT_CLASSES).isdisjoint(document["classes"])
    if is_draft != (op == "decode-next"):
        raise ValueError(f"the classes are not those of {op}")
    if is_draft == bool(document["requirements"]):
        raise ValueError("only a case of the draft layout has no requirement")
    if len({*document["classes"]}) < len(document["classes"]):
        raise ValueError("a class is named twice")
    if "tree" in given:
        links = check_tree(given["tree"])
        for name in ("base", "path"):
            if name in given:
                _stays(as_bytes(given[name], name), links, (), f"input.{name}")
    if op == "write":
        _check_encoding(given["record"])


def _check_expectation(op: str, expect: Mapping[str, Any]) -> None:
    """Raise `ValueError` unless `expect` is a response to `op`, perhaps with others in `or`."""
    others = expect.get("or", [])
    if others:
        if op not in _HAS_TREE:
            raise ValueError(f"expect has the member 'or', which {op} does not have")
        list_of(mapping_of(lambda _value, _place: None))(others, "expect.or")
    alone = {name: value for name, value in expect.items() if name != "or" or not others}
    for place, each in (("expect", alone), *((f"expect.or[{n}]", o) for n, o in enumerate(others))):
        (_FAILED if "error" in each else _RESULTS[op])(each, place)
        for entry in each.get("changes", {}).get("put", ()):
            _check_entry(entry)


def as_bytes(path: str | Mapping[str, str], place: str) -> bytes:
    """Return a path of a case as bytes. Raise `ValueError` for NUL and for no name at all."""
    data = path.encode() if isinstance(path, str) else bytes.fromhex(path["hex"])
    if not data or b"\0" in data:
        raise ValueError(f"{place} is {quote(path)}, which is not a path")
    return data


def components(path: str | Mapping[str, str]) -> tuple[bytes, ...]:
    """Return the names in the path of a tree's entry.

    Raise `ValueError` unless it is relative and each name is one of a file: not empty, `.`, `..`.
    """
    names = tuple(as_bytes(path, "path").split(b"/"))
    if len(names) > MAX_COMPONENTS or any(name in (b"", b".", b"..") for name in names):
        raise ValueError(f"the path {quote(path)} of the tree does not stay below its root")
    return names


Links = Mapping[tuple[bytes, ...], bytes]


def check_tree(entries: Iterable[Mapping[str, Any]]) -> Links:
    """Return the links of a tree; raise `ValueError` if anything of it leads out of it.

    No path may lead through a link, be there twice, or leave the root; a hard link names an
    earlier file of the tree. A symbolic link stays below the root, also over other links.
    """
    kinds: dict[tuple[bytes, ...], str] = {}
    links: dict[tuple[bytes, ...], bytes] = {}
    for entry in entries:
        names = components(entry["path"])
        _check_entry(entry)
        kind = entry["kind"]
        if names in kinds and (kind, kinds[names]) != ("directory", "directory"):
            raise ValueError(f"the path {quote(entry['path'])} of the tree is there twice")
        for length in range(1, len(names)):
            if kinds.setdefault(names[:length], "directory") != "directory":
                raise ValueError(
                    f"the path {quote(entry['path'])} of the tree leads through what is no "
                    "directory"
                )
        kinds[names] = kind
        if kind == "link":
            links[names] = as_bytes(entry["target"], "target")
        elif kind == "hard-link" and kinds.get(components(entry["target"])) != "file":
            raise ValueError(f"the hard link to {quote(entry['target'])} names no file of the tree")
    for names, target in links.items():
        _stays(target, links, names[:-1], f"the link {quote(b'/'.join(names).decode('latin-1'))}")
    return links


def _check_entry(entry: Mapping[str, Any]) -> None:
    components(entry["path"])
    kind = entry["kind"]
    allowed = {"file": ("bytes", "record"), "link": ("target",), "hard-link": ("target",)}
    given = [name for name in _CONTENT if name in entry]
    if [name for name in given if name not in allowed.get(kind, ())] or len(given) > 1:
        raise ValueError(f"an entry of the kind {kind} has the member {quote(given[-1])}")
    if "target" in allowed.get(kind, ()) and not given:
        raise ValueError(f"an entry of the kind {kind} lacks the member 'target'")
    if "mode" in entry and kind in ("link", "hard-link"):
        raise ValueError(f"an entry of the kind {kind} has the member 'mode'")
    if "record" in entry:
        _check_encoding(entry["record"])


def _check_encoding(record: Mapping[str, Any]) -> None:
    from rckp.format.codec import encode  # the codec may not be there yet

    try:
        encode(from_json(record))
    except RckpError as error:
        raise ValueError(f"a record of the case has no encoding: {error}") from None


def _stays(path: bytes, links: Links, start: tuple[bytes, ...], place: str) -> None:
    """Raise `ValueError` if a path leaves the root, with links followed or by its names alone."""
    outside = ValueError(f"{place} leads out of the tree: {quote(path.decode('latin-1'))}")
    if path.startswith(b"/"):
        raise outside
    depth = len(start)
    for name in path.split(b"/"):
        depth += -1 if name == b".." else name not in (b"", b".")
        if depth < 0:
            raise outside
    at = list(start)
    left = path.split(b"/")[::-1]
    followed = 0
    while left:
        name = left.pop()
        if name == b"..":
            if not at:
                raise outside
            at.pop()
        elif name not in (b"", b"."):
            target = links.get((*at, name))
            if target is None:
                at.append(name)
                continue
            followed += 1
            if followed > MAX_LINKS:
                return  # a loop, as every system calls it
            if target.startswith(b"/"):
                raise outside
            left += target.split(b"/")[::-1]

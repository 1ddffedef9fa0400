"""Cases that implementers asked for who had the site and the suite only (docs/clean-room.md).

Each stands for a program, changed on purpose, that passed everything there was before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import rckp
from conformance.tools.casegen.draft import Draft, fault, file_of, refused, valid
from conformance.tools.casegen.reader import EXAMPLE, FULL, spans
from conformance.tools.casegen.selection import IDENTITY, MANY
from conformance.tools.casegen.store import DATA, PLACE, SCOPE
from conformance.tools.casegen.tree import (
    Entry,
    case,
    changes,
    directory,
    error,
    gone,
    hard_link,
    holding,
    kept,
    link,
    pipe,
    raw,
    unchanged,
)
from rckp.conformance.cases import Edit
from rckp.format.layout import FLAG
from rckp.format.record_json import to_json

LEFT_OVER = ".rckp-0123456789abcdef.tmp"


def drafts() -> Iterator[Draft]:
    """All cases of this module."""
    yield from _reader()
    yield from _writer()
    yield from _identity()
    yield from _base_directory()
    yield from _read()
    yield from _files()
    yield from _delete()
    yield from _write()
    yield from _sweep()
    yield from _purge()
    yield from _select()


def _reader() -> Iterator[Draft]:
    full = Draft("reader/full", {}, file_of(FULL))
    data = full.data or b""
    for field, role, at, _ in spans(FULL):
        if role == FLAG:
            for byte in (0x10, 0x11):
                yield fault(
                    f"reader/flag/{field}-{byte:02x}",
                    full,
                    [Edit(at, data[at : at + 1], bytes([byte]))],
                    {"code": "invalid-option-flag", "field": field, "offset": str(at)},
                    "TYPE-8 DEC-5 DEC-8",
                    "A flag is a byte, and only 00 and 01 are flags; no single bit of it is one.",
                )


def _writer() -> Iterator[Draft]:
    good = to_json(EXAMPLE)
    for label, values, code, field in (
        (
            "first-type-before-surrogate",
            {"created_at_ms": {"boolean": "true"}, "run_id": {"utf16": "d800"}},
            "wrong-type",
            "created_at_ms",
        ),
        (
            "option-surrogate-before-range",
            {"seed_payload": {"utf16": "d800"}, "elapsed_millis": str(2**64)},
            "lone-surrogate",
            "seed_payload",
        ),
    ):
        yield refused(
            f"writer/precedence/{label}",
            good | values,
            code,
            field,
            "ENC-8 ENC-9 ENC-7",
            "Value by value, in the order of the layout, options like all others.",
        )
    for unit in ("dbff", "dc00", "dfff"):
        for field in ("run_id", "seed_payload"):
            yield refused(
                f"writer/surrogate/{field}/alone-{unit}",
                good | {field: {"utf16": f"0061{unit}"}},
                "lone-surrogate",
                field,
                "ENC-5 ENC-7 TYPE-5",
                "Surrogates go from D800 to DFFF: each end of both halves.",
            )
    for label, value in {"minus-ten": "-10", "least-of-64-bits": str(-(2**63))}.items():
        yield refused(
            f"writer/integer/{label}",
            good | {"random_seed": value},
            "integer-out-of-range",
            "random_seed",
            "ENC-3 ENC-7",
            "A negative number is out of range, however small; it is not wrapped.",
        )
    for field in ("random_seed", "run_id", "seed_payload", "status"):
        yield refused(
            f"writer/type/{field}/false",
            good | {field: {"boolean": "false"}},
            "wrong-type",
            field,
            "ENC-4 ENC-7",
            "False is neither 0 nor an absent value, nor a state.",
        )
    for field in ("created_at_ms", "elapsed_millis"):
        yield refused(
            f"writer/type/{field}/empty-text",
            good | {field: {"text": ""}},
            "wrong-type",
            field,
            "ENC-4 ENC-7",
            "An empty text is no integer, and not 0.",
        )
        yield refused(
            f"writer/type/{field}/fraction",
            good | {field: {"float": "1.5"}},
            "wrong-type",
            field,
            "ENC-4 ENC-7",
            "A number that is no integer is refused in every language; it is not cut short.",
        )
        yield refused(
            f"writer/type/{field}/huge-float",
            good | {field: {"float": "1e300"}},
            "wrong-type",
            field,
            "ENC-4 ENC-7",
            "A floating-point number is of another type, before it is out of range.",
        )
    yield refused(
        "writer/precedence/missing-before-unknown",
        {key: value for key, value in good.items() if key != "error_message"} | {"a": "1"},
        "wrong-type",
        "error_message",
        "ENC-8 ENC-9 ENC-7 ENC-4",
        "What is missing comes before what is unknown.",
    )
    for label, text, why in (
        ("line-feed-at-end", "iter=1\n", "Nothing is trimmed, a line feed at the end neither."),
        ("soft-hyphen", "a\u00adb\u200dc", "What a terminal does not show is there all the same."),
    ):
        yield valid(
            f"reader/string/{label}",
            EXAMPLE._replace(step_state_payload=text, error_message=text),
            "TYPE-3 TYPE-5 ENC-1",
            why,
        )
    yield valid(
        "reader/string/many-sequences",
        EXAMPLE._replace(step_state_payload="é" * 66_000),
        "TYPE-5 LIM-1",
        "More than 65,535 sequences of several bytes: some engines of regular expressions count "
        "no further.",
    )


def _identity() -> Iterator[Draft]:
    good = dict(IDENTITY)
    for unit in ("dbff", "dc00", "dfff"):
        yield case(
            f"identity/hash/surrogate/alone-{unit}",
            "signature-hashes",
            "IDENT-3 IDENT-6",
            "Surrogates go from D800 to DFFF: each end of both halves.",
            {"identity": good | {"problem_parameters": {"utf16": f"0061{unit}"}}},
            error("lone-surrogate", field="problem_parameters"),
        )
    yield case(
        "identity/hash/surrogate/two",
        "signature-hashes",
        "IDENT-3 IDENT-6",
        "Of two texts that have no hash, the first in the order of the identity is named.",
        {
            "identity": good
            | {"problem_parameters": {"utf16": "d800"}, "algorithm_parameters": {"utf16": "dc00"}}
        },
        error("lone-surrogate", field="algorithm_parameters"),
    )
    yield case(
        "identity/hash/surrogate/first-and-third",
        "signature-hashes",
        "IDENT-3 IDENT-6",
        "Of two texts that have no hash, the first in the order of the identity is named.",
        {
            "identity": good
            | {"problem_description": {"utf16": "d800"}, "algorithm_name": {"utf16": "dc00"}}
        },
        error("lone-surrogate", field="algorithm_name"),
    )
    every = "".join(f"x{chr(code)}" for code in range(128)) + "x"
    sanitised = "".join(each if each.isalnum() or each in "-_" else "_" for each in every)
    yield case(
        "identity/scope/long-names",
        "scope-path",
        "PATH-1 PATH-2",
        "Names are not cut short, however long.",
        {
            "algorithm_name": "a" * 3000,
            "problem_description": "b" * 1001,
            "algorithm_signature_hash": "1",
            "problem_signature_hash": "2",
        },
        {"path": f"alg-{'a' * 3000}-{1:016x}/prob-{'b' * 1001}-{2:016x}"},
    )
    for label, run_id, wanted, why in (
        ("every-ascii", every, sanitised, "Each character of ASCII between two letters."),
        ("long", "r" * 3000, "r" * 3000, "The name is not cut short, however long."),
        ("zero", "0", "0", "The text 0 is a text, not an empty one."),
        ("carriage-return", "a\r\nb", "a__b", "One underscore for each of the two."),
        ("device", "con", "con", "A name that one system reserves is a name like any other."),
        ("combining", "e\u0301a", "e_a", "The accent alone is replaced, not the letter."),
    ):
        yield case(
            f"identity/file-name/{label}",
            "file-name",
            "PATH-1 PATH-4",
            why,
            {"run_id": run_id},
            {"name": f"run-{wanted}.ckpt"},
        )


def _base_directory() -> Iterator[Draft]:
    as_it_is = "The value is taken as it is: nothing is expanded."
    ends = "The separator of the system at the end counts, that of another does not."
    rows: dict[str, tuple[dict[str, Any], str, str, str]] = {
        "variable-zero": (
            {"environment": {"ROMA_CHECKPOINT_DIR": "0", "HOME": "/h"}},
            "0",
            "PATH-6 PATH-7",
            "A value of 0 is a value; only the empty string counts as unset.",
        ),
        "variable-not-ascii": (
            {"environment": {"ROMA_CHECKPOINT_DIR": "/é/中", "HOME": "/h"}},
            "/é/中",
            "PATH-7",
            "A path in the answer is in UTF-8.",
        ),
        "home-not-ascii": (
            {"environment": {"HOME": "/é"}},
            "/é/.local/state/roma/checkpoints",
            "PATH-6",
            "A path in the answer is in UTF-8.",
        ),
        "variable-dollar": (
            {"environment": {"ROMA_CHECKPOINT_DIR": "$HOME/x", "HOME": "/h"}},
            "$HOME/x",
            "PATH-7",
            as_it_is,
        ),
        "home-dollar": (
            {"environment": {"HOME": "${X}", "X": "/x"}},
            "${X}/.local/state/roma/checkpoints",
            "PATH-7",
            as_it_is,
        ),
        "windows-percent": (
            {"system": "windows", "environment": {"LOCALAPPDATA": "%X%\\y", "X": "C:\\x"}},
            "%X%\\y\\roma\\checkpoints",
            "PATH-7",
            as_it_is,
        ),
        "home-two-separators-at-end": (
            {"environment": {"HOME": "/h//"}},
            "/h//.local/state/roma/checkpoints",
            "PATH-7",
            "Nothing is taken away, and no further separator added.",
        ),
        "windows-two-separators-at-end": (
            {"system": "windows", "environment": {"APPDATA": "C:\\x\\\\"}},
            "C:\\x\\\\roma\\checkpoints",
            "PATH-7",
            "Nothing is taken away, and no further separator added.",
        ),
        "home-backslash-at-end": (
            {"environment": {"HOME": "/h\\"}},
            "/h\\/.local/state/roma/checkpoints",
            "PATH-7",
            ends,
        ),
        "windows-slash-at-end": (
            {"system": "windows", "environment": {"LOCALAPPDATA": "C:/x/"}},
            "C:/x/roma\\checkpoints",
            "PATH-7",
            "On Windows both are separators, and the value gets no second one.",
        ),
        "explicit-separator-at-end": (
            {"explicit": "/x//", "environment": {"HOME": "/h"}},
            "/x//",
            "PATH-6 PATH-7",
            "What the user names is taken as it is, its separators included.",
        ),
        "project-separator-at-end": (
            {"project": "./x/", "environment": {}},
            "./x/",
            "PATH-6 PATH-7",
            "What the program names is taken as it is, its separators included.",
        ),
        "other-state-variables": (
            {"environment": {"XDG_DATA_HOME": "/d", "XDG_CONFIG_HOME": "/c", "HOME": "/h"}},
            "/h/.local/state/roma/checkpoints",
            "PATH-6",
            "Other variables of the same family play no part.",
        ),
        "variable-in-small-letters": (
            {"environment": {"roma_checkpoint_dir": "/r", "xdg_state_home": "/x", "HOME": "/h"}},
            "/h/.local/state/roma/checkpoints",
            "PATH-6 PATH-7",
            "The name of a variable is compared as it is spelt.",
        ),
    }
    for label, (given, path, requirements, why) in rows.items():
        whole = {"system": "linux", "explicit": None, "project": None} | given
        yield case(f"identity/base/{label}", "base-dir", requirements, why, whole, {"path": path})


def _read() -> Iterator[Draft]:
    for label, tree, path, expect, why in (
        (
            "through-file",
            [holding("base/a.ckpt", EXAMPLE)],
            "base/a.ckpt/b.ckpt",
            error("missing"),
            "A path that leads through a file leads to nothing.",
        ),
        (
            "loop",
            [link("base/a.ckpt", "a.ckpt")],
            "base/a.ckpt",
            error("unreadable"),
            "A link that leads to itself is there, and cannot be read.",
        ),
        (
            "name-too-long",
            [directory("base")],
            f"base/{'n' * 256}",
            error("unreadable"),
            "A name that no file can have: whether it is there cannot be asked.",
        ),
        (
            "not-ascii",
            [holding("base/é中😀.ckpt", EXAMPLE)],
            "base/é中😀.ckpt",
            {"record": to_json(EXAMPLE)},
            "The path is its bytes, whatever the locale of the process.",
        ),
        (
            "not-utf8",
            [holding(b"base/\xff\xe9.ckpt", EXAMPLE)],
            {"hex": b"base/\xff\xe9.ckpt".hex()},
            {"record": to_json(EXAMPLE)},
            "The path is its bytes, and they need not be UTF-8.",
        ),
    ):
        given = {"tree": tree, "base": "base", "path": path}
        requirement = "STORE-10" if "record" in expect else "STORE-11"
        yield case(f"store/read/{label}", "read", requirement, why, given, expect)


def _files() -> Iterator[Draft]:
    deep = "/".join(["d"] * 100)
    for label, requirement, tree, paths, why in (
        (
            "deepest",
            "STORE-1 STORE-9",
            [raw(f"base/{deep}/a.ckpt", b"")],
            [f"{deep}/a.ckpt"],
            "A directory that is 100 deep is entered; only what is deeper may be left out.",
        ),
    ):
        given = {"tree": tree, "base": "base"}
        yield case(f"store/files/{label}", "files", requirement, why, given, {"paths": paths})
    yield case(
        "store/files/base-is-loop",
        "files",
        "STORE-6",
        "A base that leads to itself is there, and cannot be read.",
        {"tree": [link("base", "base")], "base": "base"},
        error("unreadable"),
    )


def _delete() -> Iterator[Draft]:
    def delete(label: str, why: str, tree: list[Entry], path: Any, expect: Any) -> Draft:
        given = {"tree": tree, "base": "base", "path": path}
        requirements = "STORE-13" if "error" in expect else "STORE-12"
        return case(f"store/delete/{label}", "delete", requirements, why, given, expect)

    one = [directory("base/x"), raw("base/a.ckpt", b"x"), raw("out.ckpt", b"y")]
    for label, path in {
        "refused/up-at-the-end": "base/x/../../out.ckpt",
        "refused/up-and-down": "base/x/../a.ckpt",
    }.items():
        yield delete(
            label,
            "A component .. makes it a path that does not lie below the base, wherever it leads.",
            one,
            path,
            unchanged("outside-base"),
        )
    for label, path in {
        "point": "base/./a.ckpt",
        "two-separators": "base//a.ckpt",
        "separator-at-end": "base/a.ckpt/",
    }.items():
        yield delete(
            label,
            "Empty components and single points do not count.",
            one,
            path,
            gone("base/a.ckpt"),
        )
    yield delete(
        "pipe",
        "A pipe is removed like a file, and nobody waits for its other end.",
        [pipe("base/a.ckpt")],
        "base/a.ckpt",
        gone("base/a.ckpt"),
    )
    yield delete(
        "base-by-its-other-name",
        "The base may be named by the path that it has when its links are followed.",
        [raw("real/d/a.ckpt", b"x"), link("base", "real")],
        "real/d/a.ckpt",
        gone("real/d/a.ckpt"),
    )
    yield delete(
        "not-utf8",
        "The path is its bytes, and they need not be UTF-8.",
        [raw(b"base/\xff\xe9.ckpt", b""), raw("base/é.ckpt", b"")],
        {"hex": b"base/\xff\xe9.ckpt".hex()},
        gone(b"base/\xff\xe9.ckpt"),
    )
    yield delete(
        "refused/dangling-link-on-the-way",
        "A link on the way is no directory, also when it leads nowhere.",
        [directory("base"), link("base/d", "nowhere")],
        "base/d/a.ckpt",
        unchanged("not-a-directory"),
    )
    yield delete(
        "refused/outside-and-missing",
        "What does not lie below the base is refused, whether it is there or not.",
        [directory("base")],
        "outside/a.ckpt",
        unchanged("outside-base"),
    )
    yield delete(
        "base-is-dangling-link",
        "There is no base, and nothing in it to be removed.",
        [link("base", "nowhere")],
        "base/a.ckpt",
        {"removed": False, "changes": changes()},
    )
    yield delete(
        "refused/base-is-file",
        "A file in the place of the base is no directory.",
        [raw("base", b"x")],
        "base/a.ckpt",
        unchanged("not-a-directory"),
    )
    yield delete(
        "refused/name-too-long",
        "A name that no file can have: whether it is there cannot be asked.",
        [raw("base/a.ckpt", b"x")],
        f"base/{'n' * 256}",
        unchanged("not-removed"),
    )


def _write() -> Iterator[Draft]:
    def write(
        label: str, requirements: str, why: str, tree: list[Entry], base: str, expect: Any
    ) -> Draft:
        given = {"tree": tree, "base": base, "record": to_json(EXAMPLE)}
        return case(f"store/write/{label}", "write", requirements, why, given, expect)

    later = EXAMPLE._replace(created_at_ms=EXAMPLE.created_at_ms + 1, step_state_payload="later")
    given = {"base": "base", "record": to_json(later)}
    yield case(
        "store/write/other-name-keeps-the-old",
        "write",
        "SAFE-1",
        "A new file takes the name; who writes into the old one changes it under other names, too.",
        given | {"tree": [holding(PLACE, EXAMPLE), hard_link("elsewhere/a", PLACE)]},
        {"path": PLACE, "changes": changes(put=[holding(PLACE, later)])},
    )
    for mode in ("600", "640", "666"):
        yield case(
            f"store/write/mode/{mode}",
            "write",
            "SAFE-16",
            "The new file has the permission bits of the old one, fewer or more than usual.",
            given | {"tree": [holding(PLACE, EXAMPLE, mode=mode)]},
            {"path": PLACE, "changes": changes(put=[holding(PLACE, later, mode=mode)])},
        )
    nearly = b"RCKQ" + DATA[4:]
    yield write(
        "aside/whole-but-for-the-magic",
        "SAFE-10",
        "The run id would be ours, but this is no checkpoint: it belongs to somebody else.",
        [raw(PLACE, nearly)],
        "base",
        {
            "path": PLACE,
            "changes": changes(put=[holding(PLACE, EXAMPLE)], kept=[kept(SCOPE, nearly)]),
        },
    )
    target = "../../../outside"
    yield write(
        "aside/link-to-directory",
        "SAFE-10 SAFE-4",
        "A link in the place of the file is a link, also when it leads to a directory.",
        [raw("outside/a", b"x"), link(PLACE, target)],
        "base",
        {
            "path": PLACE,
            "changes": changes(
                put=[holding(PLACE, EXAMPLE)],
                kept=[{"directory": SCOPE, "kind": "link", "target": target}],
            ),
        },
    )
    place = PLACE.replace("base/", "bäse/é中/", 1)
    yield write(
        "not-ascii",
        "SAFE-2",
        "The path is its bytes, whatever the locale of the process.",
        [],
        "bäse/é中",
        {"path": place, "changes": changes(put=[holding(place, EXAMPLE)])},
    )
    for label, tree, base, code in (
        ("base-below-file", [raw("f", b"x")], "f/base", "not-a-directory"),
        ("base-below-dangling-link", [link("l", "nowhere")], "l/base", "not-a-directory"),
        ("base-name-too-long", [directory("d")], f"d/{'n' * 256}", "name-too-long"),
    ):
        yield write(
            f"scope/{label}",
            "SAFE-3",
            "What stands in the way of the base is told like what stands in that of a scope.",
            tree,
            base,
            unchanged(code),
        )


def _sweep() -> Iterator[Draft]:
    put = [holding(PLACE, EXAMPLE)]
    given = {"base": "base", "record": to_json(EXAMPLE)}
    yield case(
        "store/write/sweep/left-over-long-ago",
        "write",
        "SAFE-7 SAFE-5",
        "What is more than a day old is nobody's any more, with a lock and without one.",
        given | {"tree": [raw(f"{SCOPE}/{LEFT_OVER}", DATA[:50], modified="1767225600000")]},
        {"path": PLACE, "changes": changes(put=put, removed=[f"{SCOPE}/{LEFT_OVER}"])},
    )
    yield case(
        "store/write/sweep/left-over",
        "write",
        "SAFE-7 SAFE-6 SAFE-5",
        "What a writer has left that was killed is removed by the next, of whatever make, if it "
        "holds the lock: then nobody is writing.",
        given | {"tree": [raw(f"{SCOPE}/{LEFT_OVER}", DATA[:50])]},
        {"path": PLACE, "changes": changes(put=put, removed=[f"{SCOPE}/{LEFT_OVER}"])},
    )
    others = [
        raw(f"{SCOPE}/.rckp-notes.tmp", b"x"),
        raw(f"{SCOPE}/.rckp-0123456789abcdeg.tmp", b"x"),
        raw(f"{SCOPE}/.rckp-0123456789abcdef0.tmp", b"x"),
        raw(f"{SCOPE}/.rckp-0123456789abcde.tmp", b"x"),
        raw(f"{SCOPE}/{LEFT_OVER}.bak", b"x"),
        raw(f"{SCOPE}/x{LEFT_OVER}", b"x"),
        raw(f"{SCOPE}/x.tmp", b"x"),
        raw(f"{SCOPE}/.x", b"x"),
        raw(f"{SCOPE}/empty", b""),
        raw(f"{SCOPE}/empty.ckpt", b""),
        raw(f"base/{LEFT_OVER}", b"x"),
    ]
    links = [
        link(f"{SCOPE}/.rckp-0000000000000001.tmp", "x.tmp"),
        pipe(f"{SCOPE}/.rckp-0000000000000002.tmp"),
        raw(f"{SCOPE}/.rckp-0000000000000003.tmp/a", b"x"),
    ]
    for label, tree, why in (
        ("others", others, "What only resembles a temporary file is somebody else's."),
        ("no-files", links, "A link, a pipe and a directory are no temporary files."),
    ):
        yield case(
            f"store/write/sweep/{label}",
            "write",
            "SAFE-17",
            why,
            given | {"tree": tree},
            {"path": PLACE, "changes": changes(put=put)},
        )


def _purge() -> Iterator[Draft]:
    def purge(label: str, why: str, tree: dict[str, int], older: list[str], **given: str) -> Draft:
        op = "purge" if "before" in given else "purge-age"
        requirement = "STORE-15" if op == "purge" else "STORE-19"
        files = [
            holding(f"base/{at}", EXAMPLE._replace(created_at_ms=ms)) for at, ms in tree.items()
        ]
        whole = {"tree": files, "base": "base"} | given
        removed = {
            "removed": str(len(older)),
            "changes": changes(removed=[f"base/{g}" for g in older]),
        }
        return case(f"store/purge/{label}", op, requirement, why, whole, removed)

    edge = 2**53
    yield purge(
        "beyond-doubles",
        "A double cannot tell these two times apart.",
        {"a.ckpt": edge, "b.ckpt": edge + 1},
        ["a.ckpt"],
        before=str(edge + 1),
    )
    top = 2**63
    yield purge(
        "beyond-signed",
        "Times are unsigned: a signed integer of 64 bits makes these negative.",
        {"a.ckpt": top, "b.ckpt": 2**64 - 1},
        ["a.ckpt"],
        before=str(2**64 - 1),
    )
    yield purge(
        "hidden",
        "A hidden file is purged like any other.",
        {".x.ckpt": 1, "..ckpt": 1},
        [".x.ckpt", "..ckpt"],
        before="5",
    )
    yield purge(
        "age/greater-than-now",
        "Before the epoch there is nothing: a time of 0 is not less than 0.",
        {"a.ckpt": 0, "b.ckpt": 1},
        [],
        age=str(2**63),
    )


def _select() -> Iterator[Draft]:
    def select(
        label: str, requirements: str, why: str, tree: list[Entry], expect: Any, **given: Any
    ) -> Draft:
        whole = {"tree": tree, "base": "base", "identity": IDENTITY} | given
        return case(f"selection/select/{label}", "select", requirements, why, whole, expect)

    def files(*run_ids: str) -> list[Entry]:
        return [
            holding(f"base/{at}.ckpt", EXAMPLE._replace(run_id=run_id))
            for at, run_id in enumerate(run_ids)
        ]

    several = files(*MANY[:3])
    for label, line in {
        "point": "1.\n",
        "bracket": "1)\n",
        "comma": "1,0\n",
        "letter": "q\n",
        "left-to-right-mark": "\u200e1\n",
        "delete": "\x7f1\n",
        "shift-out": "\x0e1\n",
        "braille-blank": "\u28001\n",
        "hangul-filler": "1\u3164\n",
        "mongolian-vowel-separator": "\u180e1\n",
    }.items():
        yield select(
            f"answer/not-a-number/{label}",
            "SEL-10",
            "No white space, and no digit: this is no number.",
            several,
            error("invalid-index"),
            answer=line,
        )
    yield select(
        "only-a-faulty-one",
        "SEL-5 SEL-8",
        "A file that is not valid could be read: nothing was found, and that is no error.",
        [raw("base/a.ckpt", DATA[:30]), raw("base/b.ckpt", b"PK")],
        {"selected": None},
    )
    named = "SEL-11"
    for label, why, tree, wanted, expect in (
        ("one", "It is the one that is there.", files("a-1"), "a-1", {"selected": "0.ckpt"}),
        (
            "another",
            "Only one is there, but not the one that is wanted: it is not taken instead.",
            files("a-1"),
            "a-2",
            error("no-such-run"),
        ),
        ("none", "None is there at all.", [directory("base")], "a-1", error("no-such-run")),
        (
            "of-several",
            "No terminal is needed: the program has chosen.",
            files("a-1", "a-2", "a-3"),
            "a-2",
            {"selected": "1.ckpt"},
        ),
        (
            "not-of-several",
            "None of the several is the one.",
            several,
            "a-1",
            error("no-such-run"),
        ),
        (
            "twice",
            "The last in the order is taken; here the paths decide.",
            files("a-1", "b-2", "a-1", "c-3"),
            "a-1",
            {"selected": "2.ckpt"},
        ),
        (
            "begins-alike",
            "The whole id counts.",
            files("a-11", "a-1x"),
            "a-1",
            error("no-such-run"),
        ),
        (
            "completed",
            "What has ended cannot be resumed, by its name neither.",
            [holding("base/a.ckpt", EXAMPLE._replace(status=rckp.CheckpointRunStatus.COMPLETED))],
            EXAMPLE.run_id,
            error("no-such-run"),
        ),
    ):
        yield select(f"named/{label}", named, why, tree, expect, run_id=wanted)

"""The cases of the class store: finding, reading, writing, deleting and purging."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import rckp
from conformance.tools.casegen.draft import Draft, file_of
from conformance.tools.casegen.reader import EXAMPLE, FULL
from conformance.tools.casegen.tree import (
    Entry,
    Path,
    case,
    changes,
    directory,
    error,
    gone,
    holding,
    kept,
    link,
    name,
    pipe,
    raw,
    unchanged,
)
from rckp.format.record_json import to_json

SCOPE = "base/alg-HC-05c32ba4c2ea6c52/prob-TSP-640beefa78e58607"
NAME = "run-HC-7-00000000000000000000-1767225600000.ckpt"
PLACE = f"{SCOPE}/{NAME}"
DATA = file_of(EXAMPLE)
RUNNING, COMPLETED, FAILED, INTERRUPTED = rckp.CheckpointRunStatus
READ_AT_ONCE = (512, 1024, 4096, 8192, 16384, 65536)  # bytes


def of_size(size: int, record: rckp.CheckpointRecord = EXAMPLE) -> rckp.CheckpointRecord:
    """The record with a payload of letters, so that its encoding has `size` bytes."""
    empty = record._replace(step_state_payload="")
    return empty._replace(step_state_payload="x" * (size - len(file_of(empty))))


def just_at_sizes(record: rckp.CheckpointRecord) -> list[Entry]:
    """For each size a valid file, and one with one byte more after the record."""
    tree = []
    for size in READ_AT_ONCE:
        sized = of_size(size, record)
        tree.append(holding(f"base/{size}.ckpt", sized))
        tree.append(raw(f"base/{size}-and-1.ckpt", file_of(sized) + b"\0"))
    return tree


def drafts() -> Iterator[Draft]:
    """All cases of this module."""
    yield from _files()
    yield from _read()
    yield from _write()
    yield from _delete()
    yield from _purge()


def _files() -> Iterator[Draft]:
    def files(
        label: str,
        requirements: str,
        why: str,
        tree: list[Entry],
        paths: list[Path] | None = None,
        failure: dict[str, Any] | None = None,
        base: str = "base",
        **more: Any,
    ) -> Draft:
        expect = failure or {"paths": [name(path) for path in paths or []]} | more
        given = {"tree": tree, "base": base}
        return case(f"store/files/{label}", "files", requirements, why, given, expect)

    yield files(
        "one",
        "STORE-1",
        "A checkpoint in its scope is found; the path is relative to the base.",
        [holding(PLACE, EXAMPLE)],
        [PLACE.removeprefix("base/")],
    )
    listed = ["a.ckpt", ".x.ckpt", "..ckpt", "a.b.ckpt", " .ckpt", "-.ckpt", "...ckpt", "a\n.ckpt"]
    unlisted = [
        ".ckpt",
        "a.CKPT",
        "a.Ckpt",
        "a.ckpt.tmp",
        "a.ckpt ",
        "a.ckpt~",
        "ckpt",
        "ackpt",
        "a.ckp",
        "a.ckpt.",
        "a.ckptx",
        "run-ackpt",
    ]
    for at, each in enumerate(listed):
        yield files(
            f"name/listed-{at}",
            "STORE-1",
            "The name ends in .ckpt and is longer than that: hidden or odd, it is listed.",
            [raw(f"base/{each}", b"")],
            [each],
        )
    for at, each in enumerate(unlisted):
        yield files(
            f"name/unlisted-{at}",
            "STORE-1",
            "The name does not end in exactly .ckpt with something before it.",
            [raw(f"base/{each}", DATA), directory("base")],
            [],
        )
    yield files(
        "name/not-utf8",
        "STORE-1 STORE-5",
        "Names are bytes: a listing that needs UTF-8 breaks off here or loses the file.",
        [raw(b"base/\xff.ckpt", b""), raw(b"base/a\x80.ckpt", b""), raw("base/z.ckpt", b"")],
        [b"a\x80.ckpt", "z.ckpt", b"\xff.ckpt"],
    )
    yield files(
        "content-does-not-count",
        "STORE-1",
        "Listing goes by names; what is in a file shows when it is read.",
        [raw("base/empty.ckpt", b""), raw("base/zip.ckpt", b"PK\x03\x04")],
        ["empty.ckpt", "zip.ckpt"],
    )
    yield files(
        "directory-named-ckpt",
        "STORE-2 STORE-1",
        "A directory with the name of a checkpoint is entered, not listed.",
        [raw("base/x.ckpt/y.ckpt", b""), directory("base/z.ckpt")],
        ["x.ckpt/y.ckpt"],
    )
    yield files(
        "hidden-directory",
        "STORE-2",
        "Hidden directories are no exception.",
        [raw("base/.hidden/.deep/y.ckpt", b"")],
        [".hidden/.deep/y.ckpt"],
    )
    deep = "/".join("d" * 40)
    yield files(
        "deep",
        "STORE-1 STORE-9",
        "Forty directories deep is deep, but allowed.",
        [raw(f"base/{deep}/a.ckpt", b"")],
        [f"{deep}/a.ckpt"],
    )
    yield files(
        "order/component-by-component",
        "STORE-5",
        "As one string a-b/x sorts before a/x, since - is less than /.",
        [raw("base/a-b/x.ckpt", b""), raw("base/a/x.ckpt", b""), raw("base/a.ckpt", b"")],
        ["a/x.ckpt", "a-b/x.ckpt", "a.ckpt"],
    )
    yield files(
        "order/files-among-directories",
        "STORE-5",
        "Files and directories are sorted together by name.",
        [raw("base/b.ckpt", b""), raw("base/a/z.ckpt", b""), raw("base/c/a.ckpt", b"")],
        ["a/z.ckpt", "b.ckpt", "c/a.ckpt"],
    )
    yield files(
        "order/bytes",
        "STORE-5",
        "Bytes decide: capitals first, no locale, no numbers, no normalisation.",
        [
            raw(f"base/{each}.ckpt", b"")
            for each in ("b", "a", "B", "a10", "a9", "é", "e\u0301", "_", "Z")
        ],
        [f"{each}.ckpt" for each in ("B", "Z", "_", "a", "a10", "a9", "b", "e\u0301", "é")],
    )
    yield files(
        "order/astral",
        "STORE-5",
        "By UTF-16 units, as JavaScript compares, U+1F600 would come before U+FF5E.",
        [raw("base/😀.ckpt", b""), raw("base/～.ckpt", b"")],
        ["～.ckpt", "😀.ckpt"],
    )
    yield files(
        "order/not-utf8-among-characters",
        "STORE-5 STORE-1",
        "Names are bytes: FF comes after every character, however a language spells it as text.",
        [raw(b"base/\xff.ckpt", b""), raw("base/\ue000.ckpt", b""), raw("base/😀.ckpt", b"")],
        ["\ue000.ckpt", "😀.ckpt", b"\xff.ckpt"],
    )
    yield files(
        "order/prefix",
        "STORE-5",
        "The shorter name comes first when one begins with the other.",
        [raw("base/ab/x.ckpt", b""), raw("base/a/x.ckpt", b"")],
        ["a/x.ckpt", "ab/x.ckpt"],
    )
    yield files(
        "link/loop",
        "STORE-3",
        "A link to the directory above gives the original the same file 41 times.",
        [raw("base/a.ckpt", b""), link("base/up", ".."), link("base/here", ".")],
        ["a.ckpt"],
    )
    yield files(
        "link/to-directory",
        "STORE-3",
        "A link leads out of the base; a purge would follow it.",
        [directory("base"), raw("outside/a.ckpt", b""), link("base/d", "../outside")],
        [],
    )
    yield files(
        "link/to-file",
        "STORE-3",
        "A link is no regular file, whatever it leads to.",
        [raw("base/a.ckpt", b""), link("base/b.ckpt", "a.ckpt")],
        ["a.ckpt"],
    )
    yield files(
        "link/dangling",
        "STORE-3",
        "A link that leads nowhere is no file either, and no error.",
        [raw("base/a.ckpt", b""), link("base/b.ckpt", "nowhere")],
        ["a.ckpt"],
    )
    yield files(
        "link/base",
        "STORE-3 STORE-6",
        "The base itself may be a link.",
        [raw("real/a.ckpt", b""), link("base", "real")],
        ["a.ckpt"],
    )
    yield files(
        "pipe",
        "STORE-4 STORE-1",
        "A pipe with the name of a checkpoint is passed over; who opens it waits for ever.",
        [raw("base/a.ckpt", b""), pipe("base/b.ckpt")],
        ["a.ckpt"],
    )
    yield files(
        "empty-base", "STORE-6", "A base without a file gives an empty list.", [directory("base")]
    )
    yield files(
        "missing-base",
        "STORE-6",
        "A base that does not exist is an error, not an empty list.",
        [],
        failure=error("missing"),
    )
    yield files(
        "dangling-base",
        "STORE-6",
        "A base that is a link to nowhere does not exist.",
        [link("base", "nowhere")],
        failure=error("missing"),
    )
    yield files(
        "base-is-file",
        "STORE-6",
        "A base that is a file is an error.",
        [raw("base", b"")],
        failure=error("not-a-directory"),
    )
    yield files(
        "base-below-file",
        "STORE-6",
        "A base below a file is an error.",
        [raw("file", b"")],
        failure=error("not-a-directory"),
        base="file/base",
    )


def _read() -> Iterator[Draft]:
    def read(
        label: str, requirements: str, why: str, tree: list[Entry], path: str, expect: Any
    ) -> Draft:
        given = {"tree": tree, "base": "base", "path": path}
        return case(f"store/read/{label}", "read", requirements, why, given, expect)

    found = {"record": to_json(EXAMPLE)}
    yield read(
        "in-place",
        "STORE-10 STORE-11",
        "A checkpoint in its scope is read.",
        [holding(PLACE, EXAMPLE)],
        PLACE,
        found,
    )
    yield read(
        "other-name",
        "STORE-10",
        "A path that is named may have any name, and lie outside the base.",
        [directory("base"), holding("outside/notes.txt", EXAMPLE)],
        "outside/notes.txt",
        found,
    )
    yield read(
        "link",
        "STORE-10 STORE-3",
        "A path that a person names may be a link.",
        [holding("outside/a", EXAMPLE), link("base/b.ckpt", "../outside/a")],
        "base/b.ckpt",
        found,
    )
    yield read(
        "empty",
        "STORE-10",
        "A faulty file gives its fault, not a store's error.",
        [raw("base/a.ckpt", b"")],
        "base/a.ckpt",
        error("truncated"),
    )
    yield read(
        "foreign",
        "STORE-10",
        "A faulty file gives its fault, not a store's error.",
        [raw("base/a.ckpt", b"PK\x03\x04more")],
        "base/a.ckpt",
        error("bad-magic"),
    )
    for label, entry, code in (
        ("missing", directory("base"), "missing"),
        ("dangling", link("base/a.ckpt", "nowhere"), "missing"),
        ("directory", directory("base/a.ckpt"), "not-a-file"),
        ("pipe", pipe("base/a.ckpt"), "not-a-file"),
    ):
        yield read(
            label,
            "STORE-11",
            "What is no regular file is reported, at once.",
            [entry],
            "base/a.ckpt",
            error(code),
        )
    for size in READ_AT_ONCE:
        sized = of_size(size)
        yield read(
            f"size/{size}",
            "STORE-10",
            "A file that is just as long as what is read at once ends there, and is valid.",
            [holding("base/a.ckpt", sized)],
            "base/a.ckpt",
            {"record": to_json(sized)},
        )
        yield read(
            f"size/{size}-and-1",
            "STORE-10",
            "One byte follows just where a reading ends: the file is not valid.",
            [raw("base/a.ckpt", file_of(sized) + b"\0")],
            "base/a.ckpt",
            error("trailing-bytes"),
        )


def _write() -> Iterator[Draft]:
    def write(
        label: str,
        requirements: str,
        why: str,
        tree: list[Entry],
        record: rckp.CheckpointRecord,
        expect: dict[str, Any],
        base: str = "base",
    ) -> Draft:
        given = {"tree": tree, "base": base, "record": to_json(record)}
        return case(f"store/write/{label}", "write", requirements, why, given, expect)

    def wrote(path: str, record: rckp.CheckpointRecord, **more: Any) -> dict[str, Any]:
        return {"path": path, "changes": changes(put=[holding(path, record)], **more)}

    yield write(
        "first",
        "SAFE-2",
        "Base and scope are made, and only one file is left in them.",
        [],
        EXAMPLE,
        wrote(PLACE, EXAMPLE),
    )
    yield write(
        "deep-base",
        "SAFE-2",
        "All directories on the way to the base are made.",
        [],
        EXAMPLE,
        wrote(f"x/y/{PLACE}", EXAMPLE),
        base="x/y/base",
    )
    yield write(
        "base-is-link",
        "SAFE-2 SAFE-4",
        "The base itself may be a link; the path is the one below the base as it was named.",
        [directory("real"), link("base", "real")],
        EXAMPLE,
        {
            "path": PLACE,
            "changes": changes(put=[holding(PLACE.replace("base/", "real/"), EXAMPLE)]),
        },
    )
    full = (
        "base/alg-SimulatedAnnealing-9e34b5420a9a4b4a/prob-Ackley-c57ba7d95cf61899/"
        "run-SimulatedAnnealing-4711-00000000000000000003-1767225600250.ckpt"
    )
    yield write(
        "full",
        "SAFE-2",
        "A record with both options, in the scope of its own identity.",
        [holding(PLACE, EXAMPLE)],
        FULL,
        wrote(full, FULL),
    )
    lying = EXAMPLE._replace(algorithm_signature_hash=1, problem_signature_hash=0)
    yield write(
        "lying-hashes",
        "SAFE-2 PATH-3 IDENT-4",
        "The hashes of the scope are those of the record, computed by nobody.",
        [],
        lying,
        wrote(f"base/alg-HC-{1:016x}/prob-TSP-{0:016x}/{NAME}", lying),
    )
    odd = EXAMPLE._replace(run_id="../../up", algorithm_name="../..", problem_description="/")
    yield write(
        "names-that-lead-out",
        "SAFE-2 SAFE-4 LIM-6",
        "Whatever the names are, nothing is written outside the base.",
        [],
        odd,
        wrote("base/alg-unnamed-05c32ba4c2ea6c52/prob-unnamed-640beefa78e58607/run-up.ckpt", odd),
    )
    for label, run_id in {"empty": "", "cjk": "中文", "nul": "\0"}.items():
        nameless = EXAMPLE._replace(run_id=run_id)
        yield write(
            f"unnamed-{label}",
            "SAFE-2 PATH-1",
            "A run id of which nothing is left is written as unnamed.",
            [],
            nameless,
            wrote(f"{SCOPE}/run-unnamed.ckpt", nameless),
        )
    later = EXAMPLE._replace(created_at_ms=1767225700000, step_state_payload="iter=20;eval=21")
    shorter = later._replace(step_state_payload="")
    longer = later._replace(step_state_payload="x" * 9000)
    for label, old, new in (
        ("same-run", EXAMPLE, later),
        ("same-run-shorter", longer, shorter),
        ("same-run-longer", shorter, longer),
        ("same-run-other-status", EXAMPLE._replace(status=FAILED, error_message="x"), later),
        ("same-run-older-file", later, EXAMPLE),
    ):
        yield write(
            f"replace/{label}",
            "SAFE-9 SAFE-1",
            "The run's own checkpoint is replaced, whole, and nothing else is left behind.",
            [holding(PLACE, old), raw(f"{SCOPE}/notes.txt", b"mine")],
            new,
            wrote(PLACE, new),
        )
    yield write(
        "replace/empty",
        "SAFE-9",
        "An empty file is what a killed run of the original leaves: nothing to keep.",
        [raw(PLACE, b"")],
        EXAMPLE,
        wrote(PLACE, EXAMPLE),
    )
    yield write(
        "replace/torn",
        "SAFE-9",
        "The run id can be read, and it is the same: the rest is torn and worth nothing.",
        [raw(PLACE, DATA[:-9])],
        EXAMPLE,
        wrote(PLACE, EXAMPLE),
    )
    yield write(
        "replace/torn-after-run-id",
        "SAFE-9",
        "The file ends with the run id, which is the same: more need not be there to judge it.",
        [raw(PLACE, DATA[: DATA.index(EXAMPLE.run_id.encode()) + len(EXAMPLE.run_id.encode())])],
        EXAMPLE,
        wrote(PLACE, EXAMPLE),
    )
    yield write(
        "replace/same-run-large",
        "SAFE-9",
        "The run id is near the start; a large file need not be read for it.",
        [holding(PLACE, longer._replace(step_state_payload="y" * 20000))],
        EXAMPLE,
        wrote(PLACE, EXAMPLE),
    )
    other = EXAMPLE._replace(run_id="HC-8-00000000000000000000-1767225600000")
    yield write(
        "beside-another-run",
        "SAFE-2 SAFE-8",
        "Another run in the same scope gets another file.",
        [holding(PLACE, EXAMPLE)],
        other,
        wrote(f"{SCOPE}/run-HC-8-00000000000000000000-1767225600000.ckpt", other),
    )
    for label, first, second in (
        ("colon", "a_b", "a:b"),
        ("unnamed", "中文", "é"),
        ("stripped", "a", "_a_"),
        ("longer", "a" + "_" * 5000, "a"),
        ("shorter", "a", "a" + "_" * 5000),
        ("empty", "", "unnamed"),
        ("composed", "x\u00e9y", "x\u00e8y"),
        ("normalised", "x\u00c5y", "x\u212by"),
        ("other-case", "x\u00e9y", "x\u00c9y"),
    ):
        one = EXAMPLE._replace(run_id=first)
        stem = {
            "a_b": "a_b",
            "中文": "unnamed",
            "": "unnamed",
            "x\u00e9y": "x_y",
            "x\u00c5y": "x_y",
        }.get(first, "a")
        yield write(
            f"collision/{label}",
            "SAFE-8",
            "Two run ids with one file name: the run that is there must not lose its checkpoint.",
            [holding(f"{SCOPE}/run-{stem}.ckpt", one)],
            EXAMPLE._replace(run_id=second),
            unchanged("run-id-collision"),
        )
    yield write(
        "collision/torn",
        "SAFE-8",
        "The other run's checkpoint is torn, but its run id can be read: still not ours.",
        [raw(f"{SCOPE}/run-a_b.ckpt", file_of(EXAMPLE._replace(run_id="a_b"))[:-4])],
        EXAMPLE._replace(run_id="a:b"),
        unchanged("run-id-collision"),
    )
    a_b = file_of(EXAMPLE._replace(run_id="a_b"))
    yield write(
        "collision/torn-after-run-id",
        "SAFE-8",
        "The file ends with the other run's id: that is enough to know that it is not ours.",
        [raw(f"{SCOPE}/run-a_b.ckpt", a_b[: a_b.index(b"a_b") + 3])],
        EXAMPLE._replace(run_id="a:b"),
        unchanged("run-id-collision"),
    )
    for label, data in {
        "foreign": b"PK\x03\x04 a model that took a month to train",
        "one-byte": b"R",
        "magic-only": b"RCKP",
        "cut-in-run-id": DATA[:20],
        "run-id-not-utf8": DATA[:16] + b"\xff" + DATA[17:],
    }.items():
        yield write(
            f"aside/{label}",
            "SAFE-10",
            "What cannot be read as far as its run id is kept under another name.",
            [raw(PLACE, data)],
            EXAMPLE,
            wrote(PLACE, EXAMPLE, kept=[kept(SCOPE, data)]),
        )
    longest_id = "r" * 246
    yield write(
        "aside/longest-name",
        "SAFE-10",
        "The name has 255 bytes already: who makes it longer to keep the file can never save.",
        [raw(f"{SCOPE}/run-{longest_id}.ckpt", b"PK\x03\x04 a model")],
        EXAMPLE._replace(run_id=longest_id),
        wrote(
            f"{SCOPE}/run-{longest_id}.ckpt",
            EXAMPLE._replace(run_id=longest_id),
            kept=[kept(SCOPE, b"PK\x03\x04 a model")],
        ),
    )
    yield write(
        "aside/link",
        "SAFE-10 SAFE-4",
        "A link in the place of the file is kept aside; what it leads to is not touched.",
        [holding("outside/a.ckpt", EXAMPLE), link(PLACE, "../../../outside/a.ckpt")],
        later,
        wrote(
            PLACE,
            later,
            kept=[{"directory": SCOPE, "kind": "link", "target": "../../../outside/a.ckpt"}],
        ),
    )
    yield write(
        "aside/pipe",
        "SAFE-10 STORE-4",
        "A pipe in the place of the file is kept aside, and nobody waits for it.",
        [pipe(PLACE)],
        EXAMPLE,
        wrote(PLACE, EXAMPLE, kept=[{"directory": SCOPE, "kind": "pipe"}]),
    )
    yield write(
        "directory-in-place",
        "SAFE-10",
        "A directory was made by somebody on purpose, and other files may lie in it.",
        [holding(f"{PLACE}/x.ckpt", EXAMPLE)],
        EXAMPLE,
        unchanged("not-a-file"),
    )
    algorithm, problem = SCOPE.split("/")[1:]
    for label, tree in {
        "base-is-file": [raw("base", b"x")],
        "algorithm-is-file": [raw(f"base/{algorithm}", b"x")],
        "problem-is-file": [raw(f"base/{algorithm}/{problem}", b"x")],
        "problem-is-pipe": [pipe(f"base/{algorithm}/{problem}")],
    }.items():
        yield write(
            f"scope/{label}",
            "SAFE-3",
            "Something that is no directory stands in the way: a clear error, nothing written.",
            tree,
            EXAMPLE,
            unchanged("not-a-directory"),
        )
    yield write(
        "scope/base-is-dangling-link",
        "SAFE-3 SAFE-2",
        "A base that leads nowhere is an error: nobody asked for a directory at its other end.",
        [directory("elsewhere"), link("base", "elsewhere/nowhere")],
        EXAMPLE,
        unchanged("not-a-directory"),
    )
    for label, tree in {
        "algorithm-is-link": [directory("outside"), link(f"base/{algorithm}", "../outside")],
        "problem-is-link": [
            directory("outside"),
            link(f"base/{algorithm}/{problem}", "../../outside"),
        ],
        "problem-is-dangling-link": [link(f"base/{algorithm}/{problem}", "nowhere")],
    }.items():
        yield write(
            f"scope/{label}",
            "SAFE-4 SAFE-3",
            "A link in the place of a directory leads out of the base: never through a link.",
            tree,
            EXAMPLE,
            unchanged("not-a-directory"),
        )
    for label, record in {
        "run-id": EXAMPLE._replace(run_id="r" * 247),
        "run-id-far": EXAMPLE._replace(run_id="r" * 5000),
        "algorithm": EXAMPLE._replace(algorithm_name="a" * 235),
        "problem": EXAMPLE._replace(problem_description="p" * 234),
    }.items():
        yield write(
            f"too-long/{label}",
            "SAFE-3",
            "A name that the file system does not allow is an error; it is not cut short.",
            [directory("base")],
            record,
            unchanged("name-too-long"),
        )
    longest = EXAMPLE._replace(
        run_id="r" * 246, algorithm_name="a" * 234, problem_description="p" * 233
    )
    yield write(
        "longest-names",
        "SAFE-3 SAFE-5",
        "The longest names that fit are written; a temporary name must not be longer still.",
        [],
        longest,
        wrote(
            f"base/alg-{'a' * 234}-05c32ba4c2ea6c52/prob-{'p' * 233}-640beefa78e58607/"
            f"run-{'r' * 246}.ckpt",
            longest,
        ),
    )


def _delete() -> Iterator[Draft]:
    def delete(
        label: str,
        requirements: str,
        why: str,
        tree: list[Entry],
        path: str,
        expect: dict[str, Any],
    ) -> Draft:
        given = {"tree": tree, "base": "base", "path": path}
        return case(f"store/delete/{label}", "delete", requirements, why, given, expect)

    nothing = {"removed": False, "changes": changes()}
    yield delete(
        "file",
        "STORE-12 STORE-13 STORE-14",
        "The file goes; the scope stays, though it is empty now.",
        [holding(PLACE, EXAMPLE)],
        PLACE,
        gone(PLACE),
    )
    yield delete(
        "not-a-checkpoint",
        "STORE-12",
        "Deleting goes by the path; nobody reads the file.",
        [raw(PLACE, b"x"), raw(f"{SCOPE}/b.ckpt", b"x")],
        PLACE,
        gone(PLACE),
    )
    yield delete(
        "link",
        "STORE-12",
        "A link is removed itself; what it leads to stays.",
        [holding("outside/a.ckpt", EXAMPLE), link("base/b.ckpt", "../outside/a.ckpt")],
        "base/b.ckpt",
        gone("base/b.ckpt"),
    )
    yield delete(
        "dangling-link",
        "STORE-12",
        "A link that leads nowhere is there, and is removed.",
        [link("base/b.ckpt", "nowhere")],
        "base/b.ckpt",
        gone("base/b.ckpt"),
    )
    yield delete(
        "link-to-directory",
        "STORE-12",
        "A link to a directory is a link.",
        [holding("outside/a.ckpt", EXAMPLE), link("base/b.ckpt", "../outside")],
        "base/b.ckpt",
        gone("base/b.ckpt"),
    )
    yield delete(
        "base-is-link",
        "STORE-12 STORE-13",
        "The base itself may be a link: only what is below it must not lead through one.",
        [raw("real/d/a.ckpt", b"x"), raw("real/a.ckpt", b"y"), link("base", "real")],
        "base/d/a.ckpt",
        gone("real/d/a.ckpt"),
    )
    yield delete(
        "other-name",
        "STORE-12",
        "A path that is named goes, whatever its name: only listings look for .ckpt.",
        [raw(f"{SCOPE}/notes.txt", b"x"), holding(PLACE, EXAMPLE)],
        f"{SCOPE}/notes.txt",
        gone(f"{SCOPE}/notes.txt"),
    )
    for label, tree in {
        "missing-file": [directory(SCOPE)],
        "missing-scope": [directory("base")],
        "missing-base": [],
    }.items():
        yield delete(
            label,
            "STORE-12",
            "What is not there need not be removed: the answer is no, and no error.",
            tree,
            PLACE,
            nothing,
        )
    for label, tree, path, code in (
        ("directory", [directory(PLACE)], PLACE, "not-a-file"),
        ("full-directory", [raw(f"{PLACE}/a.ckpt", b"")], PLACE, "not-a-file"),
        ("base", [raw("base/a.ckpt", b"")], "base", "outside-base"),
        (
            "outside",
            [directory("base"), raw("outside/a.ckpt", b"")],
            "outside/a.ckpt",
            "outside-base",
        ),
        (
            "outside-by-points",
            [directory("base"), raw("outside/a.ckpt", b"")],
            "base/../outside/a.ckpt",
            "outside-base",
        ),
        ("beside", [directory("base"), raw("base2/a.ckpt", b"")], "base2/a.ckpt", "outside-base"),
        (
            "through-link",
            [raw("outside/a.ckpt", b""), link("base/d", "../outside")],
            "base/d/a.ckpt",
            "not-a-directory",
        ),
        ("through-file", [raw("base/d", b"")], "base/d/a.ckpt", "not-a-directory"),
    ):
        yield delete(
            f"refused/{label}",
            "STORE-13",
            "A store removes files below its base, never through a link, and no directory.",
            tree,
            path,
            unchanged(code),
        )


def _purge() -> Iterator[Draft]:
    def purge(
        label: str,
        requirements: str,
        why: str,
        tree: list[Entry],
        given: dict[str, str],
        expect: dict[str, Any],
    ) -> Draft:
        op = "purge" if "before" in given else "purge-age"
        whole = {"tree": tree, "base": "base"} | given
        return case(f"store/purge/{label}", op, requirements, why, whole, expect)

    def purged(*paths: str) -> dict[str, Any]:
        return {"removed": str(len(paths)), "changes": changes(removed=list(paths))}

    def at(ms: int, **more: Any) -> rckp.CheckpointRecord:
        return EXAMPLE._replace(created_at_ms=ms, **more)

    times = [holding(f"base/{ms}.ckpt", at(ms)) for ms in (0, 999, 1000, 1001, 2**64 - 1)]
    for before, older in {
        0: [],
        1: ["0"],
        1000: ["0", "999"],
        1001: ["0", "999", "1000"],
        2**64 - 1: ["0", "999", "1000", "1001"],
    }.items():
        yield purge(
            f"before-{before}",
            "STORE-15",
            "Less than the time, not equal to it; times are unsigned integers of 64 bits.",
            times,
            {"before": str(before)},
            purged(*(f"base/{each}.ckpt" for each in older)),
        )
    yield purge(
        "every-status",
        "STORE-15",
        "Purging goes by the time alone: the status plays no part, nor does the place.",
        [
            holding(f"base/d/{status}.ckpt", at(5, status=status))
            for status in (RUNNING, COMPLETED, FAILED, INTERRUPTED)
        ],
        {"before": "6"},
        purged(*(f"base/d/{status}.ckpt" for status in (RUNNING, COMPLETED, FAILED, INTERRUPTED))),
    )
    large = at(5, step_state_payload="x" * 20000)
    yield purge(
        "large",
        "STORE-15 STORE-22",
        "A large file is judged by its first bytes, and removed only if all of it is valid.",
        [
            holding("base/old.ckpt", large),
            holding("base/new.ckpt", large._replace(created_at_ms=7)),
            raw("base/torn.ckpt", file_of(large)[:-1]),
        ],
        {"before": "6"},
        purged("base/old.ckpt"),
    )
    yield purge(
        "sizes",
        "STORE-15 STORE-16 STORE-22",
        "Files just as long as what is read at once are valid; with one byte more they are not.",
        just_at_sizes(at(5)),
        {"before": "6"},
        purged(*(f"base/{size}.ckpt" for size in READ_AT_ONCE)),
    )
    yield purge(
        "large-torn-stays",
        "STORE-16",
        "What follows the first bytes of a large file decides whether it is valid.",
        [
            raw("base/malformed.ckpt", file_of(large).replace(b"x" * 9999, b"\xff" * 9999)),
            raw("base/torn.ckpt", file_of(large)[:5000]),
            raw("base/trailing.ckpt", file_of(large) + b"\0"),
        ],
        {"before": "6"},
        purged(),
    )
    yield purge(
        "invalid-stays",
        "STORE-16 STORE-15",
        "Who knows how old a broken file is, or whether it can be saved.",
        [
            raw("base/empty.ckpt", b""),
            raw("base/torn.ckpt", file_of(at(5))[:-1]),
            raw("base/longer.ckpt", file_of(at(5)) + b"x"),
            raw("base/foreign.ckpt", b"PK\x03\x04"),
            holding("base/old.ckpt", at(5)),
        ],
        {"before": str(2**64 - 1)},
        purged("base/old.ckpt"),
    )
    yield purge(
        "only-invalid",
        "STORE-16",
        "Nothing but a broken file: nothing is removed, however late the time.",
        [raw("base/torn.ckpt", file_of(at(5))[:-1])],
        {"before": str(2**64 - 1)},
        purged(),
    )
    yield purge(
        "other-names-stay",
        "STORE-15 STORE-1",
        "Only what is listed can be purged.",
        [holding("base/old.ckpt.bak", at(5)), holding("base/.ckpt", at(5))],
        {"before": "6"},
        purged(),
    )
    yield purge(
        "links",
        "STORE-15 STORE-3 STORE-14",
        "Nothing outside the base is removed, and neither links nor directories are.",
        [
            holding("outside/old.ckpt", at(5)),
            link("base/d", "../outside"),
            link("base/a.ckpt", "../outside/old.ckpt"),
            holding("base/e/old.ckpt", at(5)),
        ],
        {"before": "6"},
        purged("base/e/old.ckpt"),
    )
    yield purge(
        "base-is-link",
        "STORE-15 STORE-3 STORE-6",
        "The base itself may be a link: what lies at its other end is purged.",
        [holding("real/d/old.ckpt", at(5)), holding("real/new.ckpt", at(7)), link("base", "real")],
        {"before": "6"},
        purged("real/d/old.ckpt"),
    )
    for label, tree, code in (
        ("missing-base", [], "missing"),
        ("base-is-file", [raw("base", b"")], "not-a-directory"),
    ):
        yield purge(
            label,
            "STORE-6 STORE-15",
            "A base that cannot be listed cannot be purged.",
            tree,
            {"before": "6"},
            unchanged(code),
        )
    past_and_future = [holding("base/past.ckpt", at(1)), holding("base/future.ckpt", at(2**64 - 1))]
    yield purge(
        "age-0",
        "STORE-19",
        "An age of nothing: everything up to now.",
        past_and_future,
        {"age": "0"},
        purged("base/past.ckpt"),
    )
    for label, age in {"an-hour": 3600000, "20-years": 631152000000}.items():
        yield purge(
            f"age-{label}",
            "STORE-19",
            "The time now minus the age; a file of the year 1970 is older than that.",
            past_and_future,
            {"age": str(age)},
            purged("base/past.ckpt"),
        )
    for label, age in {"before-1970": 2**63, "greatest": 2**64 - 1}.items():
        yield purge(
            f"age-{label}",
            "STORE-19",
            "An age that reaches before 1970 gives the time 0; it does not wrap around.",
            past_and_future,
            {"age": str(age)},
            purged(),
        )

"""Cases that the third stranger asked for, who wrote in Rust (docs/clean-room.md).

Each stands for a program, changed on purpose, that passed everything there was before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import rckp
from conformance.tools.casegen.draft import Draft
from conformance.tools.casegen.reader import EXAMPLE
from conformance.tools.casegen.selection import IDENTITY
from conformance.tools.casegen.store import PLACE, SCOPE
from conformance.tools.casegen.tree import (
    Entry,
    case,
    changes,
    directory,
    error,
    gone,
    holding,
    kept,
    link,
    raw,
    unchanged,
)
from rckp.format.record_json import to_json


def drafts() -> Iterator[Draft]:
    """All cases of this module."""
    yield from _selection()
    yield from _writing()
    yield from _rest()


def _selection() -> Iterator[Draft]:
    algorithm, problem = EXAMPLE.algorithm_signature_hash, EXAMPLE.problem_signature_hash
    bits: dict[str, dict[str, Any]] = {
        "algorithm-last-bit": {"algorithm_signature_hash": algorithm ^ 1},
        "problem-last-bit": {"problem_signature_hash": problem ^ 1},
        "algorithm-first-bit": {"algorithm_signature_hash": algorithm ^ 1 << 63},
        "problem-upper-half": {"problem_signature_hash": problem ^ 1 << 32},
    }
    for label, values in bits.items():
        yield case(
            f"selection/list/hash/{label}",
            "list",
            "SEL-1",
            "All 64 bits count; as doubles, or in their lower half, the two hashes are alike.",
            {
                "tree": [holding("base/a.ckpt", EXAMPLE._replace(**values))],
                "base": "base",
                "identity": IDENTITY,
            },
            {"paths": []},
        )
    first = EXAMPLE._replace(
        run_id="a-5", created_at_ms=9, elapsed_millis=9, status=rckp.CheckpointRunStatus.FAILED
    )
    second = EXAMPLE._replace(run_id="b-5", created_at_ms=1, elapsed_millis=1)
    yield case(
        "selection/list/order/nothing-else",
        "list",
        "SEL-4",
        "With equal timestamps the run ids decide; times, elapsed times and states play no part.",
        {
            "tree": [holding("base/a.ckpt", second), holding("base/b.ckpt", first)],
            "base": "base",
            "identity": IDENTITY,
        },
        {"paths": ["b.ckpt", "a.ckpt"]},
    )

    def named(
        label: str, requirement: str, why: str, tree: list[Entry], run_id: str, expect: Any
    ) -> Draft:
        given = {"tree": tree, "base": "base", "identity": IDENTITY, "run_id": run_id}
        return case(f"selection/select/named/{label}", "select", requirement, why, given, expect)

    def run(path: str, run_id: str, created: int = 1) -> Entry:
        return holding(path, EXAMPLE._replace(run_id=run_id, created_at_ms=created))

    none = error("no-such-run")
    yield named(
        "twice-by-path",
        "SEL-11 SEL-4",
        "The last in the order is taken, by its path, not the one that was written last.",
        [run("base/a.ckpt", "x-1", 9), run("base/b.ckpt", "x-1", 1)],
        "x-1",
        {"selected": "b.ckpt"},
    )
    for label, there, wanted in (
        ("other-case", "A-1", "a-1"),
        ("blank", "a-1 ", "a-1"),
        ("alike-sanitised", "a_1", "a:1"),
        ("empty", "a-1", ""),
    ):
        yield named(
            label,
            "SEL-11",
            "The whole id counts, as it is, an empty one included.",
            [run("base/a.ckpt", there)],
            wanted,
            none,
        )
    yield named(
        "empty-there",
        "SEL-11 RUN-4",
        "An empty id is an id like any other.",
        [run("base/a.ckpt", ""), run("base/b.ckpt", "x-1")],
        "",
        {"selected": "a.ckpt"},
    )
    yield named(
        "missing-base",
        "SEL-8",
        "What cannot be listed is no answer to whether the run is there.",
        [],
        "x-1",
        error("listing-failed"),
    )
    given = {"base": "base", "identity": IDENTITY}
    yield case(
        "selection/select/base-is-loop",
        "select",
        "SEL-8",
        "A base that cannot be listed is an error; nothing selected would start a new run.",
        given | {"tree": [link("base", "base")]},
        error("listing-failed"),
    )
    deep = "/".join(["d"] * 101)
    other = EXAMPLE._replace(algorithm_name="other")
    yield case(
        "selection/select/too-deep",
        "select",
        "SEL-8",
        "What is left out for its depth does not keep a run from being started.",
        given | {"tree": [holding(f"base/{deep}/a.ckpt", other)]},
        {"selected": None},
    )


def _writing() -> Iterator[Draft]:
    def write(
        label: str,
        requirements: str,
        why: str,
        tree: list[Entry],
        record: rckp.CheckpointRecord,
        expect: dict[str, Any],
    ) -> Draft:
        given = {"tree": tree, "base": "base", "record": to_json(record)}
        return case(f"store/write/{label}", "write", requirements, why, given, expect)

    def wrote(path: str, record: rckp.CheckpointRecord, **more: Any) -> dict[str, Any]:
        return {"path": path, "changes": changes(put=[holding(path, record)], **more)}

    yield write(
        "too-long/no-base",
        "SAFE-3",
        "Nothing is made before it is known that it can be written, the base neither.",
        [],
        EXAMPLE._replace(run_id="r" * 300),
        unchanged("name-too-long"),
    )
    yield write(
        "aside/dangling-link",
        "SAFE-10 SAFE-4",
        "A link is kept aside, also one that leads nowhere.",
        [link(PLACE, "nowhere")],
        EXAMPLE,
        wrote(PLACE, EXAMPLE, kept=[{"directory": SCOPE, "kind": "link", "target": "nowhere"}]),
    )
    for label, data in {
        "zeros": bytes(200),
        "large": b"PK\x03\x04" + bytes(range(256)) * 20,
    }.items():
        yield write(
            f"aside/{label}",
            "SAFE-10",
            "What is no checkpoint is somebody else's, whatever its size and its bytes.",
            [raw(PLACE, data)],
            EXAMPLE,
            wrote(PLACE, EXAMPLE, kept=[kept(SCOPE, data)]),
        )
    others: dict[str, dict[str, Any]] = {
        "other-name": {"algorithm_name": "SA", "problem_description": "other"},
        "other-hashes": {"algorithm_signature_hash": 1, "problem_signature_hash": 2},
        "completed": {"status": rckp.CheckpointRunStatus.COMPLETED},
    }
    for label, values in others.items():
        yield write(
            f"replace/{label}",
            "SAFE-9",
            "The run id alone tells whose file it is; whatever follows it is replaced.",
            [holding(PLACE, EXAMPLE._replace(**values))],
            EXAMPLE,
            wrote(PLACE, EXAMPLE),
        )
    for label, other in {
        "blank": "a ",
        "line-feed": "a\n",
        "nul": "a\0",
        "accent": "a\u0301",
    }.items():
        yield write(
            f"collision/{label}",
            "SAFE-8",
            "Two ids that differ only at their end, and have one name: compared as they are.",
            [holding(f"{SCOPE}/run-a.ckpt", EXAMPLE._replace(run_id=other))],
            EXAMPLE._replace(run_id="a"),
            unchanged("run-id-collision"),
        )
    late = "r" * 230
    yield write(
        "collision/late",
        "SAFE-8",
        "Two long ids that differ near their end.",
        [holding(f"{SCOPE}/run-{late}_b.ckpt", EXAMPLE._replace(run_id=f"{late}:b"))],
        EXAMPLE._replace(run_id=f"{late}_b"),
        unchanged("run-id-collision"),
    )
    two = [f"{SCOPE}/.rckp-{digits}.tmp" for digits in ("00000000deadbeef", "0123456789abcdef")]
    left = [raw(two[0], b"", modified="1767225600000"), raw(two[1], b"x", modified="1767225600000")]
    yield write(
        "sweep/two",
        "SAFE-7",
        "All that was left is removed, an empty file included.",
        left,
        EXAMPLE,
        {"path": PLACE, "changes": changes(put=[holding(PLACE, EXAMPLE)], removed=[*two])},
    )
    yield write(
        "scope/algorithm-is-link-inside",
        "SAFE-4 SAFE-3",
        "A link in the place of a directory is an error, also when it stays below the base.",
        [directory("base/other"), link(SCOPE.rpartition("/")[0], "other")],
        EXAMPLE,
        unchanged("not-a-directory"),
    )
    given = {"base": "l/base", "record": to_json(EXAMPLE)}
    yield case(
        "store/write/base-below-link",
        "write",
        "SAFE-2 SAFE-4",
        "Above the base a link is a way like any other.",
        given | {"tree": [directory("real"), link("l", "real")]},
        {
            "path": PLACE.replace("base/", "l/base/", 1),
            "changes": changes(put=[holding(PLACE.replace("base/", "real/base/", 1), EXAMPLE)]),
        },
    )


def _rest() -> Iterator[Draft]:
    for label, tree, path, expect in (
        ("refused/outside-without-base", [raw("out.ckpt", b"")], "out.ckpt", "outside-base"),
        (
            "refused/up-from-what-is-missing",
            [raw("base/a.ckpt", b"")],
            "base/no/../a.ckpt",
            "outside-base",
        ),
    ):
        yield case(
            f"store/delete/{label}",
            "delete",
            "STORE-13",
            "The path is judged before anything is looked for.",
            {"tree": tree, "base": "base", "path": path},
            unchanged(expect),
        )
    yield case(
        "store/delete/hidden",
        "delete",
        "STORE-12",
        "A hidden file is removed like any other.",
        {"tree": [raw("base/.a.ckpt", b"")], "base": "base", "path": "base/.a.ckpt"},
        gone("base/.a.ckpt"),
    )
    found = {"record": to_json(EXAMPLE)}
    one = [holding("x/a.ckpt", EXAMPLE)]
    for label, tree, path, answer, why in (
        (
            "separator-at-end",
            one,
            "x/a.ckpt/",
            error("missing"),
            "A separator after a file leads through it, to nothing.",
        ),
        (
            "up",
            [*one, directory("base")],
            "base/../x/a.ckpt",
            found,
            "A path that is named may lead anywhere.",
        ),
        ("without-base", one, "x/a.ckpt", found, "Reading a path that is named needs no base."),
    ):
        requirement = "STORE-10" if answer is found else "STORE-11"
        given = {"tree": tree, "base": "base", "path": path}
        yield case(f"store/read/{label}", "read", requirement, why, given, answer)
    longest = f"{'n' * 250}.ckpt"
    yield case(
        "store/files/longest-name",
        "files",
        "STORE-1",
        "A name of 255 bytes is a name like any other.",
        {"tree": [raw(f"base/{longest}", b"")], "base": "base"},
        {"paths": [longest]},
    )
    yield case(
        "store/files/base-name-too-long",
        "files",
        "STORE-6",
        "A name that no directory can have: whether it is there cannot be asked.",
        {"tree": [directory("d")], "base": f"d/{'n' * 256}"},
        error("unreadable"),
    )
    old = EXAMPLE._replace(created_at_ms=1)
    yield case(
        "store/purge/deep",
        "purge",
        "STORE-15 STORE-1",
        "Purging goes as deep as listing.",
        {"tree": [holding("base/a/b/c/d/e.ckpt", old)], "base": "base", "before": "2"},
        {"removed": "1", "changes": changes(removed=["base/a/b/c/d/e.ckpt"])},
    )
    yield case(
        "store/purge/age/missing-base",
        "purge-age",
        "STORE-6",
        "A base that is not there is reported, by whatever it is purged.",
        {"tree": [], "base": "base", "age": "0"},
        unchanged("missing"),
    )
    yield case(
        "identity/base/windows-drive",
        "base-dir",
        "PATH-7",
        "What ends in a colon does not end in a separator.",
        {
            "system": "windows",
            "explicit": None,
            "project": None,
            "environment": {"LOCALAPPDATA": "C:"},
        },
        {"path": "C:\\roma\\checkpoints"},
    )

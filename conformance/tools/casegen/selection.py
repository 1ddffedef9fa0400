"""The cases of the class selection: what can be resumed, in which order, and which one it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import rckp
from conformance.tools.casegen.draft import Draft, file_of
from conformance.tools.casegen.identity import fnv_1a
from conformance.tools.casegen.reader import EXAMPLE, changed
from conformance.tools.casegen.store import READ_AT_ONCE, just_at_sizes
from conformance.tools.casegen.tree import (
    Entry,
    Path,
    case,
    directory,
    error,
    holding,
    link,
    name,
    pipe,
    raw,
)

RUNNING, COMPLETED, FAILED, INTERRUPTED = rckp.CheckpointRunStatus
IDENTITY = {
    "algorithm_name": "HC",
    "algorithm_parameters": "p=1",
    "problem_description": "TSP",
    "problem_parameters": "n=4",
}
# The Unicode property White_Space, all of it; the line feed ends the answer.
WHITE_SPACE = "\t\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B)))
WHITE_SPACE += "\u2028\u2029\u202f\u205f\u3000"
MANY = [f"HC-1-0-{at}" for at in range(1, 13)]


def drafts() -> Iterator[Draft]:
    """All cases of this module."""
    yield from _matching()
    yield from _order()
    yield from _select()


def _list(
    label: str,
    requirements: str,
    why: str,
    tree: list[Entry],
    paths: list[Path] | None = None,
    *,
    identity: dict[str, str] | None = None,
    failure: dict[str, Any] | None = None,
    **more: Any,
) -> Draft:
    given = {"tree": tree, "base": "base", "identity": identity or IDENTITY}
    expect = failure or {"paths": [name(path) for path in paths or []]} | more
    return case(f"selection/list/{label}", "list", requirements, why, given, expect)


def _matching() -> Iterator[Draft]:
    one = [holding("base/a.ckpt", EXAMPLE)]
    yield _list("match", "SEL-1", "The identity is the same in all of it.", one, ["a.ckpt"])
    for field in IDENTITY:
        yield _list(
            f"other-{field}",
            "SEL-1",
            "Another algorithm or problem, or other parameters: not this run's.",
            one,
            [],
            identity=IDENTITY | {field: "other"},
        )
    for status, found in ((RUNNING, 1), (COMPLETED, 0), (FAILED, 1), (INTERRUPTED, 1)):
        yield _list(
            f"status-{status}",
            "SEL-1",
            "Running, failed and interrupted runs can be resumed; completed ones cannot.",
            [holding("base/a.ckpt", EXAMPLE._replace(status=status))],
            ["a.ckpt"] * found,
        )
    for label, values in {
        "algorithm-hash": {"algorithm_signature_hash": 1},
        "problem-hash": {"problem_signature_hash": 1},
        "both-hashes-swapped": {
            "algorithm_signature_hash": EXAMPLE.problem_signature_hash,
            "problem_signature_hash": EXAMPLE.algorithm_signature_hash,
        },
    }.items():
        yield _list(
            f"lying-{label}",
            "SEL-1 SEL-2",
            "The strings fit, but the stored hash does not: it is the hash that counts.",
            [holding("base/a.ckpt", changed(EXAMPLE, **values))],
            [],
        )
    stranger = EXAMPLE._replace(
        algorithm_parameters="?", problem_description="?", problem_parameters="?"
    )
    yield _list(
        "lying-strings",
        "SEL-1 SEL-2",
        "The stored hashes fit, and so it is found, though three strings are others.",
        [holding("base/a.ckpt", stranger)],
        ["a.ckpt"],
    )
    yield _list(
        "lying-name",
        "SEL-1 SEL-2",
        "The hashes fit, but the algorithm's name is compared as well.",
        [holding("base/a.ckpt", EXAMPLE._replace(algorithm_name="HCx"))],
        [],
    )
    for label, stored in {"case": "hc", "blank": "HC ", "prefix": "H", "nul": "HC\0"}.items():
        yield _list(
            f"name-{label}",
            "SEL-1",
            "Names are equal or they are not: no folding, no trimming, no end at a NUL.",
            [holding("base/a.ckpt", EXAMPLE._replace(algorithm_name=stored))],
            [],
        )
    composed = EXAMPLE._replace(
        algorithm_name="e\u0301", algorithm_signature_hash=fnv_1a("é|p=1".encode())
    )
    yield _list(
        "name-normalised",
        "SEL-1",
        "Two ways to write é are two names.",
        [holding("base/a.ckpt", composed)],
        [],
        identity=IDENTITY | {"algorithm_name": "é"},
    )
    colliding = EXAMPLE._replace(
        algorithm_name="a|b",
        algorithm_parameters="c",
        algorithm_signature_hash=fnv_1a(b"a|b|c"),
    )
    yield _list(
        "colliding-name",
        "SEL-1",
        "The hashes of (a|b, c) and (a, b|c) are equal; the name tells them apart.",
        [holding("base/a.ckpt", colliding)],
        [],
        identity=IDENTITY | {"algorithm_name": "a", "algorithm_parameters": "b|c"},
    )
    yield _list(
        "colliding-problem",
        "SEL-1 SEL-2",
        "The problem's strings are not compared, only their hash, so that this one is found.",
        [
            holding(
                "base/a.ckpt",
                EXAMPLE._replace(
                    problem_description="a|b",
                    problem_parameters="c",
                    problem_signature_hash=fnv_1a(b"a|b|c"),
                ),
            )
        ],
        ["a.ckpt"],
        identity=IDENTITY | {"problem_description": "a", "problem_parameters": "b|c"},
    )
    yield _list(
        "wrong-directory",
        "SEL-2",
        "The directory plays no part: a checkpoint that was moved is found.",
        [holding("base/alg-X-0000000000000000/prob-Y-0000000000000000/run-z.ckpt", EXAMPLE)],
        ["alg-X-0000000000000000/prob-Y-0000000000000000/run-z.ckpt"],
    )
    yield _list(
        "right-directory-wrong-record",
        "SEL-1 SEL-2",
        "A record in the scope of another identity does not become one of it.",
        [
            holding(
                "base/alg-HC-05c32ba4c2ea6c52/prob-TSP-640beefa78e58607/run-a.ckpt",
                EXAMPLE._replace(algorithm_name="SA"),
            )
        ],
        [],
    )
    data = file_of(EXAMPLE)
    broken = [
        raw("base/empty.ckpt", b""),
        raw("base/foreign.ckpt", b"PK\x03\x04"),
        raw("base/longer.ckpt", data + b"\0"),
        raw("base/torn.ckpt", data[:-1]),
    ]
    yield _list(
        "broken",
        "SEL-3",
        "Files that are not valid are passed over; the good one among them is found.",
        [*broken, holding("base/good.ckpt", EXAMPLE)],
        ["good.ckpt"],
    )
    yield _list(
        "broken-reported",
        "STORE-8 SEL-3",
        "Who looks for a lost run wants to know that its file is broken.",
        [*broken, holding("base/good.ckpt", EXAMPLE)],
        ["good.ckpt"],
        reported=["empty.ckpt", "foreign.ckpt", "longer.ckpt", "torn.ckpt"],
    )
    yield _list(
        "reported-but-broken-only",
        "STORE-8 SEL-3 SEL-1",
        "Runs of others and completed ones can be read: who looks for a broken file does not "
        "want to be told of them.",
        [
            holding("base/a-completed.ckpt", EXAMPLE._replace(status=COMPLETED)),
            holding("base/b-other-algorithm.ckpt", EXAMPLE._replace(algorithm_name="SA")),
            holding("base/c-other-hash.ckpt", EXAMPLE._replace(algorithm_signature_hash=1)),
            holding("base/d-other-problem.ckpt", EXAMPLE._replace(problem_signature_hash=1)),
            holding("base/good.ckpt", EXAMPLE),
            raw("base/torn.ckpt", data[:-1]),
        ],
        ["good.ckpt"],
        reported=["torn.ckpt"],
    )
    for label, payload in {"large": "x" * 5000, "very-large": "é" * 15000}.items():
        big = EXAMPLE._replace(step_state_payload=payload)
        yield _list(
            f"{label}",
            "SEL-1 STORE-22",
            "A file that is longer than one reading is read to its end if its header matches.",
            [
                holding("base/a.ckpt", big),
                holding("base/b.ckpt", big._replace(status=COMPLETED)),
                raw("base/c.ckpt", file_of(big)[:-1]),
                holding("base/d.ckpt", big._replace(algorithm_name="SA")),
            ],
            ["a.ckpt"],
        )
    long_header = EXAMPLE._replace(problem_parameters="q" * 9000)
    yield _list(
        "long-header",
        "SEL-1 STORE-22",
        "The hashes stand beyond the first 8 KiB: a header has no greatest length.",
        [holding("base/a.ckpt", long_header), holding("base/b.ckpt", EXAMPLE)],
        ["a.ckpt", "b.ckpt"],
    )
    yield _list(
        "exactly-4096",
        "SEL-1 STORE-22",
        "A file that ends just where a first reading ends is complete.",
        [
            holding(
                "base/a.ckpt", EXAMPLE._replace(step_state_payload="x" * (4096 - len(data) + 15))
            )
        ],
        ["a.ckpt"],
    )
    yield _list(
        "sizes",
        "SEL-1 SEL-3 STORE-22",
        "Files just as long as what is read at once are valid; with one byte more they are not.",
        just_at_sizes(EXAMPLE),
        sorted(f"{size}.ckpt" for size in READ_AT_ONCE),
    )
    yield _list(
        "no-regular-files",
        "SEL-1 STORE-3 STORE-4",
        "Links are not followed and pipes not opened, whatever they would give.",
        [
            holding("outside/a.ckpt", EXAMPLE),
            link("base/a.ckpt", "../outside/a.ckpt"),
            link("base/d", "../outside"),
            pipe("base/p.ckpt"),
        ],
        [],
    )
    yield _list("empty-base", "SEL-1 STORE-6", "Nothing there, nothing found.", [directory("base")])
    yield _list(
        "base-is-link",
        "SEL-1 STORE-3",
        "The base itself may be a link; the paths are those below the base as it was named.",
        [holding("real/d/a.ckpt", EXAMPLE), link("base", "real")],
        ["d/a.ckpt"],
    )
    yield _list(
        "missing-base",
        "SEL-1 STORE-6",
        "A base that does not exist is an error, not an empty list.",
        [],
        failure=error("missing"),
    )


def _order() -> Iterator[Draft]:
    def order(label: str, why: str, run_ids: list[str], requirements: str = "SEL-4 RUN-7") -> Draft:
        """Files whose names sort the other way round than the expected order."""
        tree = [
            holding(f"base/{len(run_ids) - at:02}.ckpt", EXAMPLE._replace(run_id=run_id))
            for at, run_id in enumerate(run_ids)
        ]
        paths: list[Path] = [f"{len(run_ids) - at:02}.ckpt" for at in range(len(run_ids))]
        return _list(f"order/{label}", requirements, why, tree, paths)

    yield order("timestamp", "By the number, not by its digits as text.", ["x-9", "x-10", "x-100"])
    yield order(
        "timestamp-first", "The timestamp decides before the run id does.", ["z-5", "y-6", "a-7"]
    )
    yield order(
        "no-timestamp",
        "A run id without a timestamp counts as 0, and then the run ids decide.",
        ["a-0", "b", "c-0", "x-1_000", "x-١٢", "a-1"],
    )
    yield order(
        "128-bits",
        "Timestamps have 128 bits; one too great counts as none.",
        [
            "a-340282366920938463463374607431768211456",
            "x-18446744073709551615",
            "x-18446744073709551616",
            "a-340282366920938463463374607431768211455",
        ],
    )
    yield order(
        "above-2-64",
        "Two timestamps that no 64 bits and no double tell apart, or in another order.",
        [
            "h-18446744073709551615",
            "g-18446744073709551616",
            "f-18446744073709551617",
            "e-18446744073709551626",
            "d-36893488147419103232",
            "c-36893488147419103233",
            "b-340282366920938463463374607431768211454",
            "a-340282366920938463463374607431768211455",
        ],
        "SEL-4 RUN-6 RUN-7",
    )
    yield order(
        "nul",
        "A NUL does not end a run id: what follows it decides.",
        ["a\0\0-5", "a\0-5", "a\0a-5", "a\0b-5", "a-5"],
        "SEL-4 TYPE-7",
    )
    yield order(
        "equal-timestamps",
        "Equal timestamps: the run ids decide, by their UTF-8 bytes.",
        ["A-5", "a-5", "a-5-5", "b-+5", "b-005", "b-5", "é-5", "～-5", "😀-5"],
        "SEL-4",
    )
    same = [
        holding(f"base/{path}", EXAMPLE)
        for path in ("a-b/x.ckpt", "a/x.ckpt", "a.ckpt", "B.ckpt", "a/b/x.ckpt")
    ]
    yield _list(
        "order/ties",
        "SEL-4 STORE-5",
        "The same run id in several files: the path decides, component by component, as bytes.",
        same,
        ["B.ckpt", "a/b/x.ckpt", "a/x.ckpt", "a-b/x.ckpt", "a.ckpt"],
    )
    yield _list(
        "order/time-of-writing",
        "SEL-4 SEL-2",
        "The time of the run id decides, not the one at which the file was written.",
        [
            holding("base/a.ckpt", EXAMPLE._replace(run_id="x-2", created_at_ms=1)),
            holding("base/b.ckpt", EXAMPLE._replace(run_id="x-1", created_at_ms=9)),
        ],
        ["b.ckpt", "a.ckpt"],
    )


def _select() -> Iterator[Draft]:
    def select(
        label: str,
        requirements: str,
        why: str,
        tree: list[Entry],
        expect: dict[str, Any],
        **given: Any,
    ) -> Draft:
        whole = {"tree": tree, "base": "base", "identity": IDENTITY} | given
        return case(f"selection/select/{label}", "select", requirements, why, whole, expect)

    def files(number: int) -> list[Entry]:
        return [
            holding(f"base/{chr(ord('z') - at)}.ckpt", EXAMPLE._replace(run_id=run_id))
            for at, run_id in enumerate(MANY[:number])
        ]

    def nth(number: int) -> dict[str, Any]:
        return {"selected": f"{chr(ord('z') - number + 1)}.ckpt"}

    nothing: dict[str, Any] = {"selected": None}
    yield select(
        "none", "SEL-5 SEL-8", "Nothing found: nothing selected.", [directory("base")], nothing
    )
    yield select(
        "none-of-this-identity",
        "SEL-5",
        "Other runs are no reason to ask.",
        [holding("base/a.ckpt", EXAMPLE._replace(algorithm_name="SA"))],
        nothing,
    )
    yield select(
        "none-ignores-the-answer",
        "SEL-5",
        "Nothing found: nothing is asked, so that an answer, even an invalid one, is not read.",
        [directory("base")],
        nothing,
        answer="two\n",
    )
    yield select("one", "SEL-5 SEL-8", "The only one is selected, unasked.", files(1), nth(1))
    yield select(
        "base-is-link",
        "SEL-5",
        "The base itself may be a link; the path is the one below the base as it was named.",
        [holding("real/a.ckpt", EXAMPLE), link("base", "real")],
        {"selected": "a.ckpt"},
    )
    yield select(
        "one-among-others",
        "SEL-5",
        "Completed and broken ones do not count.",
        [
            *files(1),
            holding("base/a.ckpt", EXAMPLE._replace(status=COMPLETED)),
            raw("base/b.ckpt", b""),
        ],
        nth(1),
    )
    yield select(
        "one-ignores-the-answer",
        "SEL-5",
        "The only one is selected unasked, so that an answer is not read.",
        files(1),
        nth(1),
        answer="0\n",
    )
    for label, line in {
        "invalid": "two\n",
        "empty": "\n",
        "out-of-range": "2\n",
        "end": None,
    }.items():
        yield select(
            f"one-ignores-an-answer/{label}",
            "SEL-5",
            "The only one is selected unasked: an answer that is no good does no harm.",
            files(1),
            nth(1),
            answer=line,
        )
    yield select(
        "several-without-terminal",
        "SEL-6 SEL-7",
        "Nobody to ask: an error, not the newest, not the first, and no waiting.",
        files(2),
        error("choice-needed"),
    )
    yield select(
        "missing-base",
        "SEL-8",
        "A base that cannot be listed is an error; nothing selected would start a new run.",
        [],
        error("listing-failed"),
    )
    yield select(
        "base-is-file",
        "SEL-8",
        "A base that cannot be listed is an error.",
        [raw("base", b"")],
        error("listing-failed"),
    )
    for label, answer, number in (
        ("first", "1\n", 1),
        ("last", "12\n", 12),
        ("no-line-feed", "2", 2),
        ("carriage-return", "2\r\n", 2),
        ("blanks", "  2\t \n", 2),
        ("no-break-space", "\u00a02\u00a0\n", 2),
        ("ideographic-space", "\u30002\u2003\n", 2),
        ("next-line", "\u00852\n", 2),
        ("vertical-tab", "\v2\v\n", 2),
        ("form-feed", "\f2\f\n", 2),
        ("ogham-space-mark", "\u16802\u1680\n", 2),
        ("line-separator", "\u20282\u2028\n", 2),
        ("paragraph-separator", "\u20292\u2029\n", 2),
        ("narrow-no-break-space", "\u202f2\u202f\n", 2),
        ("mathematical-space", "\u205f2\u205f\n", 2),
        ("all-white-space", f"{WHITE_SPACE}2{WHITE_SPACE}\n", 2),
        ("plus", "+2\n", 2),
        ("leading-zeros", "007\n", 7),
        ("many-leading-zeros", "0" * 100 + "7\n", 7),
    ):
        yield select(
            f"answer/{label}",
            "SEL-10 SEL-6",
            "Numbered from 1, oldest first; white space around the number does not matter.",
            files(12),
            nth(number),
            answer=answer,
        )
    for label, answer in (("zero", "0\n"), ("plus-zero", "+0\n"), ("zeros", "000\n")):
        yield select(
            f"answer/{label}",
            "SEL-10",
            "Zero starts a new run: nothing is selected.",
            files(2),
            nothing,
            answer=answer,
        )
    for label, line in (
        ("empty", "\n"),
        ("nothing", ""),
        ("end", None),
        ("text", "two\n"),
        ("minus", "-1\n"),
        ("minus-zero", "-0\n"),
        ("two-pluses", "++1\n"),
        ("plus-alone", "+\n"),
        ("plus-blank", "+ 1\n"),
        ("fraction", "1.0\n"),
        ("two-numbers", "1 2\n"),
        ("underscore", "1_0\n"),
        ("hexadecimal", "0x1\n"),
        ("full-width", "２\n"),
        ("arabic", "٢\n"),
        ("superscript", "²\n"),
        ("nul", "1\0\n"),
        ("zero-width-space", "\u200b1\n"),
        ("bom", "\ufeff1\n"),
        ("unit-separator", "\x1f1\n"),
        ("unit-separator-after", "1\x1f\n"),
        ("file-separator", "\x1c1\n"),
        ("file-separator-after", "1\x1c\n"),
        ("group-separator", "\x1d1\n"),
        ("group-separator-after", "1\x1d\n"),
        ("record-separator", "\x1e1\n"),
        ("record-separator-after", "1\x1e\n"),
        ("mongolian-vowel-separator", "\u180e1\n"),
        ("mongolian-vowel-separator-after", "1\u180e\n"),
        ("word-joiner", "\u20601\n"),
        ("backspace", "\b1\n"),
        ("white-space-alone", " \t\u3000\n"),
        ("vertical-tab-inside", "1\v2\n"),
        ("2-64", "18446744073709551616\n"),
        ("far-too-great", "9" * 100 + "\n"),
    ):
        yield select(
            f"answer/invalid/{label}",
            "SEL-10",
            "This is no unsigned integer of 64 bits: an error, and no second question.",
            files(12),
            error("invalid-index"),
            answer=line,
        )
    for label, answer in (
        ("one-too-many", "3\n"),
        ("2-63", "9223372036854775808\n"),
        ("2-64-minus-1", "18446744073709551615\n"),
    ):
        yield select(
            f"answer/out-of-range/{label}",
            "SEL-10",
            "A number, but not of a checkpoint in the list.",
            files(2),
            error("index-out-of-range"),
            answer=answer,
        )

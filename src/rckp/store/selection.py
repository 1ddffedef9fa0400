"""The resumable checkpoints, their order, and the rules that choose one."""

from __future__ import annotations

import operator
import os
import sys
from pathlib import Path
from typing import NamedTuple

from rckp.display import escape, format_duration
from rckp.errors import RckpError, SelectionError
from rckp.format.identity import run_id_timestamp_ms
from rckp.format.record import CheckpointRecord, CheckpointRunStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    Choose = Callable[[Sequence["CheckpointEntry"]], "CheckpointEntry | None"]


class CheckpointEntry(NamedTuple):
    """A checkpoint that can be chosen: its path and its record."""

    path: Path
    record: CheckpointRecord


RESUMABLE = frozenset(
    {
        CheckpointRunStatus.RUNNING,
        CheckpointRunStatus.FAILED,
        CheckpointRunStatus.INTERRUPTED,
    }
)

# SEL-1: what a record must have in common with an identity, and nothing else (SEL-2).
COMPARED_TEXT = "algorithm_name"
COMPARED_HASHES = ("algorithm_signature_hash", "problem_signature_hash")

# SEL-4: from the oldest to the newest; each decides where those before it are equal.
ORDER: tuple[Callable[[Any], Any], ...] = (
    lambda entry: run_id_timestamp_ms(entry.record.run_id) or 0,
    operator.attrgetter("record.run_id"),  # code points have the order of their bytes in UTF-8
    lambda entry: [os.fsencode(component) for component in entry.path.parts],
)

# The property White_Space of Unicode, which Rust trims; Python's strip takes 1C to 1F as well.
WHITE_SPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000"
)

_SHOWN = 80  # characters of a payload


def in_order(entries: Iterable[Any]) -> list[Any]:
    """Return entries, or other objects with a `path` and a `record`, sorted by `ORDER` [SEL-4]."""
    started, run_id, path = ORDER
    # A sort by one key after the other makes no tuples, which would take a third of the time.
    found = sorted(entries, key=run_id)
    run_ids = list(map(run_id, found))
    if any(map(operator.eq, run_ids, run_ids[1:])):  # seldom: the keys of paths are slow to make
        found.sort(key=path)
        found.sort(key=run_id)
    found.sort(key=started)
    return found


def latest(entries: Sequence[CheckpointEntry]) -> CheckpointEntry | None:
    """Return the run that was started last. Of several of its checkpoints, the one saved last.

    Use it as `store.select_resume(identity, choose=latest)`, as the other rules.
    """
    if not entries:
        return None
    run_id = entries[-1].record.run_id
    return latest_saved([entry for entry in entries if entry.record.run_id == run_id])


def latest_saved(entries: Sequence[CheckpointEntry]) -> CheckpointEntry | None:
    """Return the entry that was saved last, by `created_at_ms`; of equal ones the last."""
    return max(reversed(entries), key=lambda entry: entry.record.created_at_ms, default=None)


def most_advanced(entries: Sequence[CheckpointEntry]) -> CheckpointEntry | None:
    """Return the entry with the most iterations, then evaluations; of equal ones the latest saved.

    The numbers are those with which the payload begins, `iter=N;eval=N;`, as in the payloads of
    roma_lib. An entry without them comes after all others.
    """
    return max(reversed(entries), key=_advancement, default=None)


def _advancement(entry: CheckpointEntry) -> tuple[int, int, int]:
    from rckp.payload.progress import START, parse_start  # few programs use this

    record = entry.record
    found = parse_start(record.algorithm_name, record.step_state_payload[:START])
    iteration, evaluations = found.iteration, found.evaluations
    return (
        -1 if iteration is None else iteration,
        -1 if evaluations is None else evaluations,
        record.created_at_ms,
    )


# The rules that choose without a person, by the names that commands and options use.
RULES: dict[str, Choose] = {
    "latest": latest,
    "latest-saved": latest_saved,
    "most-advanced": most_advanced,
}


class NamedRun:
    """Chooses the newest checkpoint of one run, however many there are [SEL-11].

    For `select_resume(…, choose=NamedRun(run_id, base))`; `base` is for the message.
    """

    def __init__(self, run_id: str, base: str) -> None:
        self.run_id = run_id
        self.base = base

    def __call__(self, entries: Sequence[CheckpointEntry]) -> CheckpointEntry:
        """Raise `SelectionError` no-such-run."""
        found = [entry for entry in entries if entry.record.run_id == self.run_id]
        if not found:
            raise SelectionError("no-such-run", self.base, {"run_id": self.run_id})
        return found[-1]


def hides_checkpoint(error: RckpError) -> bool:
    """Whether the file that this error is about may be a checkpoint to resume (SEL-8).

    A file that no longer exists, or that only others may read, is not. Nor is an invalid one.
    """
    cause = error.__cause__
    if isinstance(cause, FileNotFoundError | PermissionError):
        return False
    return error.code == "too-large" or isinstance(cause, OSError)


def resolve_choice(
    entries: Sequence[CheckpointEntry], base: str, choose: Choose | None
) -> CheckpointEntry | None:
    """The entry to resume (SEL-5, SEL-6, SEL-11). Raises `SelectionError`."""
    if isinstance(choose, NamedRun):
        return choose(entries)
    if len(entries) < 2:
        return entries[0] if entries else None
    if choose is None:
        return prompt(entries, base)
    choice = choose(entries)
    if choice is not None and not any(choice is entry or choice == entry for entry in entries):
        path = getattr(choice, "path", base)
        raise SelectionError("not-offered", str(path))
    return choice


def prompt(entries: Sequence[CheckpointEntry], base: str) -> CheckpointEntry | None:
    """Show the entries on a terminal and read one answer (SEL-7, SEL-9, SEL-10).

    Raises `SelectionError` choice-needed if standard input or error is not a terminal.
    """
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        raise SelectionError("choice-needed", base, {"number": len(entries)})
    _show(entries)
    print("Resume which? ", end="", file=sys.stderr, flush=True)  # noqa: T201
    try:
        answer = sys.stdin.readline()
    except UnicodeDecodeError as error:
        raise SelectionError("invalid-index", base) from error
    return parse_choice(entries, base, answer)


def parse_choice(
    entries: Sequence[CheckpointEntry], base: str, answer: str
) -> CheckpointEntry | None:
    """The entry that an answer names; None for 0, a new run (SEL-10).

    `answer` is a line of input, "" at its end. Raises `SelectionError` invalid-index or
    index-out-of-range.
    """
    digits = answer.strip(WHITE_SPACE).removeprefix("+")
    significant = digits.lstrip("0") or "0"
    if not (digits.isascii() and digits.isdigit()) or len(significant) > 20:
        raise SelectionError("invalid-index", base)
    index = int(significant)
    if index >= 1 << 64:
        raise SelectionError("invalid-index", base)
    if index > len(entries):
        raise SelectionError("index-out-of-range", base, {"index": index})
    return entries[index - 1] if index else None


def age(ms: int) -> str:
    """How long ago, roughly: `12 s`, `3 min`, `2 h 5 min`, `4 days`."""
    seconds = max(0, ms) // 1000
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86400:
        return f"{seconds // 3600} h {seconds // 60 % 60} min"
    days = seconds // 86400
    return f"{days} day{'' if days == 1 else 's'}"


def is_terminal(stream: object) -> bool:
    """Whether a stream is an open terminal."""
    try:
        return bool(stream is not None and stream.isatty())  # type: ignore[attr-defined]
    except (AttributeError, ValueError):  # replaced by something else, or closed
        return False


def _show(entries: Sequence[CheckpointEntry]) -> None:
    import time  # only where a person looks

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Checkpoints of this run's identity, oldest first", title_justify="left")
    for heading in ("", "written", "ran for", "state"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("run, and the beginning of its state", overflow="fold")
    now = time.time_ns() // 1_000_000
    for number, entry in enumerate(entries, 1):
        record = entry.record
        table.add_row(
            str(number),
            f"{age(now - record.created_at_ms)} ago",
            format_duration(record.elapsed_millis),
            record.status,
            Text(f"{escape(record.run_id, _SHOWN)}\n{escape(record.step_state_payload, _SHOWN)}"),
        )
    table.add_row("0", "", "", "", Text("a new run"))
    Console(stderr=True).print(table)

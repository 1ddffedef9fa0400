"""The runs below a base: read, filtered, sorted and grouped by identity."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from rckp.errors import RckpError
from rckp.format.identity import Identity
from rckp.format.layouts import NEXT, RELEASED
from rckp.format.record import CheckpointRecord, CheckpointRunStatus
from rckp.payload import Progress, parse, parse_start, progress
from rckp.payload.progress import MAX_PARSED
from rckp.store.checkpoint_store import CheckpointStore
from rckp.store.selection import ORDER, RESUMABLE, in_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.cli.store_options import Skipped
    from rckp.files.container import ObjectPath
    from rckp.validation.draft_file import DraftFile

STALE_AFTER = 3_600_000  # ms without a save after which a run may no longer be running
PAYLOAD_SHOWN = 60  # characters of a payload
MAX_CHARS = 4096  # characters of each other string that are read


class Run(NamedTuple):
    """A run that was found. The strings of `record` are truncated."""

    path: Path | ObjectPath
    record: CheckpointRecord
    payload_length: int  # bytes
    size: int  # bytes of the file
    progress: Progress
    layout: str = RELEASED

    @property
    def identity(self) -> Identity:
        """The identity in the strings of the record, even if the hashes differ."""
        return identity_of(self.record)

    @property
    def is_resumable(self) -> bool:
        """Whether the run can be resumed: a selector does not find the draft layout."""
        return self.layout == RELEASED and self.record.status in RESUMABLE

    def is_stale(self, now: int) -> bool:
        """Whether it is `running`, but was not saved for long before `now`, in ms."""
        unsaved = now - self.record.created_at_ms
        return self.record.status == CheckpointRunStatus.RUNNING and unsaved > STALE_AFTER


class Group(NamedTuple):
    """The runs of one identity in one layout."""

    identity: Identity
    layout: str
    runs: list[Run]


class Filter(NamedTuple):
    """Which runs are wanted. The names are patterns of the shell, whatever their case."""

    algorithm: str | None = None
    problem: str | None = None
    statuses: Sequence[str] = ()
    resumable: bool = False

    def matches(self, run: Run) -> bool:
        """Whether a run is wanted."""
        record = run.record
        return self.accepts(
            record.algorithm_name,
            record.problem_description,
            record.status,
            is_resumable=run.is_resumable,
        )

    def accepts(
        self, algorithm: str | None, problem: str | None, status: str | None, *, is_resumable: bool
    ) -> bool:
        """Whether a run with these values is wanted. An unknown value, None, matches no filter."""
        return (
            _matches(self.algorithm, algorithm)
            and _matches(self.problem, problem)
            and (not self.statuses or status in self.statuses)
            and (not self.resumable or is_resumable)
        )


def _matches(pattern: str | None, name: str | None) -> bool:
    if pattern is None:
        return True
    return name is not None and fnmatchcase(name.casefold(), pattern.casefold())


def identity_of(record: CheckpointRecord) -> Identity:
    """Return the identity in the strings of a record."""
    return Identity(*(getattr(record, field) for field in Identity._fields))


def find_runs(store: CheckpointStore, wanted: Filter, skipped: Skipped) -> list[Run]:
    """Read all runs that are wanted, in no defined order. Append what cannot be read to `skipped`.

    A file that is complete in the draft layout is a run, too. Raise `StoreError` if the base cannot
    be read. The memory depends on the number of runs, and not on the size of their files.
    """
    runs: list[Run] = []

    def on_error(path: Path, error: RckpError) -> None:
        run = _draft_at(path) if error.code == "invalid-utf8" else None
        if run is None:
            skipped.append((path, error))
        elif wanted.matches(run):
            runs.append(run)

    for entry in store.short_entries(MAX_CHARS, max_payload=MAX_PARSED, on_error=on_error):
        run = run_of_record(*entry, partial(_draft_at, entry.path))
        if wanted.matches(run):
            runs.append(run)
    return runs


def run_of_record(
    path: Path | ObjectPath,
    record: CheckpointRecord,
    lengths: Mapping[str, int],
    size: int,
    draft: Callable[[], Run | None],
    *,
    whole: bool | None = None,
) -> Run:
    """The run of a record with truncated strings, of a file of `size` bytes.

    `draft` returns the run that the file has in the draft layout. `whole` says whether the payload
    is complete; without it, a payload of at most `MAX_PARSED` bytes is.
    """
    payload, length = record.step_state_payload, lengths["step_state_payload"]
    if payload.startswith("\x01") and (run := draft()) is not None:
        return run  # valid in both layouts by accident
    if whole is None:
        whole = length <= MAX_PARSED
    parsed = parse(record) if whole else parse_start(record.algorithm_name, payload)
    short = record._replace(step_state_payload=payload[:PAYLOAD_SHOWN])
    return Run(path, short, length, size, progress(parsed))


def _draft_at(path: Path) -> Run | None:
    """Return the run in a file that is complete in the draft layout, or None for another file."""
    from rckp.validation.draft_file import read_draft_file  # few directories have such a file

    found = read_draft_file(path, max_chars=MAX_CHARS, max_payload=MAX_PARSED)
    return None if found is None else run_of_draft(path, found)


def run_of_draft(path: Path | ObjectPath, found: DraftFile) -> Run:
    """Return the run of a file of the draft layout."""
    values: dict[str, Any] = found.record._asdict()
    values["step_state_payload"] = found.record.step_state_payload[: PAYLOAD_SHOWN // 2].hex()
    values["seed_payload"] = None
    record = CheckpointRecord(**values)
    return Run(path, record, found.payload_length, found.size, progress(found.payload), NEXT)


def _number(value: int | None) -> int:
    """Return a sort key for a number; unknown values come first."""
    return -1 if value is None else value


def _quality(run: Run) -> tuple[bool, float]:
    """The best quality, so that the better one comes last."""
    value, direction = run.progress.best_value, run.progress.direction
    if value is None or math.isnan(value):
        return False, 0.0
    return True, -value if direction == "min" else value


# What runs are sorted by, from the first to the last: by default as SEL-4 has it.
SORT_KEYS: dict[str, Callable[[Run], Any]] = {
    "started": ORDER[0],
    "saved": lambda run: run.record.created_at_ms,
    "iteration": lambda run: _number(run.progress.iteration),
    "evaluations": lambda run: _number(run.progress.evaluations),
    "best": _quality,
    "elapsed": lambda run: run.record.elapsed_millis,
    "size": lambda run: run.size,
}


def sort_runs(runs: Iterable[Run], key: str = "started", *, reverse: bool = False) -> list[Run]:
    """Sort runs by one of `SORT_KEYS`; those with equal keys remain in the default order."""
    ordered = in_order(runs)
    ordered.sort(key=SORT_KEYS[key])
    return ordered[::-1] if reverse else ordered


def group_runs(runs: Iterable[Run], *, by_identity: bool = True) -> list[Group]:
    """Group sorted runs: the groups by identity, or in the order of their last runs."""
    groups: dict[tuple[Identity, str], list[Run]] = {}
    for run in runs:
        key = (run.identity, run.layout)
        found = groups.pop(key, [])  # moves the group to the end
        found.append(run)
        groups[key] = found
    items = sorted(groups.items()) if by_identity else groups.items()
    return [Group(*key, found) for key, found in items]

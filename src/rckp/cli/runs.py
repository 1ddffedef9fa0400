"""The runs below a base: read, filtered, sorted and grouped by identity."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from rckp.cli.payload_text import MAX_PARSED
from rckp.format.identity import Identity
from rckp.format.record import CheckpointRecord, CheckpointRunStatus
from rckp.payload import Progress, parse, parse_start, progress
from rckp.store.checkpoint_store import CheckpointStore, ShortEntry
from rckp.store.selection import RESUMABLE, sort_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.cli.store_options import Skipped

STALE_AFTER = 3_600_000  # ms without a save after which a run may no longer be running
PAYLOAD_SHOWN = 60  # characters of a payload
_READ = 4096  # characters of each other string that are read


class Run(NamedTuple):
    """A run that was found. The strings of `record` are truncated."""

    path: Path
    record: CheckpointRecord
    payload_length: int  # bytes
    size: int  # bytes of the file
    progress: Progress

    @property
    def identity(self) -> Identity:
        """The identity in the strings of the record, even if the hashes differ."""
        return identity_of(self.record)

    @property
    def is_resumable(self) -> bool:
        """Whether the run can be resumed."""
        return self.record.status in RESUMABLE

    def is_stale(self, now: int) -> bool:
        """Whether it is `running`, but was not saved for long before `now`, in ms."""
        unsaved = now - self.record.created_at_ms
        return self.record.status == CheckpointRunStatus.RUNNING and unsaved > STALE_AFTER


class Group(NamedTuple):
    """The runs of one identity."""

    identity: Identity
    runs: list[Run]


class Filter(NamedTuple):
    """Which runs are wanted. The names are patterns of the shell, whatever their case."""

    algorithm: str | None = None
    problem: str | None = None
    statuses: Sequence[str] = ()
    resumable: bool = False

    def matches(self, record: CheckpointRecord) -> bool:
        """Whether a run is wanted."""
        return (
            _matches(self.algorithm, record.algorithm_name)
            and _matches(self.problem, record.problem_description)
            and (not self.statuses or record.status in self.statuses)
            and (not self.resumable or record.status in RESUMABLE)
        )


def _matches(pattern: str | None, name: str) -> bool:
    return pattern is None or fnmatchcase(name.casefold(), pattern.casefold())


def identity_of(record: CheckpointRecord) -> Identity:
    """Return the identity in the strings of a record."""
    return Identity(*(getattr(record, field) for field in Identity._fields))


def find_runs(store: CheckpointStore, wanted: Filter, skipped: Skipped) -> list[Run]:
    """Read all runs that are wanted, in no defined order. Append what cannot be read to `skipped`.

    Raise `StoreError` if the base cannot be read. The memory depends on the number of runs, and
    not on the size of their files.
    """
    return [
        _run(entry)
        for entry in store.short_entries(
            _READ,
            max_payload=MAX_PARSED,
            on_error=lambda path, error: skipped.append((path, error)),
        )
        if wanted.matches(entry.record)
    ]


def _run(entry: ShortEntry) -> Run:
    record, length = entry.record, entry.lengths["step_state_payload"]
    payload = record.step_state_payload
    whole = length <= MAX_PARSED
    parsed = parse(record) if whole else parse_start(record.algorithm_name, payload)
    short = record._replace(step_state_payload=payload[:PAYLOAD_SHOWN])
    return Run(entry.path, short, length, entry.size, progress(parsed))


def _number(value: int | None) -> int:
    """A number to sort by: what is not known comes first."""
    return -1 if value is None else value


def _quality(run: Run) -> tuple[bool, float]:
    """The best quality, so that the better one comes last."""
    value, direction = run.progress.best_value, run.progress.direction
    if value is None or math.isnan(value):
        return False, 0.0
    return True, -value if direction == "min" else value


# What runs are sorted by, from the first to the last: by default as SEL-4 has it.
SORT_KEYS: dict[str, Callable[[Run], Any]] = {
    "started": sort_key,
    "saved": lambda run: run.record.created_at_ms,
    "iteration": lambda run: _number(run.progress.iteration),
    "evaluations": lambda run: _number(run.progress.evaluations),
    "best": _quality,
    "elapsed": lambda run: run.record.elapsed_millis,
    "size": lambda run: run.size,
}


def sort_runs(runs: Iterable[Run], key: str = "started", *, reverse: bool = False) -> list[Run]:
    """Sort runs by one of `SORT_KEYS`; those with equal keys remain in the default order."""
    ordered = sorted(runs, key=sort_key)
    if key != "started":
        ordered.sort(key=SORT_KEYS[key])
    return ordered[::-1] if reverse else ordered


def group_runs(runs: Iterable[Run], *, by_identity: bool = True) -> list[Group]:
    """Group sorted runs: the groups by identity, or in the order of their last runs."""
    groups: dict[Identity, list[Run]] = {}
    for run in runs:
        identity = run.identity
        found = groups.pop(identity, [])  # moves the group to the end
        found.append(run)
        groups[identity] = found
    items = sorted(groups.items()) if by_identity else groups.items()
    return [Group(identity, found) for identity, found in items]

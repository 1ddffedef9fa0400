"""The promises, the configurations of the model, and its mutants.

The names of promises, options and mutants are those of `spec/model/writing.pml`.
"""

from __future__ import annotations

from typing import NamedTuple

# In this order in every table. The text completes "whatever happens, …".
PROMISES = {
    "SAFE_1_READ": "a reader finds the old or the new checkpoint, whole",
    "SAFE_1_CUT": "after a power cut the old or the new checkpoint is there, whole",
    "SAFE_6_TURN": "nobody waits for the lock for ever",
    "SAFE_7_LIVING": "a sweep leaves the temporary file of a living writer",
    "SAFE_7_SWEPT": "the next write removes the temporary files of interrupted writers",
    "SAFE_8": "a write does not replace the checkpoint of another run",
    "SAFE_9": "the next write succeeds, unless a call fails or a run collides",
    "SAFE_10_NAMED": "a foreign file always has a name",
    "SAFE_10_CUT": "a foreign file has a name after a power cut",
    "SAFE_12_UNWRITTEN": "after not-written, the new checkpoint has never had the name",
    "SAFE_12_CLEAN": "a write removes its temporary file, and one that fails the second name",
    "SAFE_13": "a failure after publication is reported, and the remaining steps are taken",
    "SAFE_14": "only content whose flush succeeded is published",
    "SAFE_15": "a reported write survives a power cut, unless a later one replaces it",
    "STORE_12": "what was deleted is still deleted after a power cut",
    "STORE_17": "a purge removes no file but the one that it validated",
}
DEADLOCK = "SAFE_6_TURN"  # Spin reports it as an invalid end state


def requirement(promise: str) -> str:
    """Return the id of the requirement, such as `SAFE-1`."""
    return "-".join(promise.split("_")[:2])


class Configuration(NamedTuple):
    """One model to search. Every promise holds there but the `broken` ones."""

    name: str
    column: str  # of the table in the chapter: lock, timeout, none; empty if in none
    options: dict[str, str | int]
    broken: tuple[str, ...] = ()
    small: bool = False  # whether optimizing the search takes longer than the search


_LOCK_LESS: dict[str, str | int] = {"LOCKS": 0}
_TIMEOUT: dict[str, str | int] = {"LOCKS": 2}

CONFIGURATIONS = (
    Configuration("lock", "lock", {"KILLS": 1, "POWER": 1, "FAILURES": 1}),
    Configuration("lock, two failures", "lock", {"POWER": 1, "FAILURES": 2}),
    Configuration("lock, three writers", "lock", {"WRITERS": 3, "KILLS": 1, "POWER": 1}),
    Configuration("lock, deleter", "lock", {"DELETERS": 1, "POWER": 1, "FAILURES": 1}),
    Configuration("lock, purger", "lock", {"PURGERS": 1, "POWER": 1, "FAILURES": 1}),
    Configuration("lock, deleter and purger", "lock", {"DELETERS": 1, "PURGERS": 1, "POWER": 1}),
    # A power cut ends every wait for the lock, so without one more deadlocks show.
    Configuration("lock, no power cut", "lock", {"DELETERS": 1, "KILLS": 1, "FAILURES": 1}),
    Configuration("lock, slow writers", "lock", {"SLOW": 1, "KILLS": 1, "POWER": 1}, small=True),
    Configuration(
        "lock, durability file", "lock", {"DURABILITY": "FILE", "POWER": 1, "FAILURES": 1}
    ),
    Configuration(
        "lock, durability none",
        "lock",
        {"DURABILITY": "NONE_DURABLE", "KILLS": 1, "FAILURES": 1},
        small=True,
    ),
    Configuration(
        "timeout", "timeout", _TIMEOUT | {"KILLS": 1, "FAILURES": 1}, ("SAFE_7_LIVING", "SAFE_8")
    ),
    Configuration(
        "timeout, deleter",
        "timeout",
        _TIMEOUT | {"DELETERS": 1, "POWER": 1},
        ("SAFE_7_LIVING", "SAFE_8"),
    ),
    Configuration(
        "timeout, purger",
        "timeout",
        _TIMEOUT | {"PURGERS": 1},
        ("SAFE_7_LIVING", "SAFE_8", "STORE_17"),
        small=True,
    ),
    Configuration("no lock", "none", _LOCK_LESS | {"KILLS": 1, "FAILURES": 1}, ("SAFE_8",)),
    Configuration(
        "no lock, failure", "none", _LOCK_LESS | {"POWER": 1, "FAILURES": 1}, ("SAFE_8",)
    ),
    Configuration(
        "no lock, three writers", "none", _LOCK_LESS | {"WRITERS": 3}, ("SAFE_8",), small=True
    ),
    Configuration(
        "no lock, three writers, no deletion and no foreign or empty file",
        "",
        _LOCK_LESS | {"WRITERS": 3, "KILLS": 1, "START": "CHECKPOINTS_ONLY"},
        small=True,
    ),
    Configuration(
        "no lock, deleter", "none", _LOCK_LESS | {"DELETERS": 1, "POWER": 1}, ("SAFE_8",)
    ),
    Configuration(
        "no lock, purger",
        "none",
        _LOCK_LESS | {"PURGERS": 1, "POWER": 1},
        ("SAFE_8", "STORE_17"),
    ),
    Configuration(
        "no lock, deleter and purger",
        "none",
        _LOCK_LESS | {"DELETERS": 1, "PURGERS": 1},
        ("SAFE_8", "STORE_17"),
    ),
    Configuration(
        "no lock, slow writers",
        "none",
        _LOCK_LESS | {"SLOW": 1, "KILLS": 1},
        ("SAFE_7_LIVING", "SAFE_8"),
        small=True,
    ),
    Configuration(
        "lock, no links",
        "",
        {"LINKLESS": 1, "FAILURES": 1, "POWER": 1},
        ("SAFE_1_READ", "SAFE_1_CUT"),
    ),
    Configuration(
        "lock, lossy flush",
        "",
        {"LOSSY": 1, "FAILURES": 1, "POWER": 1, "DELETERS": 1, "START": "PRESENT"},
    ),
    Configuration(
        "lock, lossy flush, new directories",
        "",
        {"LOSSY": 1, "FAILURES": 1, "POWER": 1, "START": "MISSING"},
        ("SAFE_15",),
        small=True,
    ),
    Configuration(
        "no lock, lossy flush",
        "",
        _LOCK_LESS | {"LOSSY": 1, "FAILURES": 1, "POWER": 1, "START": "SAME_RUN"},
        ("SAFE_15",),
        small=True,
    ),
)


class Mutant(NamedTuple):
    """A mistake in the protocol, and a promise that it must break in a configuration."""

    name: str
    what: str
    promise: str
    options: dict[str, str | int]


_CUT: dict[str, str | int] = {"POWER": 1}
_FAILURE: dict[str, str | int] = {"FAILURES": 1}
_LOSSY = _CUT | _FAILURE | {"LOSSY": 1, "START": "PRESENT"}

MUTANTS = (
    Mutant("FILE_NOT_FLUSHED", "the file is not flushed", "SAFE_1_CUT", _CUT),
    Mutant("FILE_FLUSHED_LATE", "the file is flushed after publication", "SAFE_14", {}),
    Mutant("DIRECTORY_NOT_FLUSHED", "the directory is not flushed", "SAFE_15", _CUT),
    Mutant("DIRECTORY_FLUSHED_EARLY", "… before publication", "SAFE_15", _CUT),
    Mutant("ABOVE_NOT_FLUSHED", "the directories above are not flushed", "SAFE_15", _CUT),
    Mutant("FLUSH_REPEATED", "a failed flush is repeated", "SAFE_14", _FAILURE),
    Mutant("PUBLISHED_EMPTY", "the file is published before it is filled", "SAFE_1_READ", {}),
    Mutant("WRITE_ERROR_IGNORED", "a failed write is ignored", "SAFE_1_READ", _FAILURE),
    Mutant("OLD_REMOVED_FIRST", "the old checkpoint is removed first", "SAFE_1_READ", {}),
    Mutant(
        "RENAME_AT_FIRST_WRITE",
        "a first write renames, without the lock",
        "SAFE_8",
        {"LOCKS": 0, "START": "MISSING"},
    ),
    Mutant("COLLISION_IGNORED", "the run id is not compared", "SAFE_8", {}),
    Mutant("EMPTY_FILE_REJECTED", "an empty file is an error", "SAFE_9", {}),
    Mutant("NO_QUARANTINE", "a foreign file is not quarantined", "SAFE_10_NAMED", {}),
    Mutant("QUARANTINE_BY_RENAME", "… is quarantined by renaming", "SAFE_1_READ", {}),
    Mutant("QUARANTINE_NOT_FLUSHED", "… without a flush", "SAFE_10_CUT", _CUT),
    Mutant("SECOND_NAME_LEFT", "its second name stays after a failure", "SAFE_12_CLEAN", _FAILURE),
    Mutant(
        "TEMPORARY_LEFT_ON_FAILURE",
        "the temporary file stays after a failure",
        "SAFE_12_CLEAN",
        _FAILURE,
    ),
    Mutant("FIRST_NAME_LEFT", "the temporary name stays after a link", "SAFE_12_CLEAN", {}),
    Mutant(
        "PUBLISHED_NOT_WRITTEN",
        "a failure after publication is not-written",
        "SAFE_12_UNWRITTEN",
        _FAILURE,
    ),
    Mutant("FAILED_FLUSH_IGNORED", "… is not reported", "SAFE_13", _FAILURE),
    Mutant("STOP_AT_FAILED_UNLINK", "… ends the write", "SAFE_13", _FAILURE),
    Mutant("WRITER_WITHOUT_LOCK", "writers do not lock", "SAFE_8", {}),
    Mutant("UNLOCK_BEFORE_FLUSH", "the lock is given up before the flush", "SAFE_15", _LOSSY),
    Mutant("LOCK_KEPT_ON_FAILURE", "the lock is kept after a failure", "SAFE_6_TURN", _FAILURE),
    Mutant("SWEEP_BEFORE_LOCK", "all is swept before locking", "SAFE_7_LIVING", {}),
    Mutant("SWEEP_ALL_WITHOUT_LOCK", "… without locks", "SAFE_7_LIVING", {"LOCKS": 0}),
    Mutant("NOT_SWEPT", "nothing is swept", "SAFE_7_SWEPT", {"KILLS": 1}),
    Mutant("DELETION_NOT_FLUSHED", "a deletion is not flushed", "STORE_12", _CUT | {"DELETERS": 1}),
    Mutant("DELETER_WITHOUT_LOCK", "a deletion does not lock", "SAFE_15", _LOSSY | {"DELETERS": 1}),
    Mutant("PURGER_WITHOUT_LOCK", "a purge does not lock", "STORE_17", {"PURGERS": 1}),
    Mutant("PURGE_WITHOUT_CHECK", "… does not check the file again", "STORE_17", {"PURGERS": 1}),
)

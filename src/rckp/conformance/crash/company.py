"""Conduct under company: the runner acts while a request is made, or changes its conditions.

`COMPANY` lists the checks of the kind `company`. Each is made for some scenarios, and some of them
at each system call of the request that names a file: the process is stopped before the call, the
runner acts, and the process goes on. So nothing depends on time. Calls with an open descriptor do
the same whatever the names lead to, so that acting before them adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from rckp.conformance.crash import company_limits as limits
from rckp.conformance.crash import company_links as links
from rckp.conformance.crash import company_locks as locks
from rckp.conformance.crash import company_modes as modes
from rckp.conformance.crash import company_names as names
from rckp.conformance.crash import company_purges as purges
from rckp.conformance.crash import company_races as races
from rckp.conformance.crash import company_time as times
from rckp.conformance.crash import company_users as users
from rckp.conformance.crash.company_oracle import calls_with_names
from rckp.conformance.crash.company_visit import Run
from rckp.conformance.crash.trace import Trace

_FIRST = ("first-write", "first-write-in-existing-scope")
_WRITES = (*_FIRST, "overwrite", "quarantine")


def _once(_trace: Trace) -> Iterator[str]:
    yield ""


class Company(NamedTuple):
    """A kind of company. `run` raises `CannotCheckError` if it cannot be had here."""

    name: str
    description: str  # what is done and what must hold, as one sentence
    requirements: tuple[str, ...]
    level: str
    scenarios: tuple[str, ...]
    run: Run
    places: Callable[[Trace], Iterable[str]] = _once  # the calls at which it is made

    def checks(self, trace: Trace) -> Iterator[str]:
        """What follows `company/` in the ids of the checks of one scenario."""
        for label in self.places(trace):
            yield f"{self.name}/{label}" if label else self.name


COMPANY = (
    Company(
        "lock-held",
        "Another process holds the lock: the request gives up in time and changes nothing, or a "
        "write goes on and sweeps nothing.",
        ("SAFE-6", "SAFE-7"),
        "should",
        ("first-write-in-existing-scope", "overwrite", "sweep", "delete", "purge"),
        locks.with_lock_held,
    ),
    Company(
        "lock-shared",
        "Another process holds a shared lock: the same.",
        ("SAFE-6",),
        "should",
        ("overwrite", "delete"),
        locks.with_shared_lock_held,
    ),
    Company(
        "lock-let-go",
        "Another process holds the lock for a while: the request waits, and succeeds then.",
        ("SAFE-6",),
        "should",
        ("first-write-in-existing-scope", "overwrite", "delete", "purge"),
        locks.with_lock_released,
    ),
    Company(
        "lock-let-go-after-write",
        "The process that holds the lock writes a checkpoint of another run before it lets it go: "
        "that one is neither replaced nor purged.",
        ("SAFE-8", "STORE-17", "SAFE-6"),
        "must",
        ("first-write-in-existing-scope", "overwrite", "purge"),
        locks.with_change_under_lock,
    ),
    Company(
        "same-run",
        "Before each call, another program writes a checkpoint of the same run: the later one of "
        "the two has the name, and both requests succeed. A write may report durability-uncertain.",
        ("SAFE-1", "SAFE-9", "SAFE-10"),
        "must",
        (*_WRITES, "delete"),
        races.same_run,
        calls_with_names,
    ),
    Company(
        "other-run",
        "Before each call, another program creates a checkpoint of another run with the same name: "
        "the request that comes second is a collision.",
        ("SAFE-8", "SAFE-11"),
        "must",
        _FIRST,
        races.other_run,
        calls_with_names,
    ),
    Company(
        "foreign-file",
        "Before each call, another program creates a foreign file with this name: "
        "it is quarantined.",
        ("SAFE-10", "SAFE-11"),
        "must",
        _FIRST,
        races.foreign,
        calls_with_names,
    ),
    Company(
        "removed",
        "Before each call, another program deletes the checkpoint: no error but "
        "durability-uncertain of a write, and no wrong number.",
        ("SAFE-11", "STORE-12", "STORE-15"),
        "must",
        ("overwrite", "delete", "purge"),
        races.removed,
        calls_with_names,
    ),
    Company(
        "temporary-names",
        "Two new processes write twice each: no two temporary files have the same name.",
        ("SAFE-5",),
        "must",
        ("first-write-in-existing-scope",),
        names.temporary_names,
    ),
    Company(
        "temporary-taken",
        "Before the temporary file is created, somebody puts a link to a file of another user "
        "there: that file stays as it is, and the store takes another name or gives up.",
        ("SAFE-5", "SAFE-4"),
        "must",
        ("first-write-in-existing-scope", "overwrite", "quarantine"),
        links.name_taken,
        links.creation_of_temporary,
    ),
    Company(
        "temporary-for-link",
        "While the temporary file exists, somebody puts a link to a file of another user in its "
        "place: that file stays as it is, and the link is not treated as the checkpoint.",
        ("SAFE-18", "SAFE-4"),
        "should",
        ("first-write-in-existing-scope", "overwrite", "quarantine"),
        links.temporary_for_link,
        links.while_temporary_exists,
    ),
    Company(
        "temporary-for-file",
        "The same with another checkpoint in place of the link.",
        ("SAFE-18",),
        "should",
        ("first-write-in-existing-scope", "overwrite"),
        links.temporary_for_file,
        links.while_temporary_exists,
    ),
    Company(
        "scope-for-link",
        "Before each call, somebody puts a link to a directory outside the base in place of the "
        "scope: nothing changes there.",
        ("SAFE-4", "STORE-3", "STORE-13"),
        "must",
        (*_WRITES, "delete", "purge"),
        links.scope_for_link,
        calls_with_names,
    ),
    Company(
        "scope-for-directory",
        "Before each call, somebody puts another directory in place of the scope: the file in it "
        "that has the name of the checkpoint is not replaced and not purged.",
        ("SAFE-8", "STORE-17"),
        "must",
        ("overwrite", "quarantine", "purge"),
        links.scope_for_directory,
        calls_with_names,
    ),
    Company(
        "entry-for-link",
        "Before each call, somebody puts a link to a file of another user in place of the "
        "checkpoint: that file stays as it is.",
        ("SAFE-4", "SAFE-10", "STORE-12", "STORE-17"),
        "must",
        ("overwrite", "delete", "purge"),
        links.entry_for_link,
        calls_with_names,
    ),
    Company(
        "entry-for-pipe",
        "Before the checkpoint is opened, somebody puts a named pipe in its place: the request "
        "does not wait for a writer, and the pipe stays.",
        ("STORE-4", "STORE-3", "SAFE-10", "STORE-17"),
        "must",
        ("overwrite", "purge", "select"),
        links.entry_for_pipe,
        links.openings_of_checkpoint,
    ),
    Company(
        "replaced-by-same-run",
        "Before each call up to the removal, another program replaces the file that is to be "
        "purged by a newer checkpoint of the same run: that one stays.",
        ("STORE-17",),
        "must",
        ("purge",),
        purges.same_run,
        purges.until_removal,
    ),
    Company(
        "replaced-by-other-run",
        "The same with a checkpoint of another run.",
        ("STORE-17",),
        "must",
        ("purge",),
        purges.other_run,
        purges.until_removal,
    ),
    Company(
        "rewritten-in-place",
        "The same with new content of the same size in the same file.",
        ("STORE-17",),
        "must",
        ("purge",),
        purges.in_place,
        purges.until_removal,
    ),
    Company(
        "no-permission",
        "A file or a directory may not be read, written or searched: the documented code, and "
        "nothing changes that need not.",
        ("SAFE-10", "SAFE-12", "STORE-6", "STORE-7", "STORE-8", "STORE-11", "STORE-13", "STORE-18"),
        "must",
        ("first-write", "overwrite", "delete", "purge", "select"),
        users.with_permission_denied,
        users.denials,
    ),
    Company(
        "group-lost",
        "The store cannot set the group of the checkpoint that it replaces: no permission widens.",
        ("SAFE-16",),
        "should",
        ("overwrite",),
        users.lost_group,
        users.lost_groups,
    ),
    Company(
        "umask",
        "The adapter is started with a umask: what it creates has no more permissions than that "
        "allows, and what it replaces keeps its own.",
        ("SAFE-16",),
        "should",
        ("first-write", "overwrite", "quarantine"),
        modes.with_mask,
        modes.masks,
    ),
    Company(
        "mode",
        "The file that has the name has certain permissions, and as root another owner and group: "
        "they are kept without set-ID and sticky bits; those of a quarantined file are not copied.",
        ("SAFE-16",),
        "should",
        ("overwrite", "quarantine"),
        modes.with_mode,
        modes.modes,
    ),
    Company(
        "descriptors",
        "The process may open 0 to 7 more files: the request succeeds or fails as documented, and "
        "succeeds when it may open more. With 16 more, it succeeds 24 times.",
        ("SAFE-12", "SAFE-13", "STORE-13", "STORE-18"),
        "must",
        ("first-write-in-existing-scope", "overwrite", "quarantine", "delete", "purge"),
        limits.few_descriptors,
    ),
    Company(
        "descriptors-in-tree",
        "The process may open 12 more files, and walks through a deep and wide tree: what it does "
        "not list or purge it reports.",
        ("STORE-1", "STORE-7", "STORE-8", "STORE-18"),
        "must",
        ("purge",),
        limits.few_descriptors_in_tree,
        limits.listing_ops,
    ),
    Company(
        "memory",
        "A file declares 64 MiB or 4 GiB for a string and has a few bytes: the memory of the "
        "process grows by 8 MiB at most, and more than 32 MiB cannot be allocated.",
        ("LIM-1",),
        "must",
        ("overwrite", "purge"),
        limits.lying_length,
        limits.declared,
    ),
    Company(
        "long-file",
        "A file has a string of 2 MiB or 16 MiB: the processor time grows as the size.",
        ("LIM-3",),
        "should",
        ("purge",),
        times.long_file,
    ),
)

_BY_NAME = {each.name: each for each in COMPANY}


def company_of(rest: str) -> tuple[Company, str]:
    """The entry and the label of a call for the end of an id."""
    name, _, label = rest.partition("/")
    return _BY_NAME[name], label

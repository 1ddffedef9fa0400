"""The mistakes, in the order of the page."""

from __future__ import annotations

from typing import NamedTuple


class Mistake(NamedTuple):
    """A mistake that an implementer could make.

    `permitted` is the reason why nothing may notice it, if the specification permits it.
    """

    id: str
    requirements: tuple[str, ...]
    text: str
    permitted: str = ""


def _mistake(id_: str, requirements: str, text: str, permitted: str = "") -> Mistake:
    return Mistake(id_, tuple(requirements.split()), text, permitted)


MISTAKES: tuple[Mistake, ...] = (
    # The order of steps
    _mistake("file-not-flushed", "SAFE-11", "Does not flush the file."),
    _mistake("file-flushed-late", "SAFE-11", "Flushes the file after publication."),
    _mistake("directory-not-flushed", "SAFE-11", "Does not flush the directory."),
    _mistake(
        "renamed", "SAFE-11 SAFE-8", "Publishes the first checkpoint by a rename, not a link."
    ),
    _mistake(
        "permissions-unflushed", "SAFE-11", "Sets the permissions after it has flushed the file."
    ),
    _mistake("not-exclusive", "SAFE-5", "Opens a temporary file that exists."),
    _mistake("same-names", "SAFE-5", "Chooses the same temporary names in every process."),
    _mistake("no-lock", "SAFE-6", "Takes no lock."),
    _mistake("shared-lock", "SAFE-6", "Takes a shared lock."),
    _mistake("other-lock", "SAFE-6", "Locks another file than the directory."),
    _mistake("swept-before-lock", "SAFE-7 SAFE-6", "Sweeps before it holds the lock."),
    _mistake("readable-while-written", "SAFE-16", "Lets others read the temporary file."),
    # Failures
    _mistake("partial-write", "SAFE-11", "Takes a partial write for a whole one."),
    _mistake("write-error-ignored", "SAFE-12", "Ignores a failed write."),
    _mistake("flush-error-ignored", "SAFE-12 SAFE-14", "Ignores a failed flush of the file."),
    _mistake("late-error-ignored", "SAFE-13", "Ignores a failed flush of the directory."),
    _mistake("flushed-again", "SAFE-14", "Flushes a file again after its flush failed."),
    _mistake("size-unchecked", "SAFE-11", "Does not check the size of the file after writing."),
    _mistake("late-removal-ignored", "SAFE-13", "Ignores that the temporary name stays."),
    _mistake(
        "late-steps-skipped", "SAFE-13", "Does not flush the directory if the temporary name stays."
    ),
    _mistake("temporary-left", "SAFE-12", "Leaves its temporary file when a write fails."),
    _mistake("second-name-left", "SAFE-12", "Leaves the second name of a file when a write fails."),
    _mistake("links-needed", "SAFE-11", "Fails if the file system has no links."),
    _mistake("locks-needed", "SAFE-6", "Fails if the file system has no locks."),
    _mistake(
        "directory-flush-needed", "SAFE-11", "Fails if the file system flushes no directories."
    ),
    _mistake("unreadable-quarantined", "SAFE-10", "Quarantines a file that it cannot read."),
    _mistake("failure-hides", "SEL-8", "Selects none if it cannot read the checkpoint."),
    _mistake("failed-read-ends", "STORE-11", "Takes a failed read for the end of the file."),
    _mistake("short-read-ends", "DEC-11", "Takes a short read for the end of the file."),
    # Other programs, and the file that is replaced
    _mistake("swept-without-lock", "SAFE-7", "Sweeps although another program holds the lock."),
    _mistake("link-swept", "SAFE-17", "Sweeps a link with the name of a temporary file."),
    _mistake("set-id-copied", "SAFE-16", "Copies set-user-ID, set-group-ID and sticky bits."),
    _mistake("waits-for-pipe", "STORE-4", "Waits for a writer of a pipe in place of a checkpoint."),
    _mistake(
        "pipe-replaced", "SAFE-10", "Takes a pipe that has replaced a file for an empty checkpoint."
    ),
    _mistake("unreadable-silent", "STORE-8", "Does not report a checkpoint that it cannot read."),
    _mistake("purged-by-name", "STORE-17", "Removes by name what it validated before."),
    _mistake("compared-before-lock", "STORE-17", "Compares the file before it waits for the lock."),
    _mistake("descriptor-leaked", "STORE-18", "Leaks a descriptor for each file that it purges."),
    # Memory
    _mistake("allocates-40-mib", "LIM-1", "Allocates 40 MiB for a declared length."),
    _mistake("quadratic-time", "LIM-3", "Decodes what it has read again after each piece."),
    # Values
    _mistake("message-hides", "SEL-1 SEL-2", "Does not list a run with an error message."),
    _mistake("creation-0-hides", "SEL-2", "Does not list a checkpoint created at 0."),
    _mistake("future-hides", "SEL-2", "Does not list a checkpoint from the future."),
    _mistake("elapsed-0-hides", "SEL-2", "Does not list a run that took no time."),
    _mistake("empty-payload-hides", "SEL-2", "Does not list a checkpoint with an empty payload."),
    _mistake("seed-payload-hides", "SEL-2", "Does not list a checkpoint with a seed payload."),
    _mistake("message-keeps", "STORE-15", "Does not purge a run with an error message."),
    # Sizes
    _mistake("first-64-kib", "STORE-10 SEL-1", "Reads only the first 64 KiB of a file."),
    _mistake("first-mib", "STORE-10 SEL-1", "Reads only the first 1 MiB of a file."),
    _mistake("status-unchecked-late", "DEC-6", "Does not check a status behind 64 KiB."),
    _mistake("offset-of-16-bits", "DEC-10", "Reports 16 bits of an offset."),
    # The two hashes
    _mistake("hashes-in-any-order", "SEL-1", "Accepts the two hashes in any order."),
    _mistake("problem-first", "IDENT-6", "Checks the strings of the problem first."),
    _mistake(
        "problem-range-first", "ENC-8", "Checks the hash of the problem first when it encodes."
    ),
    # Depth
    _mistake("deep-silent", "STORE-9 STORE-8", "Skips directories that are too deep silently."),
    _mistake("deep-purged-silently", "STORE-9 STORE-18", "Does not report them in a purge."),
    # Permitted
    _mistake(
        "private",
        "SAFE-16",
        "Creates files with 0600 and directories with 0700.",
        "A file that replaces nothing gets the permissions of a new file, or fewer. Those of "
        "directories are not specified.",
    ),
    _mistake(
        "problem-hash-first",
        "STORE-22",
        "Compares the hash of the problem before that of the algorithm.",
        "Both must be equal. Which one lets a selector stop reading does not show in a response.",
    ),
)

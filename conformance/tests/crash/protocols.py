"""Protocols that are wrong on purpose: whatever judges the right one must object to each.

Each changes the running process, so that the next writes of the store go wrong.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

import rckp
from rckp.store import atomic_write, temporary_files
from rckp.store.atomic_write import (
    check_size,
    close,
    create,
    flush_directory,
    flush_file,
    inherit,
    publish,
    unlink_temporary,
    write_content,
)
from rckp.store.pending_write import PendingWrite

Change = Callable[[rckp.CheckpointStore], None]


def _protocol(*steps: Callable[[PendingWrite], None]) -> Change:
    def change(_store: rckp.CheckpointStore) -> None:
        atomic_write.PROTOCOL = steps

    return change


def _replaced(name: str, value: Any, module: ModuleType = atomic_write) -> Change:
    assert hasattr(module, name)

    def change(_store: rckp.CheckpointStore) -> None:
        setattr(module, name, value)

    return change


def create_in_place(write: PendingWrite) -> None:
    write.descriptor = write.directory.open_file(write.name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    write.published = True


def remove_old(write: PendingWrite) -> None:
    with suppress(FileNotFoundError):
        write.directory.remove(write.name)


def fill_with_one_call(write: PendingWrite) -> None:
    assert write.descriptor is not None
    os.writev(write.descriptor, write.parts)


def flush_file_until_it_works(write: PendingWrite) -> None:
    assert write.descriptor is not None
    for _ in range(2):
        with suppress(OSError):
            os.fsync(write.descriptor)
            return
    os.fsync(write.descriptor)


def rename_aside(write: PendingWrite) -> None:
    write.quarantine = f"{write.name}.{os.urandom(8).hex()}.aside"
    write.directory.rename(write.name, write.quarantine)


def _parents_not_flushed(store: rckp.CheckpointStore) -> None:
    store._scopes._durability = "file"


def _put_without_abandoning(write: PendingWrite) -> None:
    for step in atomic_write.PROTOCOL:
        step(write)


def fill_ignoring_errors(write: PendingWrite) -> None:
    with suppress(OSError):
        write_content(write)


VARIANTS: dict[str, Change] = {
    "written in place": _protocol(
        create_in_place, write_content, check_size, inherit, flush_file, close
    ),
    "published before it is filled": _protocol(
        create,
        publish,
        write_content,
        check_size,
        inherit,
        flush_file,
        unlink_temporary,
        close,
        flush_directory,
    ),
    "the old one removed first": _protocol(
        create,
        write_content,
        check_size,
        inherit,
        flush_file,
        remove_old,
        publish,
        unlink_temporary,
        close,
        flush_directory,
    ),
    "temporary names that end in .ckpt": _replaced("_TEMPORARY", ".rckp-{}.ckpt", temporary_files),
    "nothing swept": _replaced("sweep", lambda _directory, _locked: None, temporary_files),
    "nothing kept aside": _replaced("_quarantine_existing", lambda _write: None),
    "kept aside by renaming": _replaced("_quarantine_existing", rename_aside),
    "the first name not removed": _protocol(
        create, write_content, check_size, inherit, flush_file, publish, close, flush_directory
    ),
    "collisions ignored": _replaced("check_destination", lambda _write: True),
    "nothing abandoned": _replaced("run_steps", _put_without_abandoning),
    "file not flushed": _protocol(
        create,
        write_content,
        check_size,
        inherit,
        publish,
        unlink_temporary,
        close,
        flush_directory,
    ),
    "file flushed after publishing": _protocol(
        create,
        write_content,
        check_size,
        inherit,
        publish,
        flush_file,
        unlink_temporary,
        close,
        flush_directory,
    ),
    "directory not flushed": _protocol(
        create, write_content, check_size, inherit, flush_file, publish, unlink_temporary, close
    ),
    "directory flushed before publishing": _protocol(
        create,
        write_content,
        check_size,
        inherit,
        flush_file,
        flush_directory,
        publish,
        unlink_temporary,
        close,
    ),
    "parents not flushed": _parents_not_flushed,
    "flushed again after a failure": _protocol(
        create,
        write_content,
        check_size,
        inherit,
        flush_file_until_it_works,
        publish,
        unlink_temporary,
        close,
        flush_directory,
    ),
    "one call to write, unchecked": _protocol(
        create,
        fill_with_one_call,
        inherit,
        flush_file,
        publish,
        unlink_temporary,
        close,
        flush_directory,
    ),
    "errors of writing ignored": _protocol(
        create,
        fill_ignoring_errors,
        inherit,
        flush_file,
        publish,
        unlink_temporary,
        close,
        flush_directory,
    ),
}

"""Saving one record: its path, the lock of its scope, and the write."""

from __future__ import annotations

import errno
import os
import time
from functools import lru_cache
from pathlib import Path

from rckp.errors import DurabilityUncertain, StoreError
from rckp.files.regular_file import is_too_long
from rckp.files.turns import Turn
from rckp.format.codec import encode_parts
from rckp.format.paths import NAME_LIMIT, checkpoint_file_name, scope_name
from rckp.store import atomic_write
from rckp.store.pending_write import PendingWrite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rckp.format.record import CheckpointRecord
    from rckp.store.run_ownership import Ownership
    from rckp.store.scope_directories import ScopeDirectories


def save(
    base_dir: Path,
    record: CheckpointRecord,
    scopes: ScopeDirectories,
    *,
    durability: str,
    lock_timeout: float,
    lock_required: bool,
    owner: Ownership | None,
) -> Path:
    """Write the record below the base and return its path.

    With an `owner`, raises `StoreError` taken-over if the file is not that of the owner. Raises
    `EncodeError`, `StoreError`, `RunIdCollision` or `DurabilityUncertain` (SAFE-12).
    """
    parts = encode_parts(record)
    name = checkpoint_file_name(record.run_id)
    scope = scope_name(
        record.algorithm_name,
        record.problem_description,
        record.algorithm_signature_hash,
        record.problem_signature_hash,
    )
    path = _path(base_dir, scope, name)
    write = None
    began = time.monotonic()
    turn = Turn((str(base_dir), scope))
    try:
        # Without a turn, the lock decides what to do. A save that interrupts a save of this
        # thread, as that of a signal handler does, cannot get one.
        if not turn.is_awaited():
            turn.enter(lock_timeout)
        with (
            scopes.open(scope) as directory,
            directory.locked(
                lock_timeout, required=lock_required, waited=time.monotonic() - began
            ) as locked,
        ):
            if owner is not None:
                owner.check(directory, name)
            scopes.sweep_once(scope, directory, locked)
            write = PendingWrite(directory, name, record.run_id, parts, durability)
            write.locked = locked
            try:
                if owner is not None:
                    owner.writes(record)
                atomic_write.run_steps(write)
            finally:
                if owner is not None and write.published:
                    owner.wrote(directory, name, record)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            longest = max(len(os.fsencode(component)) for component in path.parts)
            if longest > NAME_LIMIT or not is_too_long(str(path)):
                raise _too_long(path, longest, "fewer") from error
        details = {"reason": error.strerror or str(error)}
        if write is not None and write.published:
            raise DurabilityUncertain("durability-uncertain", str(path), details) from error
        raise StoreError("not-written", str(path), details) from error
    finally:
        try:  # a signal such as Ctrl-C can interrupt the first call
            turn.leave()
        except BaseException:
            turn.leave()
            raise
    scopes.mark_synced(scope)
    return path


@lru_cache(4)  # a run is saved at one path again and again
def _path(base: Path, scope: str, name: str) -> Path:
    """Return the path of a checkpoint. Raises `StoreError` name-too-long."""
    path = base / scope / name
    longest = max(len(component) for component in (*scope.split("/"), name))
    if longest > NAME_LIMIT:
        raise _too_long(path, longest, NAME_LIMIT)
    return path


def _too_long(path: Path, size: int, limit: int | str) -> StoreError:
    return StoreError("name-too-long", str(path), {"size": size, "limit": limit})

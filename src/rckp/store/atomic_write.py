"""The atomic write of one checkpoint, step by step (SAFE-11).

`PROTOCOL` is the order of the steps. Each step is a function of a `PendingWrite`, so that a test
can run them in a wrong order and check that it detects this.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from rckp.errors import DecodeError, DurabilityUncertain, RunIdCollision, StoreError
from rckp.files.directory import CREATE, READ, read_at
from rckp.files.ownership import set_group, set_mode_and_owner
from rckp.log import warn
from rckp.store.pending_write import PendingWrite
from rckp.store.record_reader import HEADER_READ_SIZE, read_string_field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DURABILITIES = ("full", "file", "none")

_ASIDE = "{:.200}.{}.aside"  # shorter than any limit on names (SAFE-10)
_NEW = 0o666  # permission bits of a new file, before the umask
_ATTEMPTS = 16  # to publish, if another writer is faster

_NO_LINKS = ("EPERM", "EOPNOTSUPP", "ENOTSUP", "ENOSYS", "EMLINK")


def create(write: PendingWrite) -> None:
    """Create the temporary file, which must not exist.

    It never grants a permission that the checkpoint to be replaced does not grant (SAFE-16). Until
    it has the group of that checkpoint, it grants nothing to group and others.
    """
    mode = _NEW
    try:
        write.replaced = there = write.directory.lstat(write.name)
        mode &= there.st_mode | stat.S_IWUSR
        if stat.S_ISREG(there.st_mode):
            mode &= stat.S_IRWXU
            write.restricted = True
    except FileNotFoundError:
        pass
    write.descriptor = write.directory.open_file(write.temporary, CREATE, mode)
    write.created = True
    write.identity = os.fstat(write.descriptor)


def write_content(write: PendingWrite) -> None:
    """Write all bytes, in as many calls as necessary."""
    assert write.descriptor is not None  # noqa: S101 - the order of PROTOCOL
    left = [memoryview(part) for part in write.parts if part]
    while left:
        written = (
            os.writev(write.descriptor, left)
            if hasattr(os, "writev")
            else os.write(write.descriptor, left[0])
        )
        if written == 0:
            raise OSError(0, "the operating system takes no more bytes")
        while left and written >= len(left[0]):
            written -= len(left.pop(0))
        if written:
            left[0] = left[0][written:]


def check_size(write: PendingWrite) -> None:
    """Check that the file is as long as the checkpoint."""
    assert write.descriptor is not None  # noqa: S101
    status = os.fstat(write.descriptor)
    if status.st_size != write.size:
        raise OSError(0, f"the file has {status.st_size} bytes after writing")


def inherit(write: PendingWrite) -> None:
    """Give the file the owner, group and permissions of the checkpoint to be replaced."""
    if write.restricted:
        check_destination(write)


def flush_file(write: PendingWrite) -> None:
    """Flush the file. A failure is final (SAFE-14)."""
    assert write.descriptor is not None  # noqa: S101
    if write.durability != "none":
        os.fsync(write.descriptor)
    else:
        # Some file systems report a full disk only when a file is closed, and this one stays
        # open until it is published.
        os.close(os.dup(write.descriptor))


def publish(write: PendingWrite) -> None:
    """Publish the new checkpoint in one step (SAFE-8 to SAFE-10)."""
    for _ in range(_ATTEMPTS):
        there = check_destination(write)
        if there is None:
            _permit_as_new(write)
            if not _claim(write):
                continue  # another writer was faster: check its file
        else:
            if not there:
                _permit_as_new(write)
                _quarantine_existing(write)
            _rename(write)
        write.published = True
        _check_published(write)
        return
    raise OSError(0, "other programs keep creating and removing this file")


def unlink_temporary(write: PendingWrite) -> None:
    """Remove the temporary name."""
    if write.linked:
        write.directory.remove(write.temporary)


def close(write: PendingWrite) -> None:
    """Close the file. From here on another file can get its inode."""
    write.close()


def flush_directory(write: PendingWrite) -> None:
    """Flush the directory."""
    if write.durability == "full":
        write.directory.fsync()


PROTOCOL: tuple[Callable[[PendingWrite], None], ...] = (
    create,
    write_content,
    check_size,
    inherit,
    flush_file,
    publish,
    unlink_temporary,
    close,
    flush_directory,
)


def run_steps(
    write: PendingWrite, protocol: Sequence[Callable[[PendingWrite], None]] | None = None
) -> None:
    """Run the steps. The caller holds the lock of the directory, if there are locks.

    Raise `StoreError` not-written, run-id-collision or not-a-file if the checkpoint is not
    published, or `DurabilityUncertain` if it is, but a later step failed.
    """
    failed: OSError | None = None
    try:
        for step in PROTOCOL if protocol is None else protocol:
            try:
                step(write)
            except OSError as error:
                if not write.published:
                    raise
                failed = failed or error
    except OSError as error:
        write.roll_back()
        raise StoreError("not-written", write.path, _reason(error)) from error
    except BaseException:
        write.roll_back()
        raise
    if not write.kept_all:
        warn("%s: the owner or the group of the file before could not be kept", write.path)
    if failed is not None:
        raise DurabilityUncertain("durability-uncertain", write.path, _reason(failed)) from failed


def check_destination(write: PendingWrite) -> bool | None:
    """Return True if the destination is a checkpoint of this run, which may be replaced.

    Return None if the name does not exist, and False for another kind of entry, which must be
    quarantined. After True, the new file has inherited owner, group and permissions. A file is
    read only once, unless it has changed.

    Raise `RunIdCollision` for the checkpoint of another run (SAFE-8), `StoreError` not-a-file
    for a directory (SAFE-10).
    """
    try:
        status = write.directory.lstat(write.name)
        if stat.S_ISDIR(status.st_mode):
            raise StoreError("not-a-file", write.path, {"what": "a directory"})
        if not stat.S_ISREG(status.st_mode):
            return False
        if write.destination is not None and _state(write.destination[0]) == _state(status):
            return write.destination[1]
        descriptor = write.directory.open_file(write.name, READ)
    except FileNotFoundError:
        return None
    try:
        there = os.fstat(descriptor)
        if not stat.S_ISREG(there.st_mode):  # by now
            return False
        head = read_at(descriptor, HEADER_READ_SIZE, 0)
        if not head or write.is_same_run(head):
            other: str | None = write.run_id
        else:
            # A longer id is another id, so it need not be read completely.
            other = read_string_field(descriptor, head, "run_id", len(write.run_id.encode()))
    except DecodeError:
        write.destination = status, False
        return False
    finally:
        os.close(descriptor)
    if other != write.run_id:
        details = {"run_id": write.run_id, "other": other or "(a longer one)"}
        raise RunIdCollision("run-id-collision", write.path, details)
    _inherit(write, there)
    write.destination = there, True
    return True


def _inherit(write: PendingWrite, there: os.stat_result) -> None:
    """Give the file the owner, group and nine permission bits of another one (SAFE-16).

    This uses the descriptor, because another user may have replaced the temporary file.
    """
    if write.descriptor is None or not hasattr(os, "fchmod"):
        return
    write.restricted = False
    mode = set_group(write.descriptor, there)
    write.kept_all = set_mode_and_owner(write.descriptor, mode, there)


def _state(status: os.stat_result) -> tuple[int, ...]:
    """Return what changes if a file is replaced, modified, or gets other permissions."""
    return (
        *(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns),
        *(status.st_mode, status.st_uid, status.st_gid),
    )


def _permit_as_new(write: PendingWrite) -> None:
    """Give the file the permissions of a new file, if it does not inherit any."""
    if write.restricted and write.descriptor is not None and hasattr(os, "fchmod"):
        os.fchmod(write.descriptor, _NEW & ~_umask())
        write.restricted = False


def _umask() -> int:
    """Return the file mode creation mask. Only /proc shows it without changing it."""
    try:
        with open("/proc/self/status", "rb") as status:
            return next(int(line[6:], 8) for line in status if line.startswith(b"Umask:"))
    except (OSError, ValueError, StopIteration):
        return 0o077


def _check_temporary(write: PendingWrite) -> None:
    if write.directory.descriptor is None:
        write.close()  # Windows does not rename open files
    if not write.leads_here(write.temporary):
        raise OSError(0, "another program has replaced the temporary file")


def _check_published(write: PendingWrite) -> None:
    """Check that the name refers to the file that was written (SAFE-18).

    Another writer of this run may have replaced it in the meantime. Without the lock, another
    program may have deleted or purged it. Raise `OSError` for anything else.
    """
    if write.leads_here(write.name):
        return
    try:
        there = check_destination(write)
    except StoreError:  # a directory, or the checkpoint of another run
        there = False
    if there or (there is None and not write.locked):
        return
    if there is None:
        raise OSError(0, "another program has removed it")
    with suppress(OSError):  # the published entry is not a checkpoint, and a link has no data
        if stat.S_ISLNK(write.directory.lstat(write.name).st_mode):
            write.directory.remove(write.name)
    raise OSError(0, "another program has put something else in its place")


def _rename(write: PendingWrite) -> None:
    _check_temporary(write)
    write.directory.rename(write.temporary, write.name)


def _claim(write: PendingWrite) -> bool:
    """Give the file its name if the name does not exist; return whether it did not."""
    _check_temporary(write)
    try:
        write.directory.link(write.temporary, write.name)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _errnos(_NO_LINKS):
            raise
        _rename(write)
        return True
    write.linked = True
    return True


def _quarantine_existing(write: PendingWrite) -> None:
    """Give the existing entry another name, so that it is not lost (SAFE-10)."""
    write.quarantine = aside = _ASIDE.format(write.name, os.urandom(8).hex())
    try:
        write.directory.link(write.name, aside)
    except OSError as error:
        if error.errno not in _errnos(_NO_LINKS):
            raise
        write.directory.rename(write.name, aside)
    if write.durability != "none":
        # Otherwise a power cut may lose this name and keep that of the checkpoint.
        write.directory.fsync()
    warn("%s is not a checkpoint that could be replaced; kept as %s", write.path, aside)


def _errnos(names: Sequence[str]) -> set[int]:
    import errno

    return {getattr(errno, name) for name in names if hasattr(errno, name)}


def _reason(error: OSError) -> dict[str, object]:
    return {"reason": error.strerror or str(error)}

"""Writing one checkpoint so that none is lost, step by step (SAFE-11).

`PROTOCOL` is the order of the steps. Each is a function of a `Write`, so that a test can
put them into a wrong order and see that it finds out.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress

from rckp.errors import DecodeError
from rckp.files.ownership import keep_owner
from rckp.log import warn
from rckp.read._layout import LAYOUT
from rckp.store.errors import DurabilityUncertain, RunIdCollision, StoreError
from rckp.store.folder import CREATE, READ, Folder, read_at
from rckp.store.head import HEAD, first_text, fixed_place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DURABILITIES = ("full", "file", "none")

_TEMPORARY = ".rckp-{}.tmp"  # of one length; not ending in .ckpt (SAFE-5)
_TEMPORARY_LENGTH = len(_TEMPORARY.format("0" * 16))
_ASIDE = "{:.200}.{}.aside"  # shorter than any limit, and still recognisable (SAFE-10)
_STALE = 86400  # seconds; without locks, an older temporary file is nobody's (SAFE-7)
_JOINED = 65536  # bytes; less is copied faster than it is written piece by piece
_TIME = fixed_place("created_at_ms")
_RUN_ID = LAYOUT.fixed_offset("run_id")
_NEW = 0o666  # permission bits of a new file, less the umask
_ATTEMPTS = 16  # how often another writer may be faster

_NO_LINKS = ("EPERM", "EOPNOTSUPP", "ENOTSUP", "ENOSYS", "EMLINK")


class Write:
    """One checkpoint on its way to the disk, and what must be undone if it does not arrive."""

    def __init__(
        self, folder: Folder, name: str, run_id: str, parts: Sequence[bytes], durability: str
    ) -> None:
        self.folder = folder
        self.name = name
        self.run_id = run_id
        self.size: int = sum(map(len, parts))
        self.parts: Sequence[bytes] = parts if self.size > _JOINED else [b"".join(parts)]
        self.beginning: bytes = _first(self.parts, _RUN_ID + len(run_id.encode()))
        self.durability = durability
        self.temporary: str = _TEMPORARY.format(os.urandom(8).hex())
        self.descriptor: int | None = None
        self.created = False
        self.identity: os.stat_result | None = None  # of the temporary file
        self.locked = False
        self.kept_all = True  # whether owner and group are those of the replaced file
        self.aside = ""
        self.linked = False
        self.published = False

    @property
    def path(self) -> str:
        """Where the checkpoint is to be, for messages."""
        return self.folder.join(self.name)

    def continues(self, head: bytes) -> bool:
        """Whether what starts with `head` starts as this one does, but for the time.

        Then it is the same run's; most are, and no part need be judged to tell.
        """
        ours, start, stop = self.beginning, _TIME.start, _TIME.stop
        return head[:start] == ours[:start] and head[stop : len(ours)] == ours[stop:]

    def leads_here(self, name: str) -> bool:
        """Whether a name still leads to the file that was written, and not to another one.

        Where others may write into the directory, somebody may have put something else there.
        While the file is open, no other one can have its device and inode.
        """
        assert self.identity is not None  # noqa: S101 - the order of PROTOCOL
        try:
            return os.path.samestat(self.folder.status(name), self.identity)
        except FileNotFoundError:
            return False

    def close(self) -> None:
        """Closes the file; a second time does nothing."""
        descriptor, self.descriptor = self.descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def abandon(self) -> None:
        """Leaves no trace; a temporary file that cannot be removed is swept by the next write."""
        with suppress(OSError):  # SAFE-12: left to the next write into this scope
            if self.created:
                self.folder.remove(self.temporary)
        with suppress(OSError):  # the file goes anyway
            self.close()
        with suppress(OSError):  # what was to be kept aside may well have two names
            if self.aside and not self.published:
                first, second = self.folder.status(self.name), self.folder.status(self.aside)
                if os.path.samestat(first, second):
                    self.folder.remove(self.aside)


def create(write: Write) -> None:
    """Makes the temporary file, which must not exist.

    Nobody may read there what the checkpoint that it is to replace keeps to itself (SAFE-16).
    """
    try:
        there = write.folder.status(write.name).st_mode
    except FileNotFoundError:
        there = _NEW
    mode = _NEW & (there | stat.S_IWUSR)
    write.descriptor = write.folder.open_file(write.temporary, CREATE, mode)
    write.created = True
    write.identity = os.fstat(write.descriptor)


def fill(write: Write) -> None:
    """Writes all bytes, in as many calls as it takes."""
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


def check_size(write: Write) -> None:
    """Makes sure that the file is as long as the checkpoint."""
    assert write.descriptor is not None  # noqa: S101
    status = os.fstat(write.descriptor)
    if status.st_size != write.size:
        raise OSError(0, f"the file has {status.st_size} bytes after writing")


def inherit(write: Write) -> None:
    """Gives the file owner, group and permission bits of the one that it is to replace."""
    try:
        there = write.folder.status(write.name)
    except FileNotFoundError:
        return
    if stat.S_ISREG(there.st_mode):
        _inherit(write, there)


def flush_file(write: Write) -> None:
    """Brings the bytes to the disk. A failure is final (SAFE-14)."""
    assert write.descriptor is not None  # noqa: S101
    if write.durability != "none":
        os.fsync(write.descriptor)
    else:
        # Some file systems tell of a full disk only when a file is closed, and this one stays
        # open until it is published.
        os.close(os.dup(write.descriptor))


def publish(write: Write) -> None:
    """Puts the new checkpoint in its place in one step (SAFE-8 to SAFE-10)."""
    for _ in range(_ATTEMPTS):
        there = judge(write)
        if there is None:
            if not _claim(write):
                continue  # another writer was faster: see whose it is
        else:
            if not there:
                _keep_aside(write)
            _rename(write)
        write.published = True
        _check_published(write)
        return
    raise OSError(0, "other programs keep creating and removing this file")


def tidy(write: Write) -> None:
    """Removes the name that the file had while it was written."""
    if write.linked:
        write.folder.remove(write.temporary)


def close(write: Write) -> None:
    """Closes the file: from here on another one could get its inode."""
    write.close()


def flush_folder(write: Write) -> None:
    """Brings the name to the disk."""
    if write.durability == "full":
        write.folder.flush()


PROTOCOL: tuple[Callable[[Write], None], ...] = (
    create,
    fill,
    check_size,
    inherit,
    flush_file,
    publish,
    tidy,
    close,
    flush_folder,
)


def put(write: Write, protocol: Sequence[Callable[[Write], None]] | None = None) -> None:
    """Takes the steps; the lock of the folder is held, if there are locks.

    Raises `StoreError` not-written, run-id-collision or not-a-file if the checkpoint is
    not in its place, or `DurabilityUncertain` if it is, but a later step failed.
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
        write.abandon()
        raise StoreError("not-written", write.path, _reason(error)) from error
    except BaseException:
        write.abandon()
        raise
    if not write.kept_all:
        warn("%s: the owner or the group of the file before could not be kept", write.path)
    if failed is not None:
        raise DurabilityUncertain("durability-uncertain", write.path, _reason(failed)) from failed


def judge(write: Write) -> bool | None:
    """Whether what has the name may be replaced; None if nothing has it, False if it is odd.

    Raises `RunIdCollision` for another run's checkpoint (SAFE-8), `StoreError` not-a-file
    for a directory (SAFE-10).
    """
    try:
        status = write.folder.status(write.name)
        if stat.S_ISDIR(status.st_mode):
            raise StoreError("not-a-file", write.path, {"what": "a directory"})
        if not stat.S_ISREG(status.st_mode):
            return False
        descriptor = write.folder.open_file(write.name, READ)
    except FileNotFoundError:
        return None
    try:
        head = read_at(descriptor, HEAD, 0)
        if not head or write.continues(head):
            other: str | None = write.run_id
        else:
            # An id that is longer than ours is another one, however long it is.
            other = first_text(descriptor, head, "run_id", len(write.run_id.encode()))
    except DecodeError:
        return False
    finally:
        os.close(descriptor)
    if other != write.run_id:
        details = {"run_id": write.run_id, "other": other or "(a longer one)"}
        raise RunIdCollision("run-id-collision", write.path, details)
    _inherit(write, status)  # once more: it may be another file by now
    return True


def sweep(folder: Folder, locked: bool) -> None:
    """Removes the temporary files that interrupted writers have left (SAFE-7), and no other.

    Raises the last `OSError`, after it has tried them all.
    """
    with folder.scan() as entries:
        names = [
            entry.name
            for entry in entries
            if is_temporary(entry.name) and entry.is_file(follow_symlinks=False)
        ]
    failed: OSError | None = None
    for name in names:
        try:
            if locked or folder.status(name).st_mtime < time.time() - _STALE:
                folder.remove(name)
        except FileNotFoundError:
            pass
        except OSError as error:
            failed = error
    if failed is not None:
        raise failed


def is_temporary(name: str) -> bool:
    """Whether an entry has the name of a temporary file of ours."""
    prefix, suffix = _TEMPORARY.split("{}")
    if not (len(name) == _TEMPORARY_LENGTH and name.startswith(prefix) and name.endswith(suffix)):
        return False
    return set(name[len(prefix) : -len(suffix)]) <= set("0123456789abcdef")


def _inherit(write: Write, there: os.stat_result) -> None:
    """Gives the file owner, group and the nine permission bits of another one (SAFE-16).

    All through the descriptor: what has the name of the temporary file may have been put there
    by somebody else.
    """
    if write.descriptor is None or not hasattr(os, "fchmod"):
        return
    mode, write.kept_all = keep_owner(write.descriptor, there)
    if stat.S_IMODE(os.fstat(write.descriptor).st_mode) != mode:
        os.fchmod(write.descriptor, mode)


def _check_temporary(write: Write) -> None:
    if write.folder.descriptor is None:
        write.close()  # Windows renames no open file
    if not write.leads_here(write.temporary):
        raise OSError(0, "another program has replaced the temporary file")


def _check_published(write: Write) -> None:
    """Makes sure that the name leads to the file; without a lock others may be faster."""
    if write.locked and not write.leads_here(write.name):
        write.published = False
        raise OSError(0, "another program has put something else in its place")


def _rename(write: Write) -> None:
    _check_temporary(write)
    write.folder.rename(write.temporary, write.name)


def _claim(write: Write) -> bool:
    """Gives the file its name if that is free."""
    _check_temporary(write)
    try:
        write.folder.link(write.temporary, write.name)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _errnos(_NO_LINKS):
            raise
        _rename(write)
        return True
    write.linked = True
    return True


def _keep_aside(write: Write) -> None:
    """Gives what is in the way another name, so that it is not lost (SAFE-10)."""
    write.aside = aside = _ASIDE.format(write.name, os.urandom(8).hex())
    try:
        write.folder.link(write.name, aside)
    except OSError as error:
        if error.errno not in _errnos(_NO_LINKS):
            raise
        write.folder.rename(write.name, aside)
    if write.durability != "none":
        write.folder.flush()  # else a power cut may take this name, and leave the checkpoint's
    warn("%s is no checkpoint that could be replaced; kept as %s", write.path, aside)


def _first(parts: Sequence[bytes], number: int) -> bytes:
    """So many bytes of the beginning."""
    first = b""
    for part in parts:
        first += part[: number - len(first)]
        if len(first) == number:
            break
    return first


def _errnos(names: Sequence[str]) -> set[int]:
    import errno  # noqa: PLC0415

    return {getattr(errno, name) for name in names if hasattr(errno, name)}


def _reason(error: OSError) -> dict[str, object]:
    return {"reason": error.strerror or str(error)}

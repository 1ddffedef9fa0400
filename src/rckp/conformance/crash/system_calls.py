"""The system calls of Linux that concern files: their numbers, and which arguments name files."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """Where a call names a file: by a descriptor, by a path, or by a path from a directory."""

    path: int | None  # the argument that holds the address of a path
    descriptor: int | None  # the argument that holds a descriptor


class SystemCall(NamedTuple):
    """A call. `writes` is the argument that counts bytes or buffers, if it writes to a file."""

    name: str
    x86_64: int | None
    aarch64: int | None
    places: tuple[Place, ...]
    writes: int | None = None


_FILE = (Place(None, 0),)
_PATH = (Place(0, None),)
_TWO = (Place(0, None), Place(1, None))
_AT = (Place(1, 0),)
_TWO_AT = (Place(1, 0), Place(3, 2))
_OUT_FIRST = (Place(None, 0), Place(None, 1))

CALLS = (
    SystemCall("read", 0, 63, _FILE),
    SystemCall("write", 1, 64, _FILE, 2),
    SystemCall("open", 2, None, _PATH),
    SystemCall("close", 3, 57, _FILE),
    SystemCall("stat", 4, None, _PATH),
    SystemCall("fstat", 5, 80, _FILE),
    SystemCall("lstat", 6, None, _PATH),
    SystemCall("pread64", 17, 67, _FILE),
    SystemCall("pwrite64", 18, 68, _FILE, 2),
    SystemCall("readv", 19, 65, _FILE),
    SystemCall("writev", 20, 66, _FILE, 2),
    SystemCall("access", 21, None, _PATH),
    SystemCall("sendfile", 40, 71, _OUT_FIRST),
    SystemCall("flock", 73, 32, _FILE),
    SystemCall("fsync", 74, 82, _FILE),
    SystemCall("fdatasync", 75, 83, _FILE),
    SystemCall("truncate", 76, 45, _PATH),
    SystemCall("ftruncate", 77, 46, _FILE),
    SystemCall("getdents", 78, None, _FILE),
    SystemCall("rename", 82, None, _TWO),
    SystemCall("mkdir", 83, None, _PATH),
    SystemCall("rmdir", 84, None, _PATH),
    SystemCall("creat", 85, None, _PATH),
    SystemCall("link", 86, None, _TWO),
    SystemCall("unlink", 87, None, _PATH),
    SystemCall("symlink", 88, None, (Place(1, None),)),
    SystemCall("readlink", 89, None, _PATH),
    SystemCall("chmod", 90, None, _PATH),
    SystemCall("fchmod", 91, 52, _FILE),
    SystemCall("chown", 92, None, _PATH),
    SystemCall("fchown", 93, 55, _FILE),
    SystemCall("lchown", 94, None, _PATH),
    SystemCall("mknod", 133, None, _PATH),
    SystemCall("statfs", 137, 43, _PATH),
    SystemCall("fstatfs", 138, 44, _FILE),
    SystemCall("getdents64", 217, 61, _FILE),
    SystemCall("openat", 257, 56, _AT),
    SystemCall("mkdirat", 258, 34, _AT),
    SystemCall("mknodat", 259, 33, _AT),
    SystemCall("fchownat", 260, 54, _AT),
    SystemCall("newfstatat", 262, 79, _AT),
    SystemCall("unlinkat", 263, 35, _AT),
    SystemCall("renameat", 264, 38, _TWO_AT),
    SystemCall("linkat", 265, 37, _TWO_AT),
    SystemCall("symlinkat", 266, 36, (Place(2, 1),)),
    SystemCall("readlinkat", 267, 78, _AT),
    SystemCall("fchmodat", 268, 53, _AT),
    SystemCall("faccessat", 269, 48, _AT),
    SystemCall("splice", 275, 76, (Place(None, 2),)),
    SystemCall("sync_file_range", 277, 84, _FILE),
    SystemCall("utimensat", 280, 88, _AT),
    SystemCall("fallocate", 285, 47, _FILE),
    SystemCall("preadv", 295, 69, _FILE),
    SystemCall("pwritev", 296, 70, _FILE, 2),
    SystemCall("syncfs", 306, 267, _FILE),
    SystemCall("renameat2", 316, 276, _TWO_AT),
    SystemCall("copy_file_range", 326, 285, (Place(None, 0), Place(None, 2))),
    SystemCall("preadv2", 327, 286, _FILE),
    SystemCall("pwritev2", 328, 287, _FILE, 2),
    SystemCall("statx", 332, 291, _AT),
    SystemCall("openat2", 437, 437, _AT),
    SystemCall("faccessat2", 439, 439, _AT),
    SystemCall("fchmodat2", 452, 452, _AT),
    # These concern no certain file. A store that uses them cannot be checked by its calls.
    SystemCall("io_uring_setup", 425, 425, ()),
)

OPENING = frozenset({"open", "openat", "creat", "openat2"})
LINKS = frozenset({"link", "linkat"})
RENAMES = frozenset({"rename", "renameat", "renameat2"})
REMOVALS = frozenset({"unlink", "unlinkat", "rmdir"})
DIRECTORY_CREATIONS = frozenset({"mkdir", "mkdirat"})
FLUSHES = frozenset({"fsync", "fdatasync"})
READ_CALLS = frozenset({"read", "pread64"})  # of one buffer
READS = READ_CALLS | {"readv", "preadv", "preadv2"}
WRITE_CALLS = frozenset(call.name for call in CALLS if call.writes is not None)
WRITES = WRITE_CALLS | frozenset(
    {"sendfile", "splice", "copy_file_range", "ftruncate", "truncate", "fallocate"}
)
DESCRIPTOR_CHANGES = frozenset({"fchmod", "fchown"})
PATH_CHANGES = frozenset(
    {"chmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchownat", "truncate"}
)
# These change names, contents or permissions, wherever the file is.
CHANGING = (
    *LINKS,
    *RENAMES,
    *REMOVALS,
    *DIRECTORY_CREATIONS,
    *PATH_CHANGES,
    *("symlink", "symlinkat", "mknod", "mknodat"),
)


def calls_by_number(machine: str) -> dict[int, SystemCall]:
    """The calls by their numbers on a machine, as `platform.machine` names it."""
    return {number: call for call in CALLS if (number := getattr(call, machine, None)) is not None}

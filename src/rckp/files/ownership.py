"""Owner, group and permissions of a file that replaces another one.

The order matters: the group first, then the permissions, then the owner. Before it has its
group, the file must not grant the group anything; after it has another owner, only a privileged
process may change its permissions.
"""

from __future__ import annotations

import errno
import os
import stat

# It takes a privilege, the id is not known here, or the file system has no owners.
_NOT_POSSIBLE = {
    getattr(errno, name)
    for name in ("EPERM", "EACCES", "EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP")
    if hasattr(errno, name)
}


def set_group(descriptor: int, before: os.stat_result) -> int:
    """Give an open file the group of another file, as far as the process may.

    Return the nine permission bits that the file may have. Without the group, members of the
    former group are others, and others may be members of the new group. So both may then do what
    both the former group and the others could do. Raise `OSError` if the system fails.
    """
    mode = stat.S_IMODE(before.st_mode) & 0o777
    if os.fstat(descriptor).st_gid == before.st_gid or _change(descriptor, -1, before.st_gid):
        return mode
    both = mode >> 3 & mode & 0o007
    return mode & 0o700 | both << 3 | both


def set_mode_and_owner(descriptor: int, mode: int, before: os.stat_result) -> bool:
    """Give an open file permission bits, and the owner of another file as far as possible.

    Return whether it has the owner and the group of the other file. Raise `OSError` if the
    system fails.
    """
    now = os.fstat(descriptor)
    if hasattr(os, "fchmod") and stat.S_IMODE(now.st_mode) != mode:
        os.fchmod(descriptor, mode)
    same_owner = now.st_uid == before.st_uid or _change(descriptor, before.st_uid, -1)
    return same_owner and now.st_gid == before.st_gid


def _change(descriptor: int, owner: int, group: int) -> bool:
    if not hasattr(os, "fchown"):
        return False
    try:
        os.fchown(descriptor, owner, group)
    except OSError as error:
        if error.errno not in _NOT_POSSIBLE:
            raise
        return False
    return True

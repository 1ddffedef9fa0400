"""Owner, group and permissions of a file that replaces another one."""

from __future__ import annotations

import os
import stat


def keep_owner(descriptor: int, before: os.stat_result) -> tuple[int, bool]:
    """Give an open file the owner and the group of another one, as far as the process may.

    Return the nine permission bits that it may have, and whether owner and group were kept.
    Where the group was not, nobody gets a permission more: what the group may do is then what
    both the group and others could do.
    """
    mode, now = stat.S_IMODE(before.st_mode) & 0o777, os.fstat(descriptor)
    if not hasattr(os, "fchown") or _owners(now) == _owners(before):
        return mode, True
    for owner in (before.st_uid, -1):
        try:
            os.fchown(descriptor, owner, before.st_gid)
            break
        except OSError:  # it takes a privilege, or the file system has no owners
            continue
    now = os.fstat(descriptor)
    if now.st_gid != before.st_gid:
        mode &= ~0o070 | mode << 3
    return mode, _owners(now) == _owners(before)


def _owners(status: os.stat_result) -> tuple[int, int]:
    return status.st_uid, status.st_gid

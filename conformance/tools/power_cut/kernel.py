"""What the kernel does for this tool and Python has no function for: mounts and loop devices.

Everything is arranged so that the kernel cleans up if this process is killed: mounts are made in
a mount namespace of their own, and loop devices detach themselves when nothing uses them.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import struct
import time
from pathlib import Path

MS_RDONLY, MS_NOATIME = 1, 1024
_MS_REC, _MS_PRIVATE = 0x4000, 1 << 18
_MNT_DETACH = 2
_CLONE_NEWNS = 0x20000
_LOOP_CLR_FD, _LOOP_CONFIGURE, _LOOP_CTL_GET_FREE = 0x4C01, 0x4C0A, 0x4C82
_LO_FLAGS_AUTOCLEAR = 4
_LOOP_INFO = 232  # bytes of struct loop_info64; lo_flags are at 52
_ATTEMPTS = 100
_PAUSE = 0.01  # seconds

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def enter_own_mount_namespace() -> None:
    """Leave the mounts of other processes alone; those made from now on end with this process."""
    _checked(_libc.unshare(_CLONE_NEWNS), "unshare")
    _checked(_libc.mount(b"none", b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None), "/")


def mount(source: str, target: Path, kind: str, options: str = "", flags: int = 0) -> None:
    arguments = source.encode(), os.fsencode(target), kind.encode()
    result = _libc.mount(*arguments, ctypes.c_ulong(flags), options.encode())
    _checked(result, f"mount a {kind} file system")


def unmount(target: Path) -> None:
    """Unmount; a process that is just being killed may hold a file open for a moment."""
    for _ in range(_ATTEMPTS):
        if _libc.umount2(os.fsencode(target), 0) == 0:
            return
        if ctypes.get_errno() != errno.EBUSY:
            break
        time.sleep(_PAUSE)
    _checked(_libc.umount2(os.fsencode(target), _MNT_DETACH), f"unmount {target.name}")


def flush_file_system(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        _checked(_libc.syncfs(descriptor), "syncfs")
    finally:
        os.close(descriptor)


class Loop:
    """A block device on a file, to be closed. `device` is its path."""

    def __init__(self, file: Path) -> None:
        self._descriptor = -1
        backing = os.open(file, os.O_RDWR)
        control = os.open("/dev/loop-control", os.O_RDWR)
        try:
            self._attach(backing, control)
        finally:
            os.close(control)
            os.close(backing)

    def _attach(self, backing: int, control: int) -> None:
        # Between the two calls another process may take the device.
        for _ in range(_ATTEMPTS):
            number = fcntl.ioctl(control, _LOOP_CTL_GET_FREE)
            self.device = f"/dev/loop{number}"
            descriptor = os.open(self.device, os.O_RDWR)
            info = bytearray(_LOOP_INFO)
            struct.pack_into("I", info, 52, _LO_FLAGS_AUTOCLEAR)
            config = bytearray(struct.pack("II", backing, 0) + info + bytes(64))
            try:
                fcntl.ioctl(descriptor, _LOOP_CONFIGURE, config)
            except OSError as error:
                os.close(descriptor)
                if error.errno != errno.EBUSY:
                    raise
                time.sleep(_PAUSE)
            else:
                self._descriptor = descriptor
                return
        raise OSError(errno.EBUSY, "no free loop device")

    def close(self) -> None:
        if self._descriptor >= 0:
            fcntl.ioctl(self._descriptor, _LOOP_CLR_FD)
            os.close(self._descriptor)
            self._descriptor = -1

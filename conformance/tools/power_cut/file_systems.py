"""The file systems of the tests: small, and otherwise with default options."""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
from pathlib import Path
from typing import NamedTuple

from conformance.tools.power_cut import kernel
from conformance.tools.power_cut.states import BLOCK, Blocks

_MIB = 1 << 20
_BTRFS_START_SYNC, _BTRFS_WAIT_SYNC = 0x80089418, 0x40089416


class FileSystem(NamedTuple):
    """How a file system is made and mounted."""

    name: str
    program: str
    package: str
    size: int
    options: tuple[str, ...]

    def make_command(self, image: Path) -> list[str]:
        return [find(self.program) or self.program, *self.options, str(image)]

    def mount(self, device: str, target: Path, *, read_only: bool = False) -> None:
        """Mount; what a power cut has left in the journal is replayed, also if read-only."""
        flags = kernel.MS_NOATIME | (kernel.MS_RDONLY if read_only else 0)
        kernel.mount(device, target, self.name, "", flags)

    def commit(self, descriptor: int) -> None:
        """What the system does every few seconds: it commits all names and no content.

        A flush of any file does this on ext4 and XFS. On btrfs it does not, but there is a call.
        """
        os.pwrite(descriptor, os.urandom(8), 0)
        os.fsync(descriptor)
        if self.name == "btrfs":
            transaction = fcntl.ioctl(descriptor, _BTRFS_START_SYNC, bytes(8))
            fcntl.ioctl(descriptor, _BTRFS_WAIT_SYNC, struct.pack("8s", transaction))


# XFS wants 300 MB, btrfs 109 MB. What is not written takes no room.
FILE_SYSTEMS = {
    each.name: each
    for each in (
        FileSystem(
            *("ext4", "mkfs.ext4", "e2fsprogs", 32 * _MIB),
            ("-q", "-F", "-b", "4096", "-J", "size=4", "-E", "nodiscard,lazy_itable_init=0"),
        ),
        FileSystem("xfs", "mkfs.xfs", "xfsprogs", 300 * _MIB, ("-q", "-f", "-K")),
        # By default it writes all metadata twice, beside each other.
        FileSystem(
            *("btrfs", "mkfs.btrfs", "btrfs-progs", 128 * _MIB),
            ("-q", "-f", "-K", "-m", "single"),
        ),
    )
}


def find(program: str) -> str | None:
    """The path of a program, which may be where only root looks."""
    places = os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"
    return shutil.which(program, path=os.pathsep.join(places))


def read_blocks(image: Path) -> Blocks:
    """The blocks of an image that are not all zeros."""
    blocks = Blocks()
    zeros = bytes(BLOCK)
    with image.open("rb") as file:
        size, position = image.stat().st_size, 0
        while position < size:
            try:
                position = os.lseek(file.fileno(), position, os.SEEK_DATA)
            except OSError:  # no data after this
                break
            end = os.lseek(file.fileno(), position, os.SEEK_HOLE)
            for offset in range(position // BLOCK * BLOCK, end, BLOCK):
                data = os.pread(file.fileno(), BLOCK, offset)
                if data != zeros:
                    blocks[offset // BLOCK] = data
            position = end
    return blocks

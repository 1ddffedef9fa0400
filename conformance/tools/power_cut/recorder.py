"""A disk that records: a file, served in user space, whose writes and flushes are logged.

`RecordingDisk` mounts a file of a FUSE file system over an empty file. A process of its own,
`python -m conformance.tools.power_cut.recorder`, responds to the kernel: were it a thread, and were
this process killed while it waits for the disk, nobody would respond, and the process would never
end. The protocol of /dev/fuse is spoken directly, since one file needs eight of its requests and
no library.

It responds to one request at a time, and only after the request is in the log. So what
was written before a flush is before it in the log, and the length of the log when a response of an
adapter arrives divides what happened before it from what may have happened after it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from conformance.tools.power_cut import kernel

_FORGET, _GETATTR, _OPEN, _READ, _WRITE = 2, 3, 14, 15, 16
_RELEASE, _FSYNC, _FLUSH, _INIT, _INTERRUPT, _BATCH_FORGET, _DESTROY = 18, 20, 25, 26, 36, 42, 38
_NOT_ANSWERED = (_FORGET, _INTERRUPT, _BATCH_FORGET)
_DIRECT_IO = 1  # of an opened file: the kernel keeps no pages of it
_BIG_WRITES, _MAX_PAGES = 1 << 5, 1 << 22
_LONGEST_WRITE = 1 << 17
_REQUEST = struct.Struct("IIQQIIII")
_HEADER = struct.Struct("<QI")  # of a record: offset and length; a flush has neither
_FLUSH_MARK = (1 << 64) - 1


class Write(NamedTuple):
    """Some bytes that were written to the disk."""

    offset: int
    data: bytes


Record = Write | None  # None is a flush


class RecordingDisk:
    """The disk, as a file that a loop device can be attached to. To be closed."""

    def __init__(self, image: Path, log: Path, target: Path) -> None:
        self._target = target
        target.touch()
        descriptor = os.open("/dev/fuse", os.O_RDWR)
        try:
            options = f"fd={descriptor},rootmode=100600,user_id=0,group_id=0,allow_other"
            kernel.mount("rckp-power-cut", target, "fuse", options)
            words = [sys.executable, "-m", __name__, str(descriptor), str(image), str(log)]
            self._process = subprocess.Popen(
                words, pass_fds=[descriptor], start_new_session=True, stdin=subprocess.DEVNULL
            )
        finally:
            os.close(descriptor)
        self._log = log
        target.stat()  # waits for the process
        self.path = target

    def position(self) -> int:
        """The length of the log now."""
        return self._log.stat().st_size

    def close(self) -> None:
        with contextlib.suppress(OSError):
            kernel.unmount(self._target)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def records(log: bytes) -> Iterator[tuple[int, Record]]:
    """Each record of a log, and the position in the log where it ends."""
    position = 0
    while position < len(log):
        offset, length = _HEADER.unpack_from(log, position)
        position += _HEADER.size
        data = log[position : position + length]
        position += length
        yield position, None if offset == _FLUSH_MARK else Write(offset, data)


class _Server:
    def __init__(self, image: Path, log: Path) -> None:
        self._image = os.open(image, os.O_RDWR)
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._size = os.fstat(self._image).st_size
        self._requests: dict[int, Callable[[bytes], bytes]] = {
            _INIT: self._init,
            _GETATTR: self._getattr,
            _OPEN: lambda _: struct.pack("QIi", 0, _DIRECT_IO, 0),
            _READ: self._read,
            _WRITE: self._write,
            _FSYNC: self._fsync,
            _FLUSH: lambda _: b"",
            _RELEASE: lambda _: b"",
            _DESTROY: lambda _: b"",
        }

    def serve(self, fuse: int) -> None:
        while True:
            try:
                message = os.read(fuse, _LONGEST_WRITE + 4096)
            except InterruptedError:
                continue
            except OSError as error:
                if error.errno == errno.ENODEV:  # unmounted
                    return
                if error.errno == errno.ENOENT:  # the request was withdrawn
                    continue
                raise
            _, operation, unique, *_ = _REQUEST.unpack_from(message)
            if operation in _NOT_ANSWERED:
                continue
            response, failure = b"", 0
            if operation in self._requests:
                response = self._requests[operation](message[_REQUEST.size :])
            else:
                failure = -errno.ENOSYS
            reply = struct.pack("IiQ", 16 + len(response), failure, unique)
            with contextlib.suppress(FileNotFoundError):  # the request was withdrawn
                os.writev(fuse, (reply, response))

    def _init(self, given: bytes) -> bytes:
        major, minor, ahead, offered = struct.unpack_from("IIII", given)
        flags = offered & (_BIG_WRITES | _MAX_PAGES)
        pages = _LONGEST_WRITE // 4096
        head = struct.pack(
            "IIIIHHIIHHI",
            major,
            min(minor, 31),
            ahead,
            flags,
            16,
            12,
            _LONGEST_WRITE,
            1,
            pages,
            0,
            0,
        )
        return head + bytes(64 - len(head))

    def _getattr(self, _given: bytes) -> bytes:
        numbers = 1, self._size, self._size // 512, 0, 0, 0, 0, 0, 0
        attributes = struct.pack("QQQQQQIII", *numbers) + struct.pack(
            "IIIIIII", 0o100600, 1, 0, 0, 0, 4096, 0
        )
        return struct.pack("QII", 3600, 0, 0) + attributes

    def _read(self, given: bytes) -> bytes:
        _, offset, length = struct.unpack_from("QQI", given)
        return os.pread(self._image, length, offset)

    def _write(self, given: bytes) -> bytes:
        _, offset, length = struct.unpack_from("QQI", given)
        data = given[40 : 40 + length]
        os.pwrite(self._image, data, offset)
        os.writev(self._log, (_HEADER.pack(offset, length), data))
        return struct.pack("II", length, 0)

    def _fsync(self, _given: bytes) -> bytes:
        os.write(self._log, _HEADER.pack(_FLUSH_MARK, 0))
        return b""


def main(arguments: list[str]) -> None:
    """Serve until the file is unmounted. Ctrl-C is for the process that will unmount it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    fuse, image, log = arguments
    _Server(Path(image), Path(log)).serve(int(fuse))


if __name__ == "__main__":
    main(sys.argv[1:])

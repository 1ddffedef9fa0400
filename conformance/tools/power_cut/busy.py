"""Another program that flushes a file of its own between any two system calls of an adapter.

On most file systems this commits what the adapter has done to names, and not the content of its
files. A journal does the same every few seconds, at a moment that nobody chooses. strace delays
the adapter after each call that changes a file, so that there is time for it.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.tools.power_cut.file_systems import FileSystem

_CALLS = (
    "openat,write,writev,pwrite64,pwritev,ftruncate,fsync,fdatasync,sync_file_range,"
    "mkdir,mkdirat,link,linkat,rename,renameat,renameat2,unlink,unlinkat"
)
_DELAY = 15_000  # microseconds
_PAUSE = 0.01  # seconds


@contextmanager
def neighbour(file_system: FileSystem, file: Path) -> Iterator[None]:
    """Flush the file again and again."""
    ended = threading.Event()

    def work() -> None:
        descriptor = os.open(file, os.O_WRONLY)
        try:
            while not ended.is_set():
                file_system.commit(descriptor)
                time.sleep(_PAUSE)
        finally:
            os.close(descriptor)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def delayed(pid: int) -> Iterator[None]:
    """Delay a process and all its threads after each call that changes a file."""
    inject = f"inject={_CALLS}:delay_exit={_DELAY}"
    words = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={_CALLS}", "-e", inject]
    with subprocess.Popen([*words, "-p", str(pid)], stderr=subprocess.PIPE, text=True) as tracer:
        try:
            assert tracer.stderr
            line = tracer.stderr.readline()
            if "attached" not in line:
                raise OSError(f"strace could not attach: {line.strip()}")
            yield
        finally:
            tracer.terminate()

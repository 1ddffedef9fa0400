"""The processes of an adapter: all of them are found and ended, whatever session they are in.

A process group reaches most. On Linux, those that have left it are found in /proc by a marker in
their environment, by their descent, and, if they have lost both, as orphans that the runner
adopts. Elsewhere, a child in a session of its own is not found.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

MARKER = "RCKP_ADAPTER"
_ROUNDS = 50  # of looking for processes that were forked while others were killed
_PR_SET_CHILD_SUBREAPER = 36
_CLOCK = 2  # of a process: see clock_getcpuclockid


def new_marker() -> str:
    """Return a text that no other process has in its environment."""
    return f"{os.getpid()}-{os.urandom(8).hex()}"


def adopt_orphans() -> bool:
    """Make this process the parent of descendants whose parent ends. Return whether it is.

    Only for a process whose children are all adapters: see `end_orphans`.
    """
    if not sys.platform.startswith("linux"):
        return False
    import ctypes  # only for this

    with contextlib.suppress(OSError, AttributeError):
        return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)
    return False


def descendants(pid: int) -> list[int]:
    """Return the children of a process, theirs, and so on. Linux only; elsewhere none."""
    found = [pid]
    for each in found:
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{each}/task"):
                found += map(int, _read(f"/proc/{each}/task/{thread}/children").split())
    return found[1:]


def end_all(pid: int, marker: str) -> None:
    """Kill the process `pid`, its group, its descendants and all that have the marker.

    `pid` is a child that has not been waited for, so that its number is still its own.
    """
    family = set(descendants(pid))
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    for _ in range(_ROUNDS):
        family |= {each for known in tuple(family) for each in descendants(known)}
        found = family | set(_processes_with_marker(marker))
        killed = [each for each in found if each not in (pid, os.getpid()) and _kill(each)]
        family.clear()
        if not killed:
            return


def end_orphans() -> None:
    """Kill and wait for every child of this process. For one that has adopted orphans."""
    for _ in range(_ROUNDS):
        children = descendants(os.getpid())
        for each in children:
            _kill(each)
        with contextlib.suppress(ChildProcessError):
            while children and os.waitpid(-1, 0)[0]:
                pass
        if not children:
            return


def _processes_with_marker(marker: str) -> list[int]:
    """Return the other processes that have the marker, as far as they can be read."""
    wanted = f"{MARKER}={marker}".encode()
    with contextlib.suppress(OSError):
        return [
            int(name)
            for name in os.listdir("/proc")
            if name.isdecimal() and wanted in _read(f"/proc/{name}/environ").split(b"\0")
        ]
    return []


def _kill(pid: int) -> bool:
    """Kill a process; return whether it was running. A zombie is reaped if it is ours."""
    try:
        state = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()[0]
        if state not in (b"Z", b"X"):
            os.kill(pid, signal.SIGKILL)
            return True
    except (OSError, IndexError):
        pass
    return False


def _read(path: str) -> bytes:
    """Return the contents of a file of the system; nothing if it cannot be read."""
    with contextlib.suppress(OSError), open(path, "rb", 0) as file:
        return file.read()
    return b""


def processor_time(process: int) -> float:
    """Return the processor time of a running process in seconds. Raise `OSError`. Linux only."""
    return time.clock_gettime(~process << 3 | _CLOCK)

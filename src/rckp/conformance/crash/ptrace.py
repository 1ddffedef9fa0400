"""Threads of another process, stopped at each system call. Linux on x86-64 and AArch64.

strace can inject errors, too, but it counts the calls of each thread separately and cannot choose
them by the directory that they concern. Both are needed here: see docs/decisions.md.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from collections.abc import Callable
from typing import NamedTuple

_CONT, _SYSCALL = 7, 24
_SEIZE, _INTERRUPT, _LISTEN = 0x4206, 0x4207, 0x4208
_GETREGSET, _SETREGSET = 0x4204, 0x4205
_GET_SYSCALL_INFO = 0x420E
_SYSGOOD, _FORK, _VFORK, _CLONE, _EXEC, _EXITKILL = 1, 2, 4, 8, 16, 1 << 20
_OPTIONS = _SYSGOOD | _FORK | _VFORK | _CLONE | _EXEC | _EXITKILL
_NT_PRSTATUS, _NT_ARM_SYSTEM_CALL = 1, 0x404
_ENTRY, _EXIT = 1, 2

EVENT_STOP = 128
MACHINES = ("x86_64", "aarch64")
MACHINE = os.uname().machine if hasattr(os, "uname") else ""


def unsupported_reason() -> str:
    """Why system calls cannot be traced here, as a sentence; empty if they can."""
    if not sys.platform.startswith("linux"):
        return "The crash tests trace system calls: they need Linux."
    if MACHINE not in MACHINES:
        return f"The crash tests need a machine of the type {' or '.join(MACHINES)}, not {MACHINE}."
    return ""


class _Layout(NamedTuple):
    """Where the registers of a machine hold a system call, as indices of 64-bit words."""

    words: int
    result: int
    arguments: tuple[int, ...]
    number: int | None  # None: a register set of its own


_LAYOUT = {
    "x86_64": _Layout(27, 10, (14, 13, 12, 7, 9, 8), 15),
    "aarch64": _Layout(34, 0, (0, 1, 2, 3, 4, 5), None),
}


class _Info(ctypes.Structure):
    _fields_ = (
        ("op", ctypes.c_uint8),
        ("padding", ctypes.c_uint8 * 3),
        ("arch", ctypes.c_uint32),
        ("instruction_pointer", ctypes.c_uint64),
        ("stack_pointer", ctypes.c_uint64),
        ("words", ctypes.c_uint64 * 8),
    )


_INFO = _Info()  # filled at each stop


class _Vector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class Entry(NamedTuple):
    """A thread is about to make a system call."""

    number: int
    arguments: tuple[int, ...]  # six words


class Exit(NamedTuple):
    """A system call of a thread has returned; negative results are errors."""

    result: int


def seize(thread: int) -> None:
    """Begin to trace a thread, which stops soon. Raise `OSError`."""
    _call(_SEIZE, thread, 0, _OPTIONS)
    interrupt(thread)


def interrupt(thread: int) -> None:
    """Let a traced thread stop soon; a system call in which it waits is begun again."""
    _call(_INTERRUPT, thread, 0, 0)


def let_run(thread: int, signal: int = 0) -> None:
    """Let a stopped thread go on, whatever system calls it makes."""
    _call(_CONT, thread, 0, signal)


def resume(thread: int, signal: int = 0) -> None:
    """Let a stopped thread go on until its next system call begins or ends."""
    _call(_SYSCALL, thread, 0, signal)


def listen(thread: int) -> None:
    """Leave a thread in its group stop."""
    _call(_LISTEN, thread, 0, 0)


def stop(thread: int) -> Entry | Exit | None:
    """Return what a thread that stopped at a system call does. Raise `OSError`."""
    info = _INFO
    _call(_GET_SYSCALL_INFO, thread, ctypes.sizeof(info), ctypes.addressof(info))
    if info.op == _ENTRY:
        return Entry(info.words[0], tuple(info.words[1:7]))
    if info.op == _EXIT:
        return Exit(ctypes.c_int64(info.words[0]).value)
    return None


def skip(thread: int) -> None:
    """Make no system call at all, in a thread that is about to make one."""
    layout = _LAYOUT[MACHINE]
    if layout.number is None:
        number = ctypes.c_int(-1)
        _set(thread, _NT_ARM_SYSTEM_CALL, number)
    else:
        _change(thread, layout.number, -1)


def set_result(thread: int, result: int) -> None:
    """Change the result of a system call that has returned."""
    _change(thread, _LAYOUT[MACHINE].result, result)


def set_argument(thread: int, at: int, value: int) -> None:
    """Change an argument of a system call that is about to be made."""
    _change(thread, _LAYOUT[MACHINE].arguments[at], value)


def read_memory(thread: int, address: int, size: int) -> bytes:
    """Return up to `size` bytes of the memory of a stopped thread. Raise `OSError`."""
    file = os.open(f"/proc/{thread}/mem", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.pread(file, size, address)
    finally:
        os.close(file)


def read_text(thread: int, address: int, limit: int = 4096) -> bytes:
    """Return the bytes before the next NUL. Raise `OSError`."""
    found = b""
    while b"\0" not in found and len(found) < limit:
        # Not beyond a page, the next of which may not be there.
        size = 4096 - (address + len(found)) % 4096
        found += read_memory(thread, address + len(found), size)
    return found.partition(b"\0")[0]


def write_memory(thread: int, address: int, data: bytes) -> None:
    """Change the memory of a stopped thread. Raise `OSError`."""
    file = os.open(f"/proc/{thread}/mem", os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.pwrite(file, data, address)
    finally:
        os.close(file)


def _change(thread: int, word: int, value: int) -> None:
    registers = (ctypes.c_uint64 * _LAYOUT[MACHINE].words)()
    vector = _Vector(ctypes.addressof(registers), ctypes.sizeof(registers))
    _call(_GETREGSET, thread, _NT_PRSTATUS, ctypes.addressof(vector))
    registers[word] = value & (1 << 64) - 1
    _call(_SETREGSET, thread, _NT_PRSTATUS, ctypes.addressof(vector))


def _set(thread: int, kind: int, value: ctypes.c_int) -> None:
    vector = _Vector(ctypes.addressof(value), ctypes.sizeof(value))
    _call(_SETREGSET, thread, kind, ctypes.addressof(vector))


def _call(request: int, thread: int, address: int, data: int) -> None:
    if _ptrace()(request, thread, address, data) == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@functools.cache
def _ptrace() -> Callable[[int, int, int, int], int]:
    function = ctypes.CDLL(None, use_errno=True).ptrace
    function.argtypes = (ctypes.c_ulong, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    function.restype = ctypes.c_long
    return function

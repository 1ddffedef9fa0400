"""What can be on the disk after a power cut, by a model of a disk behind a cache.

The calls that strace recorded are replayed. Until a file is flushed, its content on the disk
may be that of its last flush, the new one, or something torn between the two; until a
directory is flushed, any of the changes to its names since the last flush may be on the
disk and any other may not, in any combination. A rename is one change. That is less than
the file systems in use promise, and all that can be relied on everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, combinations, product

from conformance.tests.crash.scenarios import Tree, plain
from conformance.tests.crash.tracing import MARK, Call

# These change nothing that a power cut could take, and are skipped.
HARMLESS = {
    *("SIGCONT", "SIGSTOP", "brk", "clock_nanosleep", "fchmod", "fchmodat", "fchmodat2"),
    *("fchown", "fcntl", "flock"),
    *("fstat", "futex", "getdents64", "getpid", "getppid", "getrandom", "gettid", "lseek"),
    *("madvise", "mmap", "mremap", "munmap", "newfstatat", "pread64", "read", "rt_sigaction"),
    "statx",
}


class File:
    """The written content of a file, and the content at its last flush."""

    def __init__(self, content: bytes = b"", flushed: bytes = b"") -> None:
        self.content, self.flushed = content, flushed

    def possible(self) -> set[bytes]:
        size = len(self.content)
        torn = {b"", self.content[: size // 2], bytes(size)} if size else set()
        return (
            {self.content}
            if self.content == self.flushed
            else {
                self.flushed,
                self.content,
                *torn,
            }
        )


class Directory:
    """The names on the disk, and the changes since, each of some names at once."""

    def __init__(self) -> None:
        self.flushed: dict[str, File | Directory] = {}
        self.changes: list[dict[str, File | Directory | None]] = []

    def now(
        self, changes: tuple[dict[str, File | Directory | None], ...]
    ) -> dict[str, File | Directory]:
        names: dict[str, File | Directory | None] = dict(self.flushed)
        for change in changes:
            names |= change
        return {name: entry for name, entry in names.items() if entry is not None}

    def entries(self) -> dict[str, File | Directory]:
        """The names that processes see."""
        return self.now(tuple(self.changes))

    def possible(self) -> Iterator[dict[str, File | Directory]]:
        """The names as they may be on the disk."""
        sizes = range(len(self.changes) + 1)
        for kept in chain.from_iterable(combinations(self.changes, size) for size in sizes):
            yield self.now(kept)

    def flush(self) -> None:
        self.flushed, self.changes = self.entries(), []


class Disk:
    """The contents of a directory; flushed, except the directories `made` on a path."""

    def __init__(self, place: str, tree: Tree, made: str = "") -> None:
        self._place = place
        self._top = Directory()
        self._open: dict[int, File | Directory] = {}
        for path, data in tree.items():
            directory = self._top
            *parents, name = ("base/" + path).split("/")
            for parent in parents:
                below = directory.flushed.setdefault(parent, Directory())
                assert isinstance(below, Directory)
                directory = below
            directory.flushed[name] = File(data, data)
        directory = self._top
        for name in filter(None, made.split("/")):
            below = Directory()
            directory.changes.append({name: below})
            directory = below

    def trees(self) -> Iterator[Tree]:
        """Each state that a power cut at this moment may leave, without temporary files."""
        yield from _trees(self._top, "")

    def do(self, call: Call) -> bool:
        """Replay a call. Return whether it can have changed `trees`."""
        if call.name in HARMLESS or call.result.startswith("-1") or self._is_elsewhere(call):
            return False
        getattr(self, f"_{call.name}")(call)
        return call.name not in {"openat", "close"} or "O_CREAT" in call.arguments

    def _is_elsewhere(self, call: Call) -> bool:
        """Return whether a call only reads a file outside the directory, such as one in /proc."""
        path = re.fullmatch(r'AT_FDCWD, "(.*?)", O_RDONLY.*', call.arguments)
        if call.name != "openat" or path is None:
            return False
        return not _bytes(path[1]).decode().startswith(self._place)

    def _openat(self, call: Call) -> None:
        directory, name = self._find(call, 0)
        entry = directory.entries().get(name) if name else directory
        if entry is None:
            assert "O_CREAT" in call.arguments
            entry = File()
            directory.changes.append({name: entry})
        elif "O_TRUNC" in call.arguments:
            assert isinstance(entry, File)
            entry.content = b""
        self._open[int(call.result.split()[0])] = entry

    def _close(self, call: Call) -> None:
        self._open.pop(int(call.arguments), None)

    def _writev(self, call: Call) -> None:
        file = self._open[int(call.arguments.partition(",")[0])]
        assert isinstance(file, File)
        written = b"".join(map(_bytes, re.findall(r'iov_base="(.*?)"', call.arguments)))
        assert len(written) == int(call.result)
        file.content += written

    def _fsync(self, call: Call) -> None:
        entry = self._open[int(call.arguments)]
        if isinstance(entry, File):
            entry.flushed = entry.content
        else:
            entry.flush()

    def _mkdirat(self, call: Call) -> None:
        directory, name = self._find(call, 0)
        directory.changes.append({name: Directory()})

    _mkdir = _mkdirat

    def _unlinkat(self, call: Call) -> None:
        directory, name = self._find(call, 0)
        directory.changes.append({name: None})

    def _linkat(self, call: Call) -> None:
        (directory, old), (same, new) = self._find(call, 0), self._find(call, 1)
        assert directory is same
        directory.changes.append({new: directory.entries()[old]})

    def _renameat(self, call: Call) -> None:
        (directory, old), (same, new) = self._find(call, 0), self._find(call, 1)
        assert directory is same
        directory.changes.append({new: directory.entries()[old], old: None})

    _renameat2 = _renameat

    def _find(self, call: Call, number: int) -> tuple[Directory, str]:
        """The directory and the name that the paths in a call lead to."""
        found = re.findall(r'(?:(\d+|AT_FDCWD), )?"(.*?)"', call.arguments)[number]
        path = _bytes(found[1]).decode()
        if path.startswith("/"):
            *parents, name = path.removeprefix(self._place).strip("/").split("/")
            directory = self._top
            for parent in parents:
                below = directory.entries()[parent]
                assert isinstance(below, Directory)
                directory = below
            return directory, name
        opened = self._open[int(found[0])]
        assert isinstance(opened, Directory)
        return opened, path


def _trees(directory: Directory, path: str) -> Iterator[Tree]:
    for names in directory.possible():
        parts: list[list[Tree]] = []
        for name, entry in names.items():
            below = f"{path}/{name}"
            if isinstance(entry, Directory):
                parts.append(list(_trees(entry, below)))
            elif not re.search(r"\.tmp$", name):
                shown = plain(below.removeprefix("/base/"))
                parts.append([{shown: content} for content in entry.possible()])
        for chosen in product(*parts):
            yield {name: data for tree in chosen for name, data in tree.items()}


def _bytes(text: str) -> bytes:
    """A string as `strace -xx` writes it."""
    return bytes.fromhex(text.replace("\\x", ""))


def trees_by_step(
    calls: list[Call], place: str, tree: Tree, made: str = ""
) -> dict[int, list[Tree]]:
    """The states that a power cut may leave of a scenario, by how many steps have returned."""
    disk = Disk(place, tree, made)
    last = max(call.step for call in calls)
    found: dict[int, list[Tree]] = {}
    for call in calls:
        if call.step == 0 or not (disk.do(call) or call.name == MARK):
            continue
        known = found.setdefault(call.step - 1, [])
        known += [each for each in disk.trees() if each not in known]
        if call.step == last:
            break
    return found


def losses(
    calls: list[Call], place: str, trees: list[Tree], durability: str, made: str = ""
) -> tuple[int, list[str]]:
    """How many states a power cut may leave of a recorded scenario, and those that are wrong.

    It was recorded by `strace -xx`. `made` is a path whose directories another process
    has made and not flushed.
    `full` promises that the state is at least that of the last step that has returned;
    `file` that it is one of those so far.
    """
    disk = Disk(place, trees[0], made)
    last = max(call.step for call in calls)
    wrong: list[str] = []
    number = 0
    for call in calls:
        if call.step == 0 or not (disk.do(call) or call.name == MARK):
            continue
        returned = len(trees) - 1 if call.step == last else call.step - 1
        allowed = trees[returned:] if durability == "full" else trees
        for tree in disk.trees():
            number += 1
            if tree not in allowed:
                shown = {name: len(data) for name, data in tree.items()}
                wrong.append(f"after {call.name}({call.arguments[:80]}): {shown}")
        if call.step == last:
            break
    return number, wrong

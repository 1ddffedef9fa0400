"""`-j`: work on files in this process, or in workers that are started only if they save time."""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from itertools import islice
from typing import Generic, TypeVar

from rckp.validation.batch import VALIDATION, run_parallel, run_serial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from typing import Self

    from rckp.validation.batch import BatchItem, FileWork, R, Sent
    from rckp.validation.validate import Report
    from rckp.validation.worker_pool import WorkerPool

_POLL_INTERVAL = 0.1  # seconds of validation after which to look whether processes pay
_MIN_REMAINING_WORK = (
    0.4  # seconds of remaining work before workers start; docs/validate.md has the figures
)
_MAX_LOOKAHEAD = 50_000  # files that are looked at ahead, at most
_IN_FLIGHT = 4  # chunks for each process
_CHUNK = 2048  # files
_SWITCH = 0.0005  # seconds

Item = TypeVar("Item")


class ParallelValidator:
    """Validate items in order, with up to `jobs` processes; 0 is as many as there are processors.

    What ends the `with` ends the processes, whatever they are doing.
    """

    def __init__(self, jobs: int, now_ms: int) -> None:
        self._jobs = jobs or _processors()
        self._now_ms = now_ms
        self._processes: WorkerPool | None = None
        self._looks_ahead = False

    def wants_paths(self) -> bool:
        """Whether the next items should be paths, because others may do the work on them.

        Otherwise the iterator may do it itself.
        """
        return self._looks_ahead

    def validate(self, items: Iterator[BatchItem]) -> Iterator[tuple[Report, bool]]:
        """A report for each item, and whether a person named the file."""
        return self.run(items, VALIDATION)

    def run(
        self, items: Iterator[tuple[str | R, bool]], work: FileWork[R, Sent]
    ) -> Iterator[tuple[R, bool]]:
        """The result of the work on each item, and whether a person named the file.

        Starting processes takes as long as validating thousands of small files. So the work begins
        in this process. Every `_POLL_INTERVAL` seconds of work, the time for the files ahead is
        estimated from the last ones. If it is long enough, processes are started; until the first
        of them is ready, this one goes on.
        """
        if self._jobs == 1:
            yield from run_serial(items, self._now_ms, work)
            return
        ahead = _Lookahead(items)
        spent, number = 0.0, 0
        ready: Future[int] | None = None
        start = time.perf_counter()
        for item, named in ahead:
            result = work.one(item, named, self._now_ms) if isinstance(item, str) else item
            spent += time.perf_counter() - start
            number += 1
            yield result, named
            if ready is not None and ready.done():
                break
            if ready is None and spent > _POLL_INTERVAL:
                self._looks_ahead = True
                if ahead.has(min(_MAX_LOOKAHEAD, int(_MIN_REMAINING_WORK * number / spent) + 1)):
                    ready = self._begin()
                else:
                    self._looks_ahead = False
                spent, number = 0.0, 0
            start = time.perf_counter()
        if self._processes is not None:
            yield from run_parallel(
                ahead,
                self._processes,
                self._now_ms,
                work,
                chunk=_CHUNK,
                in_flight=_IN_FLIGHT * self._jobs,
            )

    def _begin(self) -> Future[int]:
        from rckp.validation.worker_pool import WorkerPool  # slow to import

        self._processes = WorkerPool(self._jobs)
        # The threads that feed the processes must not wait long for the one that prints.
        sys.setswitchinterval(_SWITCH)
        begun = [self._processes.submit(os.getpid) for _ in range(self._jobs)]
        return begun[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._processes is not None:
            self._processes.kill()


class _Lookahead(Generic[Item]):
    """Items that can be looked at before they are taken."""

    def __init__(self, items: Iterator[Item]) -> None:
        self._items = items
        self._seen: deque[Item] = deque()

    def has(self, number: int) -> bool:
        """Return whether at least so many items follow."""
        self._seen.extend(islice(self._items, max(0, number - len(self._seen))))
        return len(self._seen) >= number

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Item:
        return self._seen.popleft() if self._seen else next(self._items)


def _processors() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))  # a job may have been given a few of them
    return os.cpu_count() or 1

"""Work on many files by an executor, with results in order; `validate_many` is one such work."""

from __future__ import annotations

import os
import time
from collections import deque
from functools import partial
from itertools import islice
from typing import Generic, NamedTuple, TypeVar

from rckp.files.regular_file import SourceError
from rckp.log import warn
from rckp.validation import routine_files
from rckp.validation.routine_files import RoutineFiles
from rckp.validation.validate import (
    Report,
    promote_warnings,
    unreadable_report,
    validate_file,
    validate_opened,
    validate_small,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor, Future

    from rckp.files.directory import Directory

    # A path to validate, or a finished report; and whether a person named it, so that it may be
    # a symbolic link.
    BatchItem = tuple[str | Report, bool]
    PathTask = tuple[str, bool]
    ChunkFunction = Callable[[list[PathTask], int], tuple[float, list["Sent"]]]
    RunKey = tuple[str, int, int]
    # For a valid file without findings, only the run: the caller knows the rest.
    TaskResult = Report | RunKey | None

# As a call of the class, in a third of the time less.
_new: Callable[[type[Report], tuple[object, ...]], Report] = tuple.__new__

CHUNK = 512  # files
IN_FLIGHT = 32  # chunks

R = TypeVar("R")
Sent = TypeVar("Sent")

_FIRST_CHUNK = 4  # files; they may be of a gigabyte each
_CHUNK_SECONDS = 0.05  # so long should a chunk take; much more than to send it


class FileWork(NamedTuple, Generic[R, Sent]):
    """What is done with each file; the result is any type but a string.

    `one(path, named, now_ms)` returns the result of a file and never raises an `Exception`.
    `chunk(tasks, now_ms)` is a function of a module. It runs in a worker, and returns the seconds
    that it took and what is sent back for each file. `unpack(path, sent)` returns the result.
    `unreadable(path, reason)` is what would be sent for a file that ends the process that reads it.
    """

    one: Callable[[str, bool, int], R]
    chunk: ChunkFunction[Sent]
    unpack: Callable[[str, Sent], R]
    unreadable: Callable[[str, str], Sent]


def validate_many(
    paths: Iterable[str | os.PathLike[str]],
    *,
    executor: Executor | None = None,
    strict: bool = False,
    now_ms: int | None = None,
    chunk: int = CHUNK,
    in_flight: int = IN_FLIGHT,
) -> Iterator[Report]:
    """Yield the report of `validate` for each path, in the order of the paths.

    `executor` is any `concurrent.futures.Executor`: of threads, of processes, or of a
    `dask.distributed` cluster whose machines see the same files. Without it, this process does
    the work. The executor gets at most `in_flight` chunks of at most `chunk` paths at a time. The
    paths are consumed as needed, so that memory does not grow with their number. The executor is
    not shut down.

    `strict` and `now_ms` are as for `validate`. A file that cannot be read is reported with
    `valid` None. If the executor loses work, for example because a worker died, the loss is
    logged, and the files are read again in a new process on this machine. A file that ends this
    process as well is reported as `unreadable`.

    Raise what the iteration over `paths` raises, after the reports of the paths before, and
    `ValueError` for a `chunk` or an `in_flight` below 1.
    """
    if chunk < 1 or in_flight < 1:
        raise ValueError("chunk and in_flight must be at least 1")
    if now_ms is None:
        now_ms = time.time_ns() // 1_000_000
    items: Iterator[BatchItem] = ((os.fsdecode(path), True) for path in paths)
    if executor is None:
        reports = run_serial(items, now_ms, VALIDATION)
    else:
        reports = run_parallel(
            items, executor, now_ms, VALIDATION, chunk=chunk, in_flight=in_flight
        )
    return (promote_warnings(report) if strict else report for report, _ in reports)


def run_serial(
    items: Iterable[tuple[str | R, bool]], now_ms: int, work: FileWork[R, Sent]
) -> Iterator[tuple[R, bool]]:
    """Do the work on each item here and now. What is not a path is a result."""
    for item, named in items:
        yield (work.one(item, named, now_ms) if isinstance(item, str) else item), named


def validate_path(path: str, named: bool, now_ms: int) -> Report:
    """The report on one file of many; never raises an `Exception`."""
    return _guarded(path, partial(validate_file, path, now_ms, follow=named))


def _guarded(path: str, validate: Callable[[], Report]) -> Report:
    try:
        return validate()
    except Exception as error:  # such as a MemoryError; the others may do
        return _unreadable(path, f"{type(error).__name__}: {error}")


def validate_entries(directory: Directory, names: Iterable[str], now_ms: int) -> Iterator[Report]:
    """As `validate_path`, of files that a listing has found in an open directory; it is faster.

    Their paths may be longer than the system allows.
    """
    here, start = directory.descriptor, directory.join("")
    place = start.rpartition(os.sep)[0]
    routine = RoutineFiles(cwd_changes=False)
    opened_ns = time.time_ns()
    for name in names:
        data = run = None
        if here is not None and routine_files.ENABLED:
            data = routine_files.read_small(name, opened_ns, follow=False, here=here)
        if data is not None:
            run = routine.run_of(data, place, name, now_ms)
        path = start + name
        if run is not None:
            yield _new(Report, (path, True, (), run, None))
        elif data is None:
            yield _guarded(
                path, partial(validate_opened, path, now_ms, follow=False, directory=here)
            )
        else:
            yield _guarded(
                path,
                partial(validate_small, data, path, now_ms, routine=routine, place=(place, name)),
            )


def run_parallel(
    items: Iterable[tuple[str | R, bool]],
    executor: Executor,
    now_ms: int,
    work: FileWork[R, Sent],
    *,
    chunk: int = CHUNK,
    in_flight: int = IN_FLIGHT,
) -> Iterator[tuple[R, bool]]:
    """As `run_serial`, the work done by an executor."""
    scan = _ChunkDispatcher(executor, now_ms, chunk, work)
    waiting = iter(items)
    sent: deque[
        tuple[list[tuple[str | R, bool]], list[PathTask], Future[tuple[float, list[Sent]]]]
    ] = deque()
    trouble: BaseException | None = None
    try:
        while True:
            while trouble is None and len(sent) < in_flight:
                taken, trouble = _next_chunk(waiting, scan.size)
                if not taken:
                    break
                tasks = [(item, named) for item, named in taken if isinstance(item, str)]
                sent.append((taken, tasks, scan.send(tasks)))
            if not sent:
                break
            taken, tasks, future = sent.popleft()
            results = iter(scan.result(tasks, future))
            for item, named in taken:
                whole = work.unpack(item, next(results)) if isinstance(item, str) else item
                yield whole, named
    finally:
        for _, _, future in sent:
            future.cancel()
        scan.close()
    if trouble is not None:
        raise trouble


def _next_chunk(
    items: Iterator[tuple[str | R, bool]], number: int
) -> tuple[list[tuple[str | R, bool]], Exception | None]:
    taken: list[tuple[str | R, bool]] = []
    try:
        taken.extend(islice(items, number))
    except Exception as error:  # raised when all before it is reported
        return taken, error
    return taken, None


def validate_chunk(tasks: list[PathTask], now_ms: int) -> tuple[float, list[TaskResult]]:
    """Validate some tasks in a worker. Return the seconds that it took, and the results."""
    start = time.perf_counter()
    reports = [validate_path(path, named, now_ms) for path, named in tasks]
    results = [r.run if r.valid and not r.findings else r for r in reports]
    return time.perf_counter() - start, results


def _expand(path: str, result: TaskResult) -> Report:
    return result if isinstance(result, Report) else Report(path, True, (), result)


def _unreadable(path: str, reason: str) -> Report:
    return unreadable_report(path, SourceError("unreadable", path, {"reason": reason}))


VALIDATION: FileWork[Report, TaskResult] = FileWork(
    validate_path, validate_chunk, _expand, _unreadable
)


class _ChunkDispatcher(Generic[R, Sent]):
    """Sends chunks, and does lost chunks again. `size` is the size of the next one."""

    def __init__(
        self, executor: Executor, now_ms: int, chunk: int, work: FileWork[R, Sent]
    ) -> None:
        from rckp.validation.worker_pool import WorkerDiedError, WorkerPool  # slow to import

        self._executor = executor
        self._now_ms = now_ms
        self._chunk = chunk
        self._work = work
        self.size = min(_FIRST_CHUNK, chunk)
        self._alone = WorkerPool(1)
        self._lost = WorkerDiedError
        self._logged = False

    def send(self, tasks: list[PathTask]) -> Future[tuple[float, list[Sent]]]:
        """Submit tasks. An exception of the executor becomes that of the future."""
        try:
            return self._executor.submit(self._work.chunk, tasks, self._now_ms)
        except Exception as error:  # an executor may raise anything
            from concurrent.futures import Future

            failed: Future[tuple[float, list[Sent]]] = Future()
            failed.set_exception(error)
            return failed

    def result(self, tasks: list[PathTask], future: Future[tuple[float, list[Sent]]]) -> list[Sent]:
        """Wait for the results of these tasks, and return them."""
        try:
            seconds, results = future.result()
        except Exception as error:  # an executor may raise anything
            self._log_once(len(tasks), error)
            return self._retry_isolated(tasks)
        if tasks:
            wanted = int(len(tasks) * _CHUNK_SECONDS / max(seconds, 1e-6))
            self.size = max(1, min(wanted, 2 * self.size, self._chunk))
        return results

    def _retry_isolated(self, tasks: list[PathTask]) -> list[Sent]:
        """Do tasks in a separate process. If it dies, do them one by one."""
        try:
            return self._alone.submit(self._work.chunk, tasks, self._now_ms).result()[1]
        except self._lost as error:
            if len(tasks) == 1:
                return [self._work.unreadable(tasks[0][0], f"the process that read it {error}")]
            return [result for each in tasks for result in self._retry_isolated([each])]
        except Exception:  # no process can be started, which is not an error of the file
            return self._work.chunk(tasks, self._now_ms)[1]

    def _log_once(self, number: int, error: BaseException) -> None:
        if self._logged:
            return
        self._logged = True
        warn(
            "the work on %s files was lost and is done again, as will be any more: %s: %s",
            number,
            type(error).__name__,
            error,
            logger="rckp.validation",
        )

    def close(self) -> None:
        """End the started work."""
        self._alone.kill()

"""The life of a run: it starts or is resumed, saves, and ends (LIFE-1 to LIFE-10)."""

from __future__ import annotations

import functools
import logging  # noqa: F401 - not late: a process that cannot save may not be able to import it
import os
import threading
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Generic, NoReturn, ParamSpec, Self, TypeVar

from rckp.errors import DurabilityUncertain, EncodeError, RckpError, SelectionError
from rckp.format.identity import generate_run_id
from rckp.format.record import CheckpointRecord, CheckpointRunStatus
from rckp.log import warn
from rckp.store import run_record, selection
from rckp.store.resumption import select_for_run, usual_path
from rckp.store.run_ownership import Ownership, Sigterm, as_rckp_error, message, reason
from rckp.store.run_record import StepStateCheckpoint, build_checkpoint_record
from rckp.store.schedule import SaveSchedule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from rckp.format.identity import Identity
    from rckp.store.checkpoint_store import CheckpointStore
    from rckp.store.selection import Choose

_OUTSIDE = "a run saves inside its with block only"

State = TypeVar("State", bound=StepStateCheckpoint)
Arguments = ParamSpec("Arguments")


class CheckpointedRun(Generic[State]):
    """A resumable run. Use it in a `with` statement around the computation.

        with CheckpointedRun(store, identity, MyState, resume="latest") as run:
            state = run.state or MyState.start(seed=42)
            while not state.done():
                state = state.step()
                run.report(state)

    `state_type` has the methods of `StepStateCheckpoint`. `resume` selects a checkpoint of this
    identity: `"latest"` selects the run that was started last, `"latest-saved"` the one that was
    saved last, and `"most-advanced"` the one with the most iterations (see `rckp.most_advanced`).
    `"ask"` prompts at the terminal if there are several, a function chooses as in
    `CheckpointStore.select_resume`, and None starts a new run.

    `report(state)` saves the first state of a new run. Then it saves when a multiple of `every`
    iterations has been reached, or when `every_seconds` have passed since the last save. With
    both numbers, it saves at whichever comes first; with neither, `every` is 10. `every` is an
    integer of at least 1, `every_seconds` a number above 0. No thread or timer saves: while a
    step takes long, nothing is saved. A call that saves nothing calls no method of the state but
    `iteration`. The function that `callback` returns reports to a library that calls one.

    In the block, `state` is the restored state or None, `run_id` is the id of the run, and `path`
    is the path of its checkpoint (None before the first save). The first save that fails is
    logged as a warning to the logger `rckp.store`. The run continues, and `last_error` has the
    latest error.

    If the block ends normally, the run is complete, and its checkpoint is deleted. An exception
    marks the last saved checkpoint as failed, with the message. Ctrl-C, SIGTERM and SystemExit
    mark it as interrupted. SIGTERM raises SystemExit(143) if it has no other handler and this is
    the main thread.

    If another live program resumes the same run, the next save detects it: it logs a warning,
    `taken_over` is True, `last_error` has the code `taken-over`, and this run continues without
    saving, marking or deleting [LIFE-10]. In a forked child, `report`, `save` and the end of the
    block do nothing. Threads of the process may call them concurrently. A run cannot be copied
    or sent to another process: that raises `TypeError`. Create one in each process.

    A run can be entered again after its block. Entering it twice at once, and `report` or `save`
    outside of the block, raise `RuntimeError`.

    Entering raises `SelectionError` if the run cannot be resumed, with the code `payload-rejected`
    if `from_payload` raises [LIFE-8], [LIFE-9].
    """

    def __init__(
        self,
        store: CheckpointStore,
        identity: Identity,
        state_type: type[State],
        *,
        resume: str | Choose | None = "latest",
        every: int | None = None,
        every_seconds: float | None = None,
    ) -> None:
        """Raise `ValueError` for an invalid `resume`, `every` or `every_seconds`."""
        if isinstance(resume, str) and resume != "ask" and resume not in selection.RULES:
            names = ", ".join(f'"{name}"' for name in (*selection.RULES, "ask"))
            raise ValueError(f"resume is {names}, a function or None")
        self.store = store
        self.identity = identity
        self.state: State | None = None
        self.run_id: str = ""
        self.path: Path | None = None
        self.last_error: RckpError | None = None
        self.taken_over: bool = False
        self._state_type = state_type
        self._resume = resume
        self._schedule = SaveSchedule(every, every_seconds)
        self._started = 0.0
        self._saved: CheckpointRecord | None = None
        self._newest: CheckpointRecord | None = None  # in a save, the last that was to be written
        self._moved: tuple[Path, Ownership] | None = None  # resumed, and not where a run saves
        self._warned = False
        self._owner: Ownership | None = None  # inside the block
        self._ends = False
        self._sigterm = Sigterm()
        self._lock = threading.RLock()

    def report(self, state: State) -> None:
        """Save the state if it is the first, or if a save is due by `every` or `every_seconds`."""
        owner = self._inside()
        if not owner.here:  # before the lock, which a thread may have held when it was forked
            return
        with self._lock:
            self._still_inside(owner)
            if self._schedule.is_due(state.iteration):
                self._save(owner, state)

    def callback(self, state: Callable[Arguments, State | None]) -> Callable[Arguments, None]:
        """Return a function that reports `state(…)`, for a library that calls one at each step.

        It passes its arguments to `state`, which returns the state, or None to report nothing.
        It has the signature of `state`, and returns None, so that no library stops because of
        it. A state that only refers to the objects of the library, and reads them in
        `to_payload`, makes the calls that save nothing cheap.

            differential_evolution(f, bounds, callback=run.callback(lambda xk, convergence: …))
        """

        @functools.wraps(state, updated=())  # a class has a dictionary that no function has
        def report(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
            if self._inside().here:
                found = state(*args, **kwargs)
                if found is not None:
                    self.report(found)

        return report

    def save(self, state: State) -> None:
        """Save the state now. The next save is due as after one by `report`."""
        owner = self._inside()
        if not owner.here:
            return
        with self._lock:
            self._still_inside(owner)
            self._save(owner, state)

    def __enter__(self) -> Self:
        if self._owner is not None:
            raise RuntimeError("this run has been entered already")
        self.state, self.run_id, self.path, self.last_error = None, "", None, None
        self.taken_over, self._saved, self._warned = False, None, False
        self._moved, self._ends = None, False
        self._schedule.restart()
        chosen = None
        if self._resume is not None:
            chosen = select_for_run(self.store, self.identity, self._resume)
        self._started = time.monotonic()
        if chosen is None:
            self.run_id = generate_run_id(self.identity.algorithm_name)
            owner = Ownership(self.store.read)
        else:
            try:
                self.state = self._state_type.from_payload(chosen.record.step_state_payload)
            except Exception as error:
                details = {"reason": reason(error)}
                raise SelectionError("payload-rejected", str(chosen.path), details) from error
            self.run_id = chosen.record.run_id
            self.path = chosen.path
            self._saved = chosen.record
            owner = Ownership(self.store.read, str(chosen.path), chosen.record)
            if not os.path.lexists(usual_path(self.store.base_dir, self.identity, self.run_id)):
                self._moved = (
                    chosen.path,
                    Ownership(self.store.read, str(chosen.path), chosen.record),
                )
            self._save(owner, self.state)
        self._owner = owner
        self._sigterm.catch()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        owner = self._inside()
        try:
            if owner.here:
                with self._lock:
                    self._ends = True
                    if not self.taken_over:
                        self._end(owner, error)
                    self._owner = None  # a thread that waits to save must not save any more
        finally:
            self._owner = None
            self._sigterm.release()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a CheckpointedRun belongs to its process: it cannot be copied or pickled; "
            "create one in each process"
        )

    def _inside(self) -> Ownership:
        if self._owner is None:
            raise RuntimeError(_OUTSIDE)
        return self._owner

    def _still_inside(self, owner: Ownership) -> None:
        if self._owner is not owner:
            raise RuntimeError(_OUTSIDE)

    def _save(self, owner: Ownership, state: State) -> None:
        if self.taken_over or self._ends:  # a signal handler may save while the run ends
            return
        try:
            self.identity.signature_hashes  # noqa: B018 - what the state raises is for the caller
        except EncodeError as error:
            self._warn("was not saved", error)
            return
        self._schedule.start(state.iteration)
        is_outermost = self._newest is None
        try:
            elapsed = timedelta(seconds=time.monotonic() - self._started)
            record = build_checkpoint_record(state, self.run_id, self.identity, elapsed)
            self._newest = record
            while self._write(owner, record, "was not saved"):
                self._saved = record
                if self._newest is record:
                    break
                # A signal handler has saved a later state, which this one has replaced.
                record = self._newest
        finally:
            if is_outermost:
                self._newest = None
            self._schedule.end()

    def _write(self, owner: Ownership, record: CheckpointRecord, failed: str) -> bool:
        """Write the record, or report the failure; return False if it can never be written.

        Only exceptions that end the process are raised: a failed save does not end a run (LIFE-7).
        """
        try:
            self.path = self.store._write(record, owner)
        except EncodeError as error:
            self._warn(failed, error)
            return False
        except DurabilityUncertain as error:
            self.path = Path(error.path)
            self._warn("may lose its last save", error)
        except Exception as error:
            self._warn(failed, self._as_rckp_error(error, "not-written"))
        else:
            self._remove_moved()
        return True

    def _remove_moved(self) -> None:
        """Remove the checkpoint that was resumed, if it was elsewhere (LIFE-1).

        Somebody has moved it. Left there, it would be resumed again after the end of the run.
        """
        moved, self._moved = self._moved, None
        if moved is not None:
            try:
                self.store._delete(*moved)
            except Exception as error:
                what = "was saved, but the checkpoint that it continues was not removed"
                self._warn(what, self._as_rckp_error(error, "not-removed"))

    def _as_rckp_error(self, error: Exception, code: str) -> RckpError:
        return as_rckp_error(error, code, self.path or self.store.base_dir)

    def _end(self, owner: Ownership, error: BaseException | None) -> None:
        if error is None:
            self._finish(owner)
        elif isinstance(error, Exception):
            self._mark(owner, CheckpointRunStatus.FAILED, message(error))
        else:
            self._mark(owner, CheckpointRunStatus.INTERRUPTED, None)

    def _finish(self, owner: Ownership) -> None:
        """Remove the checkpoint of a completed run (LIFE-4)."""
        if self.path is not None:
            try:
                self.store._delete(self.path, owner)
            except Exception as error:
                wrapped = self._as_rckp_error(error, "not-removed")
                self._warn("has come to its end, but its checkpoint was not removed", wrapped)

    def _mark(self, owner: Ownership, status: CheckpointRunStatus, text: str | None) -> None:
        """Write the last save again with another status (LIFE-5).

        It is the last *saved* state: one that was reported later may have been changed
        by the step that did not come to its end.
        """
        if self._saved is None:
            return
        elapsed = timedelta(seconds=time.monotonic() - self._started)
        record = self._saved._replace(
            created_at_ms=run_record.now_ms(),
            elapsed_millis=run_record.milliseconds(elapsed),
            status=status,
            error_message=text,
        )
        self._write(owner, record, f"could not be marked as {status}")

    def _warn(self, what: str, error: RckpError) -> None:
        self.last_error = error
        if error.code == "taken-over":
            self.taken_over = True
            action = f"{error.action} The run goes on, but is not saved any more."
        elif self._warned:
            return
        else:
            self._warned = True
            action = f"{error.action} The run goes on; this is told only once."
        with suppress(Exception):  # a handler of the log may fail as well
            warn("run %s %s: %s. %s", self.run_id, what, error, action)

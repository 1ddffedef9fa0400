"""The life of a run: it starts or is resumed, saves, and ends (LIFE-1 to LIFE-9)."""

from __future__ import annotations

import logging  # noqa: F401 - not late: a process that cannot save may not be able to import
import os
import signal
import threading
import time
from datetime import timedelta
from typing import Generic, Protocol, Self, TypeVar

from rckp.codec import encode_parts
from rckp.errors import RckpError
from rckp.identity import generate_run_id
from rckp.log import warn
from rckp.record import CheckpointRecord, CheckpointRunStatus
from rckp.store import selection
from rckp.store.errors import SelectionError, StoreError
from rckp.store.own_files import OwnFiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType, TracebackType

    from rckp.identity import Identity
    from rckp.store.checkpoint_store import CheckpointStore
    from rckp.store.selection import Choose

DEFAULT_FREQUENCY_OF_CHECKPOINT_WRITES = 10
"""How many iterations lie between two saves of a run, unless it says otherwise [LIFE-2]."""

_U64_MAX = (1 << 64) - 1
_MAX_MESSAGE = 65_536  # characters of an exception's message that are saved


class StepStateCheckpoint(Protocol):
    """What the state of an algorithm must be able to do to be saved and restored."""

    def random_seed(self) -> int:
        """The generator's present state or the first seed, from 0 to `2**64 - 1`."""

    def to_payload(self) -> str:
        """All that `from_payload` needs; a text without lone surrogates."""

    @classmethod
    def from_payload(cls, payload: str) -> Self:
        """The state that gave this payload. Any exception refuses the payload [LIFE-9]."""

    def iteration(self) -> int:
        """How many steps have been taken."""

    def evaluations(self) -> int:
        """How often the objective has been evaluated."""


State = TypeVar("State", bound=StepStateCheckpoint)


def build_checkpoint_record(
    state: StepStateCheckpoint, run_id: str, identity: Identity, elapsed: timedelta
) -> CheckpointRecord:
    """The record of a run that goes on, written at this moment [LIFE-3].

    `elapsed` is the time since the run was started or resumed, stored in milliseconds.
    Raises `EncodeError` if the identity cannot be hashed; the state's values are checked
    when the record is encoded.
    """
    algorithm_hash, problem_hash = identity.signature_hashes
    return CheckpointRecord(
        created_at_ms=_now_ms(),
        run_id=run_id,
        random_seed=state.random_seed(),
        algorithm_name=identity.algorithm_name,
        algorithm_parameters=identity.algorithm_parameters,
        problem_description=identity.problem_description,
        problem_parameters=identity.problem_parameters,
        algorithm_signature_hash=algorithm_hash,
        problem_signature_hash=problem_hash,
        step_state_payload=state.to_payload(),
        seed_payload=None,
        elapsed_millis=_milliseconds(elapsed),
        status=CheckpointRunStatus.RUNNING,
        error_message=None,
    )


class CheckpointedRun(Generic[State]):
    """A run that survives: use it in a `with` statement around the computation.

        with CheckpointedRun(store, identity, MyState, resume="latest") as run:
            state = run.state or MyState.start(seed=42)
            while not state.done():
                state = state.step()
                run.report(state)

    `state_type` has the methods of `StepStateCheckpoint`. `resume` says what to do with
    checkpoints of this identity: `"latest"` takes the newest, `"ask"` asks at the terminal if
    there are several, a function chooses as in `CheckpointStore.select_resume`, and None
    starts a new run. `every` is the number of iterations between two saves.

    Inside, `state` is the restored state or None, and `run_id` and `path` tell which run
    it is and where it is saved (None before the first save). `report(state)` saves the
    first state and then every tenth. A save that fails is told once in the log, as a
    warning of the logger `rckp.store`; the run goes on, and `last_error` has the error.

    Leaving the block normally means that the run has come to its end: its checkpoint is
    deleted. An exception marks the checkpoint of the last save as failed, with the
    message; Ctrl-C, SIGTERM and SystemExit mark it as interrupted. SIGTERM is turned into
    SystemExit(143) if nobody else handles it and this is the main thread.

    The run belongs to the process that entered the block: a child that it forks neither saves
    nor deletes. If another program resumes the same run, the next save finds another file
    in its place. From then on nothing is saved or deleted, and `taken_over` is true.

    Entering raises `SelectionError` if it was to resume and cannot, also `payload-refused`
    when `from_payload` raises [LIFE-8], [LIFE-9].
    """

    def __init__(
        self,
        store: CheckpointStore,
        identity: Identity,
        state_type: type[State],
        *,
        resume: str | Choose | None = "latest",
        every: int = DEFAULT_FREQUENCY_OF_CHECKPOINT_WRITES,
    ) -> None:
        """Raises `ValueError` for a `resume` or an `every` that means nothing."""
        if every < 1:
            raise ValueError("every is at least 1")
        if isinstance(resume, str) and resume not in ("latest", "ask"):
            raise ValueError('resume is "latest", "ask", a function or None')
        self.store = store
        self.identity = identity
        self.state: State | None = None
        self.run_id = ""
        self.path: Path | None = None
        self.last_error: RckpError | None = None
        self._state_type = state_type
        self._resume = resume
        self._every = every
        self._started = 0.0
        self._saved: CheckpointRecord | None = None
        self._own = OwnFiles()
        self._tried = False
        self._warned = False
        self._owner = 0  # the process that entered the block
        self._mutex = threading.RLock()  # several threads may report
        self._replaced_handler: object = None

    @property
    def taken_over(self) -> bool:
        """Whether another program continues this run: this one does not save any more [LIFE-10]."""
        return self.last_error is not None and self.last_error.code == "taken-over"

    def report(self, state: State) -> None:
        """Saves the state if it is the first, or if its iteration is a multiple of `every`."""
        if not self._tried or state.iteration() % self._every == 0:
            self.save(state)

    def save(self, state: State) -> None:
        """Saves the state now; in a forked child, and after a takeover, does nothing."""
        if self._owner != os.getpid():
            return
        with self._mutex:
            self._tried = True
            if self.taken_over:
                return
            elapsed = timedelta(seconds=time.monotonic() - self._started)
            try:
                record = build_checkpoint_record(state, self.run_id, self.identity, elapsed)
                encode_parts(record)
            except RckpError as error:  # the last save remains what it was
                self._warn("was not saved", error)
                return
            self._saved = record
            self._write(record, "was not saved")

    def __enter__(self) -> Self:
        if self._owner == os.getpid():
            raise RuntimeError("a run is entered once")
        self._owner = os.getpid()
        self._started = time.monotonic()
        self.state, self.run_id, self.path, self.last_error = None, "", None, None
        self._saved, self._tried, self._warned = None, False, False
        try:
            chosen = self._select() if self._resume is not None else None
            self._own.begin(chosen.record if chosen else None)
            if chosen is None:
                self.run_id = generate_run_id(self.identity.algorithm_name)
            else:
                self._restore(chosen)
        except BaseException:
            self._owner = 0
            raise
        self._catch_sigterm()
        return self

    def _restore(self, chosen: selection.CheckpointEntry) -> None:
        try:
            self.state = self._state_type.from_payload(chosen.record.step_state_payload)
        except Exception as error:
            details = {"reason": _text(error) or type(error).__name__}
            raise SelectionError("payload-refused", str(chosen.path), details) from error
        self.run_id, self.path = chosen.record.run_id, chosen.path
        self._saved = chosen.record
        self.save(self.state)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._owner != os.getpid():
                pass  # a forked child: the run belongs to its parent
            elif error is None:
                self._finish()
            elif isinstance(error, Exception):
                self._mark(CheckpointRunStatus.FAILED, _message(error))
            else:
                self._mark(CheckpointRunStatus.INTERRUPTED, None)
        finally:
            self._owner = 0
            self._release_sigterm()

    def _select(self) -> selection.CheckpointEntry | None:
        choose = {"latest": selection.latest, "ask": None}.get(self._resume, self._resume)  # type: ignore[arg-type]
        try:
            return self.store.select_entry(self.identity, choose=choose)
        except SelectionError as error:
            cause = error.__cause__
            if isinstance(cause, StoreError) and cause.code == "missing":
                return None  # the very first run: the first save makes the base
            raise

    def _finish(self) -> None:
        """Removes the checkpoint of a run that has come to its end (LIFE-4)."""
        if self.path is not None and not self.taken_over:
            try:
                self.store.delete(self.path, self._own)
            except RckpError as error:
                self._warn("has come to its end, but its checkpoint was not removed", error)

    def _mark(self, status: CheckpointRunStatus, message: str | None) -> None:
        """Writes the last save again with another status (LIFE-5).

        It is the last *saved* state: one that was reported later may have been changed
        by the step that did not come to its end.
        """
        if self._saved is None or self.taken_over:
            return
        elapsed = timedelta(seconds=time.monotonic() - self._started)
        record = self._saved._replace(
            created_at_ms=_now_ms(),
            elapsed_millis=_milliseconds(elapsed),
            status=status,
            error_message=message,
        )
        self._write(record, f"could not be marked as {status}")

    def _write(self, record: CheckpointRecord, failure: str) -> None:
        """Saves a record in place of the last one, and of no other program's."""
        try:
            self.path = self.store.save(record, self._own)
        except RckpError as error:
            self._warn(failure, error)

    def _warn(self, what: str, error: RckpError) -> None:
        if self.taken_over:
            return
        self.last_error = error
        if error.code == "taken-over":
            self._warned = False
        if not self._warned:
            self._warned = True
            warn(
                "run %s %s: %s. %s The run goes on; this is told only once.",
                self.run_id,
                what,
                error,
                error.action,
            )

    def _catch_sigterm(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            self._replaced_handler = signal.signal(signal.SIGTERM, _terminated)

    def _release_sigterm(self) -> None:
        if self._replaced_handler is not None:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            self._replaced_handler = None


def _terminated(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _message(error: BaseException) -> str:
    """The message of an exception, as text that can be encoded, cut to `_MAX_MESSAGE`."""
    said, name = _text(error)[:_MAX_MESSAGE], type(error).__name__
    text = f"{name}: {said}" if said else name
    return text.encode("utf-8", "backslashreplace").decode()


def _text(error: BaseException) -> str:
    """What an exception says; "" if its own method fails, so that it is still the one raised."""
    try:
        return str(error)
    except Exception:
        return ""


def _now_ms() -> int:
    return max(0, time.time_ns() // 1_000_000)


def _milliseconds(elapsed: timedelta) -> int:
    return min(max(0, elapsed // timedelta(milliseconds=1)), _U64_MAX)

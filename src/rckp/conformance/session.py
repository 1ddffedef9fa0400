"""An adapter that is started again after a crash or timeout, up to a limit."""

from __future__ import annotations

from collections.abc import Callable

from rckp.conformance.adapter import Adapter
from rckp.conformance.adapter_errors import AdapterError, NoResponseError, stderr_tail
from rckp.conformance.checks import Message
from rckp.conformance.hello import Hello

GIVE_UP_AFTER = 10  # crashes and hangs in a row

Start = Callable[[], Adapter]


class Session:
    """One implementation, and at most one process of it at a time. To be killed in the end."""

    def __init__(self, start: Start) -> None:
        """Start the adapter. Raises `AdapterError`."""
        self._start = start
        self._lost_in_a_row = 0
        self._adapter: Adapter | None = start()
        self.hello: Hello = self._adapter.hello

    def send(self, message: Message) -> Message:
        """Return the response. Raise `NoResponseError` if there is none, and `AdapterError`."""
        self._adapter = self._adapter or self.fresh()
        try:
            return self._adapter.send(message)
        except NoResponseError:
            self._adapter = None
            raise

    def fresh(self) -> Adapter:
        """A further process, which is the caller's to close. Raises `AdapterError`."""
        adapter = self._start()
        if adapter.hello != self.hello:
            adapter.kill()
            raise AdapterError(
                "the adapter sent another response to hello when it was started again."
            )
        return adapter

    def reset_failures(self) -> None:
        """Record a response. The count of lost responses starts again."""
        self._lost_in_a_row = 0

    def record_failure(self, at: str, what: str, stderr: str) -> None:
        """Record a lost response. Raise `AdapterError` after `GIVE_UP_AFTER` in a row."""
        self._lost_in_a_row += 1
        if self._lost_in_a_row == GIVE_UP_AFTER:
            raise AdapterError(
                f"the adapter crashed or timed out {GIVE_UP_AFTER} times in a row, the last time "
                f"at {at} ({what}{stderr_tail(stderr)})."
            )

    def bye(self) -> str:
        """End the process, if there is one; return what went wrong, or an empty text."""
        adapter, self._adapter = self._adapter, None
        return "" if adapter is None else adapter.bye()

    def kill(self) -> None:
        """End the process at once, if there is one."""
        if self._adapter is not None:
            self._adapter.kill()

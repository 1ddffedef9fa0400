"""When a run saves: by the number of its iterations, by time, or by whichever comes first."""

from __future__ import annotations

import math
import time

DEFAULT_FREQUENCY_OF_CHECKPOINT_WRITES = 10
"""How many iterations lie between two saves of a run, unless it says otherwise [LIFE-2]."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class SaveSchedule:
    """The times at which one run saves. `clock` returns seconds and never goes back.

    `iterations` is a number of at least 1, and `seconds` one above 0; without both, `iterations`
    is 10. A save is due at the first state, at each multiple of `iterations`, after a multiple
    was skipped, and when `seconds` have passed since the end of the last save. So saving cannot
    take all of the time, however slow it is.

    Raise `ValueError` for other numbers.
    """

    def __init__(
        self,
        iterations: int | None = None,
        seconds: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if iterations is None and seconds is None:
            iterations = DEFAULT_FREQUENCY_OF_CHECKPOINT_WRITES
        if iterations is not None and iterations < 1:
            raise ValueError("every is at least 1")
        if seconds is not None and not (seconds > 0 and math.isfinite(seconds)):
            raise ValueError("every_seconds is a number above 0")
        self._iterations = iterations
        self._seconds = seconds
        self._clock = clock
        self.restart()

    def restart(self) -> None:
        """Forget all saves, because a run begins."""
        self._multiple: int | None = None  # of `iterations`, at the last save
        self._ended: float | None = None  # when the last save ended

    def is_due(self, iteration: Callable[[], int]) -> bool:
        """Return whether to save now. `iteration` is called only if the number matters."""
        if self._ended is None:
            return True
        if self._seconds is not None and self._clock() - self._ended >= self._seconds:
            return True
        if self._iterations is None:
            return False
        multiple, rest = divmod(iteration(), self._iterations)
        return rest == 0 or multiple != self._multiple

    def start(self, iteration: Callable[[], int]) -> None:
        """Record that a save begins. If it fails, the next one is due as if it had not."""
        if self._iterations is not None:
            self._multiple = iteration() // self._iterations

    def end(self) -> None:
        """Record that the save has ended, with or without an error."""
        self._ended = self._clock()

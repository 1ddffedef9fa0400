"""Raises KeyboardInterrupt at each point where CPython handles a signal, one after the other."""

from __future__ import annotations

import dis
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

_AFTER = ("RESUME", "CALL", "CALL_FUNCTION_EX", "CALL_KW")


class Interrupter:
    """Calls functions, and interrupts each call at one point of the code of rckp."""

    def __init__(self, point: int) -> None:
        self.where = ""  # the call was interrupted there, if at all
        self._left = point
        self._frame: FrameType | None = None  # of the last instruction
        self._before = ""  # what it was

    def call(self, function: Callable[[], object]) -> bool:
        """Call it in a thread. Return False if it ended before the point.

        What a trace function raises in an `except` block can stay the exception that the thread
        handles, so this is not the thread of the tests.
        """
        raised: list[BaseException] = []

        def work() -> None:
            sys.settrace(self._trace)
            try:
                function()
            except KeyboardInterrupt:
                pass
            except BaseException as error:
                raised.append(error)
            finally:
                sys.settrace(None)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        if raised:
            raise raised[0]
        return bool(self.where)

    def _trace(self, frame: FrameType, event: str, _: object) -> Any:
        code = frame.f_code
        if "rckp" not in code.co_filename or "/tests/" in code.co_filename:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode":
            here = self._before if frame is self._frame else ""
            self._frame, self._before = frame, dis.opname[code.co_code[frame.f_lasti]]
            if here in _AFTER or here.startswith("JUMP_BACKWARD"):
                self._left -= 1
                if self._left == 0:
                    self.where = f"{code.co_filename}:{frame.f_lineno} {code.co_name}"
                    sys.settrace(None)
                    raise KeyboardInterrupt
        return self._trace

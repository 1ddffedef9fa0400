"""`python -m conformance.tools.power_cut.worker ROOM`: a process that runs one task a line.

Its mounts are its own, and the kernel removes them when it ends, however it ends.
"""

from __future__ import annotations

import json
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType

from conformance.tools.power_cut import kernel
from conformance.tools.power_cut.trial import Task, run
from rckp.conformance.adapter_errors import AdapterError, NoResponseError


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(1)


def main(arguments: list[str]) -> None:
    """Respond to each line with the outcome, or with the reason why there is none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    signal.signal(signal.SIGTERM, _end)
    kernel.enter_own_mount_namespace()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        room = Path(tempfile.mkdtemp(dir=arguments[0]))
        try:
            outcome = run(Task(*request["task"]), request["command"], room)
            reply: dict[str, object] = {"outcome": outcome}
        except (OSError, AdapterError, NoResponseError) as error:
            reply = {"error": str(error)}
        finally:
            shutil.rmtree(
                room, ignore_errors=True
            )  # where this is being ended, something is mounted
        print(json.dumps(reply, default=bytes.hex), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

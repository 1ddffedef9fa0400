"""A process that runs scenarios, each in a fork into which a failure is injected.

Reads one task a line, and answers with the id of a process that has prepared its directory
and stopped itself. Sent SIGCONT, that process acts, reports, and ends; then its exit status
is the second answer. Everything is imported before, so that what is traced is the store.
"""

from __future__ import annotations

import ctypes
import errno
import gc
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import rckp
from conformance.tests.crash.protocols import VARIANTS
from conformance.tests.crash.scenarios import IDENTITY, SCENARIOS, Scenario, snapshot
from conformance.tests.crash.trial import Loop
from rckp.store import run_record

_IMPORTED = rckp.CheckpointedRun  # `import rckp` imports it only when it is used
_PR_SET_PTRACER, _ANY = 0x59616D61, ctypes.c_ulong(-1)


def serve() -> None:
    logging.getLogger().addHandler(logging.NullHandler())
    gc.freeze()
    # Where a process may only trace its own children, this one may be traced by strace.
    prctl = ctypes.CDLL(None).prctl
    for line in sys.stdin:
        task = json.loads(line)
        pid = os.fork()
        if pid == 0:
            prctl(_PR_SET_PTRACER, _ANY, 0, 0, 0)
            _end_after(act, task)
        os.waitpid(pid, os.WUNTRACED)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(status, flush=True)


def _end_after(function: Callable[[Any], None], task: Any) -> None:
    try:
        function(task)
    except BaseException:
        logging.getLogger().addHandler(logging.StreamHandler())
        logging.exception("a scenario failed: %r", task)
        os._exit(3)
    os._exit(0)


def act(task: Any) -> None:
    root = Path(task["root"])
    scenario = SCENARIOS[task["scenario"]]
    store = rckp.CheckpointStore(root / "base", durability=task["durability"])
    store.lock_timeout = 1.0
    report = os.open(root / "report.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    # What a run writes then depends on nothing but the scenario.
    run_record.now_ms = lambda: 0
    run_record.milliseconds = lambda elapsed: 0  # noqa: ARG005
    acting: Callable[[], object] = partial(scenario.act, store)
    if task["part"] == "loop":
        acting = Loop(store, root).act
    elif task["part"] == "then":
        acting = bool  # nothing: only the save that follows
    else:
        scenario.prepare(store)
    if task["variant"]:
        VARIANTS[task["variant"]](store)
    os.kill(os.getpid(), signal.SIGSTOP)
    os.getppid()  # marks the scenario in the trace
    result = _outcome(acting)
    os.getppid()
    told: dict[str, Any] = {"result": result}
    told["tree"], told["temporary"] = snapshot(store.base_dir)
    told["then"] = _then(store, scenario)
    os.write(report, json.dumps(told, default=bytes.hex).encode())


def _outcome(function: Callable[[], object]) -> dict[str, object]:
    try:
        value = function()
    except BaseException as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, OSError):
            cause = cause.__cause__
        number = cause.errno if isinstance(cause, OSError) and cause.errno else 0
        return {
            "raised": type(error).__name__,
            "code": getattr(error, "code", None),
            "removed": getattr(error, "removed", None),
            "errno": errno.errorcode.get(number),
            "message": str(error),
        }
    return value if isinstance(value, dict) else {"value": str(value)}


def _then(store: rckp.CheckpointStore, scenario: Scenario) -> dict[str, object]:
    """The same store saves, as if nothing had happened, and lists."""
    result = _outcome(lambda: store.write(scenario.then))
    tree, temporary = snapshot(store.base_dir)
    found = [entry.record for entry in store.list_resumable(IDENTITY)]
    return {
        "result": result,
        "tree": tree,
        "temporary": temporary,
        "listed": found.count(scenario.then),
    }


if __name__ == "__main__":
    serve()

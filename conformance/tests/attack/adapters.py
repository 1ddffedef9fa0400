"""Adapters that attack the runner: `adapters.py NAME [ARGUMENT]`; run with `python -P`."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HELLO = {"type": "hello", "name": "odd", "version": "1", "language": "any", "classes": ["reader"]}
SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
EXAMPLE = {"type": "ok", "record": {"run_id": "x"}}


def say(message: object) -> None:
    print(json.dumps(message), flush=True)


def requests() -> Iterator[dict[str, Any]]:
    for line in sys.stdin:
        request = json.loads(line)
        if request["type"] == "bye":
            return
        if request["type"] == "hello":
            say(HELLO)
        else:
            yield request


def send_response(request: dict[str, Any]) -> None:
    from rckp.conformance.reference import respond

    say(respond(request))


def write_down(pid: int) -> None:
    with Path(sys.argv[2]).open("a") as file:
        file.write(f"{pid}\n")


def filling() -> None:
    """Fill the standard input of this process before the next request, and stop reading."""
    pending = requests()
    request = next(pending)
    pipe = os.open("/proc/self/fd/0", os.O_WRONLY | os.O_NONBLOCK)
    try:
        while True:
            os.write(pipe, b"x" * fcntl.fcntl(pipe, 1032))  # F_GETPIPE_SZ
    except BlockingIOError:
        pass
    try:
        while True:
            os.write(pipe, b"x")
    except BlockingIOError:
        pass
    write_down(os.getpid())
    send_response(request)
    time.sleep(600)


def sessions() -> None:
    """Leave children: in a session, orphaned, without the environment, and all of it at once."""
    for request in requests():
        if not Path(sys.argv[2]).exists():
            for environment in (dict(os.environ), {}):
                child = subprocess.Popen(SLEEPER, start_new_session=True, env=environment)
                write_down(child.pid)
                code = (
                    "import subprocess, sys; "
                    "print(subprocess.Popen(sys.argv[1:], start_new_session=True, "
                    "stdout=2).pid, flush=True)"
                )
                done = subprocess.run(
                    [sys.executable, "-c", code, *SLEEPER],
                    env=environment,
                    stdout=subprocess.PIPE,
                    check=True,
                    start_new_session=True,
                )
                write_down(int(done.stdout))
        send_response(request)


def holding() -> None:
    """End in the middle of a request, with the pipe held open by a child."""
    for request in requests():
        if request["id"] == "reader/example":
            send_response(request)
            continue
        child = subprocess.Popen(SLEEPER, start_new_session=True)
        write_down(child.pid)
        os._exit(3)


def large() -> None:
    """Fail with nearly 4 MiB for each case."""
    for request in requests():
        say({"type": "ok", "id": request["id"], "record": {"run_id": "x" * 3_900_000}})


def nested() -> None:
    for request in requests():
        value: Any = "x"
        for _ in range(900):
            value = [value]
        say({"type": "ok", "id": request["id"], "record": {}, "more": value})


def digits() -> None:
    for request in requests():
        line = json.dumps({"type": "ok", "id": request["id"], "record": {}, "more": 0})
        print(line.replace("0}", f"{'9' * 5000}}}"), flush=True)


def surrogates() -> None:
    for request in requests():
        say({"type": "error", "id": request["id"], "code": "\ud800", "x\udfff": "\ud800"})


def buffering() -> None:
    """Keep the responses, as a full buffer does."""
    responses = list(requests())
    print(responses)


def deaf_to_signals() -> None:
    """Wait, deaf to every signal but the last, with files in the temporary directory."""
    for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT):
        signal.signal(each, signal.SIG_IGN)
    for _ in requests():
        Path(os.environ["TMPDIR"], "left").write_text("over")
        child = subprocess.Popen(SLEEPER, start_new_session=True)
        write_down(child.pid)
        write_down(os.getpid())
        time.sleep(600)


if __name__ == "__main__":
    globals()[sys.argv[1]]()

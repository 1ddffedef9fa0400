"""Every command with every state of its standard streams: the exit status, and no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.tests.command import rckp
from conformance.tests.corpus import FIXTURES

GOOD = str(FIXTURES / "cases/reader/full.ckpt")
CUT = str(FIXTURES / "cases/reader/truncated/step_state_payload/content-some.ckpt")
REAL = str(FIXTURES / "files/real")
RESULTS = str(Path(__file__).with_name("results.jsonl"))
RUN = f"{sys.executable} -c 'from rckp.cli import main; main()'"

# Each prints something on standard output, and ends with this status if it may.
COMMANDS = [
    ("--version", 0),
    ("--help", 0),
    *((f"validate --format {style} {GOOD}", 0) for style in ("text", "json", "jsonl", "junit")),
    *((f"validate --format {style} {CUT}", 1) for style in ("concise", "github", "sarif")),
    (f"validate --summary {CUT}", 1),
    (f"validate -j 2 {CUT} {GOOD}", 1),
    (f"inspect {GOOD}", 0),
    (f"inspect -x --full {CUT}", 1),
    (f"inspect --format json {GOOD}", 0),
    *((f"diff --format {style} {GOOD} {CUT}", 1) for style in ("text", "json")),
    (f"decode {GOOD}", 0),
    (f"decode --partial {CUT}", 1),
    *((f"list --format {style} {REAL}", 0) for style in ("text", "json")),
    *((f"resume --latest --format {style} {REAL}", 0) for style in ("text", "json")),
    *(
        (f"purge --older-than 9999w --dry-run --format {style} {REAL}", 0)
        for style in ("text", "json")
    ),
    ("explain", 0),
    ("explain truncated", 0),
    (f"conformance report {RESULTS}", None),
    (f"conformance report --claim - {RESULTS}", None),
]

# A redirection, the status that it demands (None: that of the command), and what stderr holds.
STREAMS = {
    "full": ("> /dev/full", 2, "No space left on device"),
    "closed output": (">&-", 2, "Bad file descriptor"),
    "closed input": ("<&- > /dev/null", None, ""),
    "closed error": ("2>&- > /dev/null", None, ""),
    "full error": ("2> /dev/full > /dev/null", None, ""),
    "all closed": ("<&- >&- 2>&-", 2, ""),
}


def shell(command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["bash", "-c", command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=120,
    )


# The other formats of a command meet the streams of all tests only.
QUICK = [each for each in COMMANDS if "--format" not in each[0] or "--format text" in each[0]]


@pytest.mark.parametrize("condition", STREAMS)
@pytest.mark.parametrize(
    ("arguments", "status"),
    [each if each in QUICK else pytest.param(*each, marks=pytest.mark.slow) for each in COMMANDS],
    ids=lambda value: str(value)[:30],
)
def test_streams(arguments: str, status: int | None, condition: str) -> None:
    redirection, demanded, said = STREAMS[condition]
    done = shell(f"{RUN} {arguments} {redirection}")
    assert b"Traceback" not in done.stderr
    if demanded is None:
        if status is not None:
            assert done.returncode == status, done.stderr
        assert done.returncode in (0, 1)
        return
    assert done.returncode == demanded, done.stderr
    if said:
        assert said in done.stderr.decode()
        assert done.stderr.count(b"\n") == 1
    else:
        assert done.stderr == b""


@pytest.mark.parametrize(("arguments", "_status"), COMMANDS, ids=lambda value: str(value)[:30])
def test_a_closed_pipe_is_quiet(arguments: str, _status: int | None) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        ["bash", "-c", f"exec {RUN} {arguments}"],
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
        timeout=120,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (2, b"")


@pytest.mark.parametrize(
    "arguments", ["validate -", "inspect -", "decode -", "encode", "resume --like - ."]
)
def test_closed_input_is_an_error_where_it_is_read(arguments: str) -> None:
    done = shell(f"{RUN} {arguments} <&-")
    assert done.returncode == 2
    assert b"cannot be read: Bad file descriptor" in done.stdout + done.stderr
    assert b"Traceback" not in done.stderr


def test_closed_streams_do_not_lend_their_numbers_to_files(tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    record.write_bytes(rckp("decode", GOOD).out)
    for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        done = shell(f"{RUN} encode {record} -o {tmp_path}/out {closed}")
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "out").read_bytes() == Path(GOOD).read_bytes()


@pytest.mark.parametrize("command", ["validate", "inspect", "decode", "encode"])
def test_a_file_that_cannot_be_read(command: str) -> None:
    result = rckp(command, "/proc/self/mem")
    assert result.status == 2
    assert "/proc/self/mem: " in result.text + result.err
    assert "cannot be read: Input/output error" in result.text + result.err


def test_arguments_that_are_not_utf8() -> None:
    for arguments in (
        "--algorithm $'\\xff' --problem x",
        "--algorithm x --problem $'\\xff'",
        "--run-id $'\\xff'",
    ):
        done = shell(f"{RUN} resume {REAL} {arguments}")
        assert done.returncode == 2, done.stderr
        assert b"Traceback" not in done.stderr
        assert b"fault of rckp itself" not in done.stderr


RAISING = """
import sys
from rckp.cli import main
from rckp.cli.application import group
def fail(*_args, **_options):
    raise {0}
group.commands["fail"] = __import__("click").Command("fail", callback=fail)
type(group).get_command = lambda self, ctx, name: self.commands[name]
sys.argv = ["rckp", "fail"]
main()
"""


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        ("MemoryError()", 2, "error: there is not enough memory for this\n"),
        ("OSError(28, 'No space left on device', 'x\\x1b')", 2, "error: x\\x1b: No space left"),
        ("OSError(5, 'Input/output error')", 2, "error: Input/output error\n"),
        ("OSError('odd')", 2, "error: odd\n"),
        ("RecursionError('deep')", 2, "error: this is a fault of rckp itself: RecursionError"),
        ("ValueError('\\udcff\\n')", 2, "ValueError: \\xff\\n; with RCKP_TRACEBACK=1"),
        ("KeyboardInterrupt()", 130, "interrupted\n"),
    ],
)
def test_whatever_is_raised(error: str, status: int, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RAISING.format(error)], capture_output=True, check=False
    )
    assert done.returncode == status
    assert said in done.stderr.decode()
    assert b"Traceback" not in done.stderr


IMPORTING = """
import runpy, signal, sys
awaited = sys.argv.pop(1)
class Interrupted:
    def find_spec(name, path, target=None):
        if name == awaited:
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Interrupted)
runpy.run_module("rckp", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("arguments", [["validate", GOOD], ["validate", "-v", GOOD], ["list"]])
@pytest.mark.parametrize(
    "module",
    [
        "rckp.cli",
        *(f"rckp.cli.{name}" for name in ("streams", "plain_validate", "application")),
        "click",
    ],
)
def test_ctrl_c_during_an_import(module: str, arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTING, module, *arguments], capture_output=True, check=False
    )
    if arguments == ["validate", GOOD] and module in ("rckp.cli.application", "click"):
        assert done.returncode == 0  # neither is imported
    else:
        assert (done.returncode, done.stdout) == (130, b"")
        assert done.stderr == (b"" if module == "rckp.cli" else b"\ninterrupted\n")


def test_a_traceback_on_request() -> None:
    done = subprocess.run(
        [sys.executable, "-c", RAISING.format("ValueError()")],
        capture_output=True,
        env=os.environ | {"RCKP_TRACEBACK": "1"},
        check=False,
    )
    assert (done.returncode, done.stderr.startswith(b"Traceback")) == (2, True)


WORKERS = """
import os, sys, time
from rckp.cli import parallel, main
parallel._POLL_INTERVAL = 0.0
parallel._Lookahead.has = lambda self, number: True
begin = parallel.ParallelValidator._begin
def begun(self):
    first = begin(self)
    first.result()
    for process in self._processes._running:
        print(process.pid, file=sys.stderr)
    print("ready", file=sys.stderr, flush=True)
    time.sleep(600)
parallel.ParallelValidator._begin = begun
main()
"""


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP)],
)
def test_workers_end_with_the_command(number: int, status: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WORKERS, "validate", "-j", "2", *[GOOD] * 50],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        workers = []
        while (line := process.stderr.readline()) != b"ready\n":
            assert line.strip().isdigit(), line
            workers.append(int(line))
        assert workers
        process.send_signal(number)
        assert process.wait(60) == status
        assert b"Traceback" not in process.stderr.read()
    for worker in workers:
        _wait_until_gone(worker)


def _wait_until_gone(process: int) -> None:
    import time

    for _ in range(6000):
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return
        except OSError:
            return
        time.sleep(0.01)
    pytest.fail(f"process {process} is still there")

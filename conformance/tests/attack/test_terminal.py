"""Whatever is in a name: no command writes a control character to a terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

import rckp
from conformance.tests.command import run_forked
from conformance.tests.store.examples import record

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")

NAMES = {
    "escape": b"\x1b[31mred\x1b[2J",
    "newline": b"a\nb\rc",
    "bidi": "a\u202eb\u2066c".encode(),
    "c1": "a\u009b31mb".encode(),
    "latin-1": b"caf\xe9\x9b",
    "no-break space": "a\u00a0b".encode(),
    "surrogate": b"\xed\xa0\x80",
}
COMMANDS = [
    ["validate", "{dir}"],
    ["validate", "{file}"],
    ["validate", "{bad}"],
    ["validate", "{missing}"],
    ["validate", "--format", "concise", "{dir}", "{missing}"],
    ["validate", "--format", "github", "{dir}", "{missing}"],
    ["validate", "--quiet", "{dir}", "{missing}"],
    ["validate", "--files-from", "{bad}"],
    ["validate", "--ignore", "{name}", "{file}"],
    ["inspect", "{file}"],
    ["inspect", "{bad}"],
    ["inspect", "{missing}"],
    ["diff", "{file}", "{bad}"],
    ["diff", "{missing}", "{file}"],
    ["decode", "{bad}"],
    ["decode", "--partial", "{bad}"],
    ["decode", "{missing}"],
    ["recover", "{bad}", "-o", "{missing}"],
    ["recover", "{missing}", "-o", "{file}"],
    ["encode", "{bad}"],
    ["encode", "{missing}"],
    ["encode", "-o", "{missing}/x", "{bad}"],
    ["list", "{dir}"],
    ["list", "{missing}"],
    ["list", "--format", "csv", "{dir}"],
    ["list", "--format", "csv", "-o", "-", "{dir}"],
    ["list", "--algorithm", "{name}", "{dir}"],
    ["convert", "{bad}", "--to", "next"],
    ["convert", "{file}", "--to", "released", "-o", "{missing}"],
    ["convert", "{file}", "--to", "{name}"],
    ["inspect", "--layout", "next", "{file}"],
    ["decode", "--layout", "next", "{bad}"],
    ["completion", "{name}"],
    ["resume", "--latest", "--like", "{file}", "{dir}"],
    ["resume", "--run-id", "{name}", "--like", "{file}", "{dir}"],
    ["resume", "--algorithm", "{name}", "--problem", "{name}", "{dir}"],
    ["purge", "--older-than", "1d", "--dry-run", "{dir}"],
    ["purge", "--older-than", "{name}", "{dir}"],
    ["purge", "--truncated", "{missing}"],
    ["explain", "{name}"],
    ["conformance", "run", "--suite", "{missing}", "--", "true"],
    ["conformance", "run", "--id", "{name}", "--", "true"],
    ["conformance", "run", "--", "{missing}"],
    ["conformance", "report", "{missing}"],
    ["conformance", "report", "{bad}"],
    ["conformance", "single-edit", "--suite", "{missing}", "--", "true"],
    ["conformance", "export", "{file}"],
    ["{name}"],
    ["--{name}"],
]
# What the terminal driver adds, and nothing else.
CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069]"
)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (i > 0)) for i, n in enumerate(NAMES)]
)
def test_no_command_lets_a_name_control_the_terminal(tmp_path: Path, name: str) -> None:
    raw = NAMES[name]
    top = os.path.join(os.fsencode(tmp_path), b"base-" + raw)
    store = rckp.CheckpointStore(os.fsdecode(top))
    file = store.write(record("HC-1-1-5")._replace(error_message="\x1b[31m\x9b\u202e"))
    bad = os.path.join(os.fsencode(file.parent), raw + b".ckpt")
    Path(os.fsdecode(bad)).write_bytes(b"RCKP\x1b[31m")
    places = {
        b"{dir}": top,
        b"{file}": os.fsencode(file),
        b"{bad}": bad,
        b"{missing}": top + b"-missing",
        b"{name}": raw,
    }
    for words in COMMANDS:
        arguments = [os.fsencode(word) for word in words]
        for key, value in places.items():
            arguments = [word.replace(key, value) for word in arguments]
        shown = on_a_terminal(arguments)
        assert "Traceback" not in shown, (words, shown)
        lines = shown.replace("\r\n", "\n")
        assert not CONTROL.search(lines), (words, CONTROL.search(lines), shown)
        assert "\r" not in lines, (words, shown)


def on_a_terminal(arguments: list[bytes]) -> str:
    """Return the output of a command whose standard output and error are a terminal."""
    ours, theirs = pty.openpty()
    seen = bytearray()

    def read_all() -> None:
        with suppress(OSError):  # EIO: the other end is closed
            while piece := os.read(ours, 65536):
                seen.extend(piece)

    reader = Thread(target=read_all)
    reader.start()
    environment = {**os.environ, "NO_COLOR": "1", "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    try:
        with open(os.devnull, "rb") as nothing:
            words = [os.fsdecode(each) for each in arguments]
            run_forked(words, (nothing.fileno(), theirs, theirs), environment)
    finally:
        os.close(theirs)
        reader.join()
        os.close(ours)
    return seen.decode("utf-8", "backslashreplace")


def test_help_is_whole_without_docstrings() -> None:
    for words in (["validate"], ["purge"], ["conformance", "run"], []):
        texts = [
            subprocess.run(
                [sys.executable, *flags, "-m", "rckp", *words, "--help"],
                capture_output=True,
                check=True,
                text=True,
            ).stdout
            for flags in ([], ["-OO"])
        ]
        assert texts[0] == texts[1], words

"""Untrusted text, made fit for a terminal (LIM-5)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os

YEAR_10000 = 253_402_300_800_000
"""Milliseconds since the epoch, from which on other tools have no date."""

# How an integer says more to a person than its digits do, by field.
FIELD_FORMATS = {
    "created_at_ms": "time",
    "algorithm_signature_hash": "hash",
    "problem_signature_hash": "hash",
    "elapsed_millis": "duration",
}


def humanise(field: str, number: int) -> str:
    """An integer as a time, a duration or in hexadecimal; "" where it is just a number."""
    match FIELD_FORMATS.get(field):
        case "time":
            return format_timestamp(number)
        case "duration":
            return format_duration(number)
        case "hash":
            return f"{number:016x}"
    return ""


def escape(text: str, limit: int | None = None) -> str:
    r"""The text with everything that is not plainly visible as an escape sequence.

    Control characters, what reverses or hides text, unassigned and private characters
    become \xNN, \uNNNN or \UNNNNNNNN; bytes of a file name that are not UTF-8 become
    \xNN. With `limit`, at most that many characters of the text are shown, then `…`.
    """
    cut = limit is not None and len(text) > limit
    shown = text[:limit] if cut else text
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else _escaped(ord(c)) for c in shown)
    return shown + "…" if cut else shown


def cut(text: str, width: int) -> str:
    """An escaped text, cut to so many characters."""
    return text if len(text) <= width else f"{text[: max(1, width - 1)]}…"


def _escaped(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:  # a byte that os.fsdecode could not decode
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r"}.get(code, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def path_members(path: str | os.PathLike[str], name: str = "path") -> dict[str, str]:
    """A path as members of a JSON object: `path`, and `path_bytes` where that is not exact.

    `path` is the name itself if its bytes are UTF-8, whatever the locale says; control
    characters are no matter, since JSON escapes them. Otherwise it is escaped, and
    `path_bytes` has the bytes in lower-case hexadecimal. `name` replaces `path` in the names.
    """
    import os  # `import rckp` needs none of this

    data = os.fsencode(path)
    try:
        return {name: data.decode("utf-8")}
    except UnicodeDecodeError:
        return {name: escape(os.fsdecode(path)), f"{name}_bytes": data.hex()}


def format_timestamp(ms: int) -> str:
    """Milliseconds since the epoch as a time in UTC, or "" beyond the year 9999."""
    import time  # not needed where nothing is shown

    if ms >= YEAR_10000:
        return ""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03}Z"


def format_duration(ms: int) -> str:
    """A duration in milliseconds as HH:MM:SS, the hours without bound."""
    seconds = ms // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def format_size(size: int) -> str:
    """A number of bytes: `300 B`, `1.2 KiB`, `37.5 MiB`."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:,.1f} {name}"
    return f"{size} B"


def pluralise(number: int, noun: str) -> str:
    """`1 file`, `2 files`, with thousands separated."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def describe_exit(status: int) -> str:
    """How a process ended, as the end of a sentence; `status` as `subprocess` has it."""
    if status >= 0:
        return f"ended with exit status {status}"
    import signal  # seldom needed, and slow to import

    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"

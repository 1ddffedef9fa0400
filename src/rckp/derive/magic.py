"""`spec/rckp.magic`: the description of checkpoints for `file`.

libmagic does not distinguish truncated strings and dates from complete ones. So each is shown only
after a test that its last byte exists. A declared length is tested first, because libmagic adds
offsets in 32 bits; no offset may exceed what `file` reads of a file.
"""

from __future__ import annotations

from rckp.derive.banner import NOTICE
from rckp.display import YEAR_10000
from rckp.format import layout as roles
from rckp.format.layout import Field, Layout

MIME_TYPE = "application/x-rckp"

_READ = 0x100000  # bytes that `file` reads unless told otherwise


def render(layout: Layout) -> str:
    """Return the text of the file."""
    magic, written, run, *others = layout.fields
    first = magic.parts[0].values[0]
    if not isinstance(first, bytes) or run.type != "string" or written.type != "u64":
        raise TypeError("this entry is for a magic number, a time in ms and a string at the start")
    time_at = magic.parts[0].size
    run_at = time_at + written.parts[0].size
    run_length = run.parts[0].size
    between, second = _next_string(others)
    second_at = f"({run_at}.l+{run_at + run_length + between})"
    run_last = f"({run_at}.l+{run_at + run_length - 1})"
    second_last = f"&(&-{second.parts[0].size}.l-1)"
    run_label, second_label = (f.name.split("_")[0] for f in (run, second))
    rows = [
        ("0", "string", first.decode("ascii"), f"{layout.name} checkpoint"),
        ("!:mime", MIME_TYPE),
        ("!:ext", "ckpt"),
        (f">{run_at}", "ulelong", f"<{_READ:#x}"),
        (f">>{run_last}", "ubyte", "x"),
        (f">>>{run_at}", "pstring/l", "x", f'\\b, {run_label} "%s"'),
        (f">>{second_at}", "ulelong", f"<{_READ:#x}"),
        (f">>>{second_last}", "ubyte", "x"),
        (f">>>>{second_at}", "pstring/l", "x", f'\\b, {second_label} "%s"'),
        (f">{time_at}", "ulequad", f"<{YEAR_10000}"),
        (f">>{time_at}", "leqdate/1000", "x", "\\b, written %s UTC"),
    ]
    head = [f"# {NOTICE}", "# CC0-1.0. Try it: file -m rckp.magic FILE"]
    return "\n".join([*head, *("\t".join(row) for row in rows), ""])


def _next_string(fields: list[Field]) -> tuple[int, Field]:
    """Return the first string among the fields, and the number of bytes before it."""
    size = 0
    for field in fields:
        if field.type == "string":
            return size, field
        if any(part.role == roles.FLAG for part in field.parts):
            break
        size += sum(part.size for part in field.parts)
    raise TypeError("no string at a place that the length of the one before it tells")

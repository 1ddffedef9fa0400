"""GNU poke with `spec/rckp.pk` and `spec/rckp_next.pk`: one process for all files."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from conformance.tools.other_tools.answers import Answer, Tool, accepts, rejects
from conformance.tools.other_tools.inputs import SPEC, Error, Input
from rckp.format.layout import FLAG, INTEGER, LENGTH, RAW, STATUS, Field
from rckp.format.layouts import NEXT, RELEASED, codec

PROGRAM = "poke"
NEEDED = "`apt-get install poke`"
PICKLES = {RELEASED: SPEC / "rckp.pk", NEXT: SPEC / "rckp_next.pk"}
_PREFIXES = {RELEASED: "RCKP", NEXT: "RCKP_next"}
# bytes; poke 2.4 takes 0.7 s to map such an array, and four times as long for twice the size
MAX_MAPPED = 1 << 18
_NOT_ASKED, _MAPPED = "not asked", "mapped"
_CODES = {"EOF": "truncated"}  # of exceptions
_TIMEOUT = 300  # seconds

_SCRIPT = """\
fun show = (byte[] bytes) void:
{
  for (each in bytes)
    printf ("%u8x", each);
}

fun ask_PREFIX = (string path) void:
{
  var ios = open (path, IOS_M_RDONLY);
  var error = FUNCTION_error (ios);
  printf ("%s\\t%s\\t%u64d\\t%u64d\\t%u64d", error.code, error.field, error.at / #B,
          error.wanted, error.available);
  if (iosize (ios) > LIMIT#B)
    {
      print ("\\tNOT_ASKED\\n");
      close (ios);
      return;
    }
  try
    {
      var record = PREFIX @ ios : 0#B;
      if (error.code == "")
        {
VALUES        }
      print ("\\tMAPPED\\n");
    }
  catch (Exception e)
    {
      printf ("\\t%s\\n", e.name);
    }
  close (ios);
}
"""


def version() -> str:
    """Return the version of the program."""
    done = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0].removeprefix("GNU poke ")


def run(files: Iterable[Input], directory: Path, max_mapped: int = MAX_MAPPED) -> dict[str, Tool]:
    """Ask poke about all files. `directory` takes the script.

    Larger files than `max_mapped` bytes are not mapped. Return the answers of the function and of
    the map, as two tools.
    """
    files = list(files)
    script = directory / "ask.pk"
    lines = [_script(layout, max_mapped) for layout in PICKLES]
    lines += [f'ask_{_PREFIXES[each.layout]} ("{each.path}");' for each in files]
    script.write_text("\n".join((*lines, "")), "utf-8")
    loads = [word for pickle in PICKLES.values() for word in ("-l", str(pickle))]
    done = subprocess.run(
        [PROGRAM, "--quiet", "--no-init-file", *loads, "-L", str(script)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=_TIMEOUT,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    if done.returncode or done.stderr or len(lines) != len(files):
        raise RuntimeError(f"poke: exit {done.returncode}\n{done.stderr or done.stdout[-2000:]}")
    checked: dict[str, Answer] = {}
    mapped: dict[str, Answer] = {}
    for each, line in zip(files, lines, strict=True):
        checked[each.id], mapped[each.id] = _answers(each, line.split("\t"))
    number, names = version(), tuple(pickle.name for pickle in PICKLES.values())
    return {
        "poke": Tool("poke, `rckp_error`", number, names, checked),
        "poke-map": Tool("poke, `RCKP @ 0#B`", number, names, mapped),
    }


def _script(layout: str, max_mapped: int) -> str:
    prefix = _PREFIXES[layout]
    values = "".join(
        f"          {line}\n"
        for field in codec(layout).layout.record_fields
        for line in _shown(field)
    )
    text = _SCRIPT.replace("VALUES", values)
    text = text.replace("LIMIT", str(max_mapped)).replace("NOT_ASKED", _NOT_ASKED)
    text = text.replace("MAPPED", _MAPPED)
    return text.replace("PREFIX", prefix).replace("FUNCTION", prefix.lower())


def _shown(field: Field) -> Iterator[str]:
    """Statements that print the value of a field."""
    name, first = f"record.{field.name}", field.parts[0]
    yield 'print ("\\t");'
    if first.role in (INTEGER, STATUS):
        yield f'printf ("%u64d", {name});'
    elif first.role == LENGTH:
        yield f"show ({name}.content);"
    elif first.role == FLAG:
        yield f'if ({name}.flag == 0) print ("absent"); else show ({name}.value[0].content);'


def _answers(given: Input, words: list[str]) -> tuple[Answer, Answer]:
    """The answers of the function and of the map in one line of the output."""
    code, field, *numbers = words[:5]
    *shown, ended = words[5:]
    if code:
        error = Error(code, field, *map(int, numbers))
        checked = rejects(f"{field}: {code} at byte {numbers[0]}", error)
    else:
        checked = accepts("valid")
    if ended == _NOT_ASKED:
        return checked, Answer(ended)
    if ended != _MAPPED:
        return checked, rejects(ended, Error(_CODES.get(ended, "")))
    fields = codec(given.layout).layout.record_fields
    record = None if code else tuple(map(_value, fields, shown))
    return checked, accepts(ended, record)


def _value(field: Field, word: str) -> Any:
    """The value that a word of the output shows."""
    first, last = field.parts[0], field.parts[-1]
    if first.role == INTEGER:
        return int(word)
    if first.role == STATUS:
        return first.values[int(word)]
    if word == "absent":
        return None
    return bytes.fromhex(word) if last.role == RAW else bytes.fromhex(word).decode()

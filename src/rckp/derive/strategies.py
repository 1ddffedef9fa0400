"""`strategies.py`: hypothesis strategies, one for each type of the layout, and for a record."""

from __future__ import annotations

from rckp.derive.banner import NOTICE
from rckp.derive.layout import quoted
from rckp.format import layout as roles
from rckp.format.layout import Field, Layout

_FUNCTIONS = {"string": "strings", "option<string>": "options", "status": "statuses"}
_VALUES = {"string": "str", "option<string>": "str | None", "status": "CheckpointRunStatus"}


def render(layout: Layout, draft: Layout | None = None) -> str:
    """The module's text; with `draft`, it has strategies for that layout as well."""
    fields = layout.record_fields
    integers = {f.type: f.parts[0].size for f in fields if f.parts[0].role == roles.INTEGER}
    status = next(f for f in fields if f.type == "status")
    members = "\n".join(
        f"            CheckpointRunStatus({quoted(v)})," for v in status.parts[0].values
    )
    named = next(f for f in fields if f.type == "string")
    functions = {"records", *_FUNCTIONS.values(), *(f"{name}s" for name in integers)}
    if draft:
        functions |= {"next_records", "raw_bytes"}
    names = ", ".join(quoted(name) for name in sorted(functions))
    import_ = "from rckp.format._next_record import NextRecord\n" if draft else ""
    return f'''\
# {NOTICE}
{_HEAD.format(field=named.name, names=names, draft=import_)}
{"".join(_integers(name, size) for name, size in integers.items())}{_TEXT}

def statuses() -> SearchStrategy[CheckpointRunStatus]:
    """The states that the layout knows, in its order."""
    return st.sampled_from(
        [
{members}
        ]
    )


{_records("records", "CheckpointRecord", layout)}{_draft(draft) if draft else ""}'''


def _records(name: str, record: str, layout: Layout) -> str:
    fields = layout.record_fields
    parameters = "\n".join(
        f"    {f.name}: SearchStrategy[{_value_type(f)}] | None = None," for f in fields
    )
    given = "\n".join(f"        {_function(f)} if {f.name} is None else {f.name}," for f in fields)
    return f'''\
def {name}(
    *,
{parameters}
) -> SearchStrategy[{record}]:
    """Records that can be encoded: each field any value that its type allows.

    A strategy given under a field's name takes the place of the field's own; it too should
    give values that the layout allows, unless a test is after the error.
    """
    return st.builds(
        {record},
{given}
    )
'''


def _draft(layout: Layout) -> str:
    return f"""

{_RAW}

{_records("next_records", "NextRecord", layout)}"""


_RAW = '''\
def raw_bytes(first: bytes = b"") -> SearchStrategy[bytes]:
    """Bytes after `first`: none, well-formed and malformed UTF-8, payloads of the draft layout."""
    rest = st.one_of(
        st.just(b""),
        st.binary(max_size=40),
        strings().map(str.encode),
        st.binary(min_size=16, max_size=60),
    )
    return rest.map(first.__add__)
'''


_HEAD = '''\
"""Hypothesis strategies for RCKP: any value that the layout allows, weighted to the edges.

    from hypothesis import given
    from rckp import decode, encode
    from rckp.strategies import records

    @given(records())
    def test_round_trip(record):
        assert decode(encode(record)) == record

A field can be held to something narrower: `records({field}=st.just("x"))`.
Needs hypothesis, which `pip install rckp[test]` brings.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

{draft}from rckp.format.record import CheckpointRecord, CheckpointRunStatus

__all__ = [{names}]
'''

_TEXT = '''
# The first and the last scalar value of each length in UTF-8 and on each side of the
# surrogates; then what a terminal, a C string, JSON or a normaliser would trip over.
_CHARACTERS = [
    "\\0", "\\x7f", "\\x80", "\\u07ff", "\\u0800", "\\ud7ff", "\\ue000", "\\uffff",
    "\\U00010000", "\\U0010ffff",
    "\\ufeff", "\\ufffd", "\\ufffe", "\\n", "\\r", "\\x1b", "\\x9b", "\\u2028", "\\u202e",
    '"', "\\\\", "/", "|", ";", "=", "\\u00e9", "\\u0301", "\\U0001f600",
]  # fmt: skip
_STRINGS = [
    "",
    *_CHARACTERS,
    "\\ufeffa",
    "a\\0b",
    "a\\r\\nb",
    "e\\u0301",
    "\\0" * 7,
    "x" * 255,
    "x" * 256,
    "\\u00e9" * 128,
    "\\U0001f600" * 64,
]


def strings() -> SearchStrategy[str]:
    """Strings of scalar values: empty, with NUL, with a byte order mark, of every plane."""
    return st.one_of(
        st.sampled_from(_STRINGS),
        st.text(st.sampled_from(_CHARACTERS), max_size=8),
        st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    )


def options() -> SearchStrategy[str | None]:
    """None for absent, a string for present; the empty one more often than among strings."""
    return st.one_of(st.none(), st.just(""), strings())
'''


def _integers(name: str, size: int) -> str:
    """The strategy for unsigned integers of `size` bytes."""
    top = (1 << 8 * size) - 1
    edges = {0, 1, top // 2, top // 2 + 1, top - 1, top}
    for bits in (8, 16, 32, 53):  # 53: from there on a double loses integers
        edges |= {n for n in ((1 << bits) - 1, 1 << bits, (1 << bits) + 1) if n <= top}
    listed = "\n".join(f"    {n:_}," for n in sorted(edges))
    constant = f"_{name.upper()}_EDGES"
    return f'''
{constant} = [
{listed}
]


def {name}s() -> SearchStrategy[int]:
    """Integers from 0 to {top}."""
    return st.one_of(
        st.sampled_from({constant}),
        st.integers(0, 1000),
        st.integers(0, {top:_}),
    )

'''


def _function(field: Field) -> str:
    content = field.parts[-1]
    if content.role != roles.RAW:
        return f"{_FUNCTIONS.get(field.type, f'{field.type}s')}()"
    if field.parts[0].role == roles.FLAG:
        return "(st.none() | raw_bytes())"
    return f"raw_bytes({', '.join(map(quoted, content.values[:1]))})"


def _value_type(field: Field) -> str:
    if field.parts[-1].role == roles.RAW:
        return "bytes | None" if field.parts[0].role == roles.FLAG else "bytes"
    return _VALUES.get(field.type, "int")

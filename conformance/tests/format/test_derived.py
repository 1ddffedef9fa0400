"""Generated files: the JSON Schema and the strategies, and that all follow the grammar.

Each is held against the reference. The .ksy, the libmagic entry and the files for other tools
have tests of their own: test_kaitai.py, test_magic.py and test_other_tools.py.
"""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

import rckp
from conformance.tests.corpus import ROOT, corpus, valid_files
from conformance.tests.format.drafts import DRAFTS
from rckp import strategies as ours
from rckp.derive import __main__ as derive
from rckp.derive import (
    codec,
    dfdl,
    file_types,
    grammar_to_layout,
    kaitai,
    magic,
    next_record,
    poke,
    schema,
    strategies,
)
from rckp.derive import layout as layout_module
from rckp.format.layout import INTEGER, Layout, Part
from rckp.format.layouts import codec as codec_of
from rckp.format.record_json import from_json, to_json, values_from_json

U64_TOP = 2**64 - 1
NEXT_CODEC = codec_of("next")
DRAFT = grammar_to_layout.next_layout()
DERIVED: dict[str, Callable[[Layout], str]] = {
    "spec/rckp.ksy": kaitai.render,
    "spec/record.schema.json": schema.render,
    "spec/rckp.magic": magic.render,
    "spec/rckp.pk": poke.render,
    "spec/rckp.mime.xml": file_types.mime,
    "spec/rckp.fido.xml": file_types.fido,
    "spec/rckp.dfdl.xsd": dfdl.render,
    "src/rckp/strategies.py": strategies.render,
}
# From the second value of the grammar, by the same generators.
DRAFTED: dict[str, Callable[[Layout], str]] = {
    "spec/rckp_next.ksy": kaitai.render,
    "spec/rckp_next.pk": poke.render,
    "spec/rckp_next.dfdl.xsd": dfdl.render,
    "spec/record-next.schema.json": schema.render,
    "src/rckp/strategies.py": lambda draft: strategies.render(grammar_to_layout.layout(), draft),
    "src/rckp/format/_next_codec.py": lambda layout: codec.render(layout, codec.NEXT),
    "src/rckp/format/_next_layout.py": layout_module.render,
    "src/rckp/format/_next_record.py": next_record.render,
}


@pytest.mark.parametrize("name", [*DERIVED, *DRAFTED])
def test_drift_is_noticed(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` accepts the committed files, and names a stale one."""
    text = DRAFTED[name](DRAFT) if name in DRAFTED else DERIVED[name](grammar_to_layout.layout())
    derived = {name: text}
    monkeypatch.setattr(derive, "outputs", lambda _root: derived)
    assert derive.main(["--check"]) == 0
    derived[name] += "\n"
    assert derive.main(["--check"]) == 1
    assert f"stale: {name}" in capsys.readouterr().err


def test_every_code_is_used_and_tested() -> None:
    """Each code of errors.json is named in the package, and in a test or a case."""
    rows = json.loads((ROOT / "spec/errors.json").read_text("utf-8"))["codes"]
    written = {ROOT / "src/rckp/_codes.py", *(ROOT / "src/rckp/derive").iterdir()}
    package = "".join(_texts("src/rckp", "*.py", written))
    tested = "".join((*_texts("conformance/tests", "*.py"), *_texts("fixtures/cases", "*.json")))
    codes = {row["code"] for row in rows}
    assert len(codes) == len(rows) > 40
    assert {code for code in codes if f'"{code}"' not in package} == set()
    assert {code for code in codes if not re.search(rf'["\[]{code}["\]]', tested)} == set()


def _texts(directory: str, pattern: str, skipped: Collection[Path] = ()) -> Iterator[str]:
    for path in sorted((ROOT / directory).rglob(pattern)):
        if path not in skipped:
            yield path.read_text("utf-8")


def test_the_codec_is_derived_without_the_codec() -> None:
    """Otherwise a codec that a change of the grammar has broken could not be generated again."""
    program = (
        "import sys\nfrom pathlib import Path\n"
        "sys.modules['rckp.format._codec'] = None\n"
        "from rckp.derive.outputs import outputs\n"
        "print('src/rckp/format/_codec.py' in outputs(Path(sys.argv[1])))"
    )
    words = [sys.executable, "-c", program, str(ROOT)]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout == "True\n"


CHANGED = {
    "spec/rckp.ksy": ["- id: elapsed_millis\n    type: u4\n", "- id: method_name\n"],
    "spec/record.schema.json": ['"$ref": "#/$defs/u32"', "|4294967295)$", '"method_name"'],
    "spec/rckp.magic": ['method "%s"'],
    "spec/rckp.dfdl.xsd": [
        'name="elapsed_millis" type="xs:unsignedInt" dfdl:lengthKind="explicit" dfdl:length="4"',
        "{ ../../method_name_length }",
    ],
    "spec/rckp.mime.xml": ['value="RCKP"'],
    "spec/rckp.fido.xml": [r"(?s)\ARCKP<"],
    "spec/rckp.pk": [
        "little uint<32> elapsed_millis;",
        'integer ("elapsed_millis", 4)',
        '("method_name")',
    ],
    "src/rckp/strategies.py": ["else elapsed_millis", "def u32s()", "method_name: SearchStrategy"],
}


@pytest.mark.parametrize("name", DERIVED)
def test_another_layout_gives_another_text(name: str) -> None:
    """Nothing of the layout is written into the modules that render it."""
    layout = grammar_to_layout.layout()
    fields = tuple(
        field._replace(parts=(Part(INTEGER, 4),), type="u32")
        if field.name == "elapsed_millis"
        else field._replace(name=field.name.replace("algorithm", "method"))
        for field in layout.fields
    )
    text = DERIVED[name](Layout("RCKP", fields))
    assert [each for each in CHANGED[name] if each not in text] == []
    assert "algorithm_" not in text


SCHEMA = json.loads((ROOT / "spec/record.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
EXAMPLE = to_json(rckp.decode(corpus()["reader/example"].data))


def test_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert list(SCHEMA["properties"]) == SCHEMA["required"] == list(EXAMPLE)


def test_schema_takes_every_case() -> None:
    for case in valid_files():
        VALIDATOR.validate(case.expect["record"])


@given(ours.records())
def test_schema_takes_every_record(record: rckp.CheckpointRecord) -> None:
    VALIDATOR.validate(json.loads(json.dumps(to_json(record))))


@given(st.integers(-(10**21), 10**21) | ours.u64s().map(lambda n: n + 1), st.data())
def test_schema_knows_the_range(number: int, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([k for k in EXAMPLE if k.endswith(("_ms", "seed", "hash"))]))
    assert VALIDATOR.is_valid(EXAMPLE | {name: str(number)}) == (0 <= number <= U64_TOP)


@pytest.mark.parametrize("place", range(20))
def test_schema_knows_the_range_at_every_digit(place: int) -> None:
    step = 10**place
    for number in range(U64_TOP - 10 * step, U64_TOP + 10 * step + 1, step):
        accepted = VALIDATOR.is_valid(EXAMPLE | {"random_seed": str(number)})
        assert accepted == (0 <= number <= U64_TOP), number


INTEGER_MISSES: list[Any] = [
    "", " 1", "1 ", "1\n", "+1", "-0", "-1", "00", "01", "0x1", "1.0", "1e3", "1_000", "١٢", "１",
    1, 1.0, True, None, [], "18446744073709551616", "99999999999999999999", "100000000000000000000",
]  # fmt: skip
MISSES: list[tuple[str, Any]] = [
    *(("random_seed", value) for value in INTEGER_MISSES),
    *(("run_id", value) for value in (None, 1, 1.5, True)),
    *(("seed_payload", value) for value in (0, 1.5, False)),
    *(("status", v) for v in ("Running", "RUNNING", "", "running ", "0", 0, None, "paused")),
]


@pytest.mark.parametrize(("field", "value"), MISSES)
def test_schema_refuses_near_misses(field: str, value: object) -> None:
    assert VALIDATOR.is_valid(EXAMPLE)
    assert not VALIDATOR.is_valid(EXAMPLE | {field: value})


@pytest.mark.parametrize("field", EXAMPLE)
def test_schema_requires_each_field_and_no_other(field: str) -> None:
    lacking = {k: v for k, v in EXAMPLE.items() if k != field}
    assert not VALIDATOR.is_valid(lacking)
    assert not VALIDATOR.is_valid(EXAMPLE | {f"{field}_": "x"})
    assert not VALIDATOR.is_valid(lacking | {field.upper(): EXAMPLE[field]})


@given(ours.records(), st.data())
def test_schema_and_reader_of_json_agree(
    record: rckp.CheckpointRecord, data: st.DataObject
) -> None:
    """What the schema lets through can be encoded: there is no third opinion."""
    document: dict[str, Any] = copy.copy(dict(to_json(record)))
    name = data.draw(st.sampled_from(list(document)))
    document[name] = data.draw(
        st.none() | ours.strings() | st.integers(-3, 2**64 + 3).map(str) | st.integers(0, 3)
    )
    try:
        rckp.encode(from_json(document))
    except rckp.EncodeError:
        assert not VALIDATOR.is_valid(document)
    else:
        # Leading zeros are read, but nobody writes them: the schema is the narrower.
        assert VALIDATOR.is_valid(document) or to_json(from_json(document)) != document


def test_the_draft_schema_takes_what_decode_prints_and_nothing_else() -> None:
    document = json.loads((ROOT / "spec/record-next.schema.json").read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(document)
    validator.check_schema(document)
    record = NEXT_CODEC.decode(DRAFTS["full"])
    good = to_json(record, NEXT_CODEC.layout)
    assert values_from_json(good, NEXT_CODEC.layout) == [*record]
    validator.validate(good)
    validator.validate(good | {"seed_payload_hex": None})
    assert not validator.is_valid(EXAMPLE)
    assert not VALIDATOR.is_valid(good)
    for text in ("", "02", "1", "01f", "01FF", "01 ff", "01\n"):
        assert not validator.is_valid(good | {"step_state_payload_hex": text}), text


EDGES: dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], bool]]] = {
    "the least integer": (ours.u64s(), lambda n: n == 0),
    "the greatest integer": (ours.u64s(), lambda n: n == U64_TOP),
    "one that a double loses": (ours.u64s(), lambda n: int(float(n)) != n),
    "an empty string": (ours.strings(), lambda s: not s),
    "NUL": (ours.strings(), lambda s: "\0" in s),
    "a byte order mark first": (ours.strings(), lambda s: s.startswith("\ufeff") and len(s) > 1),
    "an astral character": (ours.strings(), lambda s: max(s, default="") > "\uffff"),
    "a noncharacter": (ours.strings(), lambda s: "\uffff" in s),
    "a length of two bytes": (ours.strings(), lambda s: len(s) > 255),
    "absent": (ours.options(), lambda s: s is None),
    "present and empty": (ours.options(), lambda s: s == ""),
    "present": (ours.options(), bool),
    **{f"status {s}": (ours.statuses(), s.__eq__) for s in rckp.CheckpointRunStatus},
}


@pytest.mark.parametrize("edge", EDGES)
def test_strategies_reach(edge: str) -> None:
    strategy, reached = EDGES[edge]
    find(strategy, reached, settings=settings(max_examples=2000, database=None))


@given(ours.records(), ours.records(run_id=st.just("fixed"), error_message=st.none()))
def test_strategies_give_records(any_: rckp.CheckpointRecord, held: rckp.CheckpointRecord) -> None:
    assert rckp.decode(rckp.encode(any_)) == any_
    assert rckp.decode(rckp.encode(held)) == held
    assert (held.run_id, held.error_message) == ("fixed", None)

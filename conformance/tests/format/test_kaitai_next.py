"""The Python reader that Kaitai Struct generates from spec/rckp_next.ksy, against the decoder."""

from __future__ import annotations

import importlib.util
import subprocess
from typing import Any

import kaitaistruct
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rckp
from conformance.implementations.kaitai import prepare
from conformance.tests.corpus import ROOT, draft_checks
from conformance.tests.shared import cache
from conformance.tests.tools import need
from rckp.format._next_record import NextRecord
from rckp.format.layouts import NEXT, codec
from rckp.strategies import next_records

pytestmark = pytest.mark.toolchain

DRAFT = codec(NEXT)
CHECKS = draft_checks()


@pytest.fixture(scope="session")
def reader(pytestconfig: pytest.Config) -> Any:
    need("node", "npm", how=prepare.NEEDED)
    with cache(pytestconfig, "kaitai") as directory:
        prepare.prepare(directory)
        program, grammar = prepare.HERE / "compile.cjs", ROOT / "spec/rckp_next.ksy"
        subprocess.run(["node", program, grammar, directory], check=True, timeout=300)
        text = (directory / "rckp_next.py").read_text("utf-8")
    spec = importlib.util.spec_from_loader("kaitai_rckp_next", None)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    exec(compile(text, "rckp_next.py", "exec"), vars(module))  # noqa: S102 - just generated
    return module.RckpNext


def read(reader: Any, data: bytes) -> tuple[Any, ...] | None:
    """The values of a file, or None for one that the generated reader rejects."""
    try:
        parsed = reader.from_bytes(data)
    except (kaitaistruct.KaitaiStructError, EOFError, UnicodeDecodeError):
        return None
    values = []
    for field in DRAFT.layout.record_fields:
        value = getattr(parsed, field.name)
        if field.name == "status":
            value = parsed.status_name.name
        elif not isinstance(value, int):
            value = getattr(value, "content", None)
        values.append(value)
    return tuple(values)


def expected(data: bytes) -> NextRecord | None:
    try:
        record: NextRecord = DRAFT.decode(data)
    except rckp.DecodeError:
        return None
    return record


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_every_case(reader: Any, check: Any) -> None:
    data = check.case.data
    assert (read(reader, data) is None) == ("error" in check.case.expect)
    assert read(reader, data) == expected(data)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(record=next_records(), data=st.data())
def test_valid_and_damaged_files(reader: Any, record: NextRecord, data: st.DataObject) -> None:
    encoded = DRAFT.encode(record)
    assert read(reader, encoded) == record
    damaged = bytearray(encoded)
    at = data.draw(st.integers(0, len(damaged)))
    damaged[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert read(reader, bytes(damaged)) == expected(bytes(damaged))

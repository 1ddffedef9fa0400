"""The mutation tester: what it changes, that it finds a fault, and that its list is not stale."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from pathlib import Path

import pytest

from conformance.tests.corpus import ROOT
from conformance.tools.python_mutation import equivalent
from conformance.tools.python_mutation.__main__ import table
from conformance.tools.python_mutation.modules import TESTS
from conformance.tools.python_mutation.mutants import Mutant, mutants, sample
from conformance.tools.python_mutation.trial import PACKAGE, applied, copy_of_source, run_tests

SOURCE = b'''"""Prose."""
from typing import Any
LIMIT: int | None = 8


def f(a: "str", b=True):
    """More prose."""
    if not a:
        raise ValueError("a sentence", "code")
    if g(a, b) and (a) < (b):
        return a + 1
'''


@cache
def all_mutants() -> list[Mutant]:
    return [
        mutant for name in TESTS for mutant in mutants(name, (PACKAGE / f"{name}.py").read_bytes())
    ]


def test_what_is_changed() -> None:
    found = {(each.kind, each.function, each.after) for each in mutants("m", SOURCE)}
    assert found == {
        ("constant", "-", "LIMIT: int | None = (8 + 1)"),
        ("constant", "-", "LIMIT: int | None = (8 - 1)"),
        ("boolean", "f", 'def f(a: "str", b=False):'),
        ("boolean", "f", "if bool(a):"),
        ("statement", "f", "pass"),
        ("constant", "f", "raise ValueError(\"a sentence\", '')"),
        ("arguments", "f", 'raise ValueError("code", "a sentence")'),
        ("boolean", "f", "if g(a, b) or (a) < (b):"),
        ("arguments", "f", "if g(b, a) and (a) < (b):"),
        ("comparison", "f", "if g(a, b) and (a) >= (b):"),
        ("boundary", "f", "if g(a, b) and (a) <= (b):"),
        ("return", "f", "return None"),
        ("arithmetic", "f", "return a - 1"),
        ("constant", "f", "return a + (1 + 1)"),
        ("constant", "f", "return a + (1 - 1)"),
    }


def test_every_mutant_is_another_program_with_a_name_of_its_own() -> None:
    found = all_mutants()
    assert len({mutant.key for mutant in found}) == len(found)
    for name in TESTS:
        source = (PACKAGE / f"{name}.py").read_bytes()
        statements = [(start, stop, _dumped(source[start:stop])) for start, stop in _places(source)]
        for mutant in mutants(name, source):
            [(start, stop, original)] = [
                each for each in statements if each[0] <= mutant.start and mutant.stop <= each[1]
            ]
            changed = mutant.apply(source)
            assert _dumped(changed[start : stop + len(changed) - len(source)]) != original


def _places(source: bytes) -> Iterator[tuple[int, int]]:
    """Where each statement of a module begins and ends, in bytes: to parse all takes longer."""
    ends = [0, *accumulate(map(len, source.splitlines(keepends=True)))]
    for node in ast.parse(source).body:
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
        assert node.end_lineno is not None
        yield ends[first - 1], ends[node.end_lineno]


def _dumped(source: bytes) -> str:
    return ast.dump(ast.parse(source))


def test_the_sample_is_that_of_the_seed_and_survives_other_changes() -> None:
    before = sample(mutants("m", SOURCE), 8, 1)
    assert before == sample(mutants("m", SOURCE), 8, 1)
    assert before != sample(mutants("m", SOURCE), 8, 2)
    after = sample(mutants("m", b"import os\n" + SOURCE), 8, 1)
    assert [each.key for each in after] == [each.key for each in before]


def test_the_list_of_equivalent_mutants_fits_the_source() -> None:
    assert equivalent.stale(equivalent.load(), all_mutants()) == []
    wrong = ("codec", "decode", "no such line", "", 1)
    assert equivalent.stale([wrong], all_mutants()) == [wrong]


def test_an_entry_without_a_reason_is_refused(tmp_path: Path) -> None:
    row = '{"module": "m", "function": "f", "before": "a", "after": "b", "reason": "%s"}'
    path = tmp_path / "equivalent.json"
    for content in (f"[{row % ''}]", f"[{row % 'x'}, {row % 'y'}]"):
        path.write_text(content)
        with pytest.raises(ValueError, match="twice, or without a reason"):
            equivalent.load(path)


def test_the_tests_of_each_module_are_there() -> None:
    for names in TESTS.values():
        for name in names:
            path, _, function = name.partition("::")
            text = (ROOT / "conformance/tests" / path).read_text("utf-8")
            assert f"def {function}(" in text or not function


def test_a_mutant_is_killed_and_leaves_no_trace() -> None:
    tests = ["store/test_identity.py::test_an_identity_of_another_type_is_refused"]
    path = PACKAGE / "format/identity.py"
    source = path.read_bytes()
    [mutant] = [
        m for m in mutants("format/identity", source) if m.after.startswith("if bool(isinst")
    ]
    with copy_of_source() as copy:
        assert run_tests(copy, tests, 120)[0] == "passed"
        with applied(mutant, copy):
            assert run_tests(copy, tests, 120)[0] == "failed"
        assert run_tests(copy, tests, 0.01)[0] == "timeout"
        assert (copy / "rckp/format/identity.py").read_bytes() == source
    assert path.read_bytes() == source


def test_the_table_counts_what_can_be_killed() -> None:
    rows = [{"module": "m", "outcome": name} for name in ("killed", "equivalent", "survived")]
    assert "| `m` | 3 | 1 | 0 | 1 | 1 | 50.0 % |" in table(rows)

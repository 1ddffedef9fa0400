"""The committed figures of the crash tests are of the present checks, and the page of them."""

from __future__ import annotations

import json

import pytest

from conformance.tools.crash_results import __main__ as kept
from rckp.conformance.crash.faults import KINDS
from rckp.conformance.results import BAD


def test_the_figures_and_the_page_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert kept.check() == 0, capsys.readouterr().err


def test_every_store_was_tested_and_has_no_unknown_failure() -> None:
    found = json.loads(kept.RESULTS.read_text("utf-8"))["implementations"]
    assert tuple(found) == kept.STORES
    for name, each in found.items():
        outcomes = {outcome for kind in each["kinds"].values() for outcome in kind}
        assert not outcomes & {*BAD}, name
        assert ("expected-fail" in outcomes) == (name in kept.KNOWN), name


def test_old_figures_are_noticed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(kept, "KINDS", (*KINDS, "another"))
    assert kept.check() == 1
    assert "not of the present crash tests: python" in capsys.readouterr().err

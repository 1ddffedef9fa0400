"""The results in conformance/implementations/results, and the page that is made of them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import conformance.tools.results.__main__ as kept
from rckp.conformance.suite import Suite


def test_they_are_of_the_present_suite() -> None:
    assert kept.check() == 0


@pytest.mark.parametrize("name", ["go.jsonl", "kaitai-javascript.single-edit.json"])
def test_results_of_another_suite_are_told(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = Path(shutil.copytree(kept.KEPT, tmp_path / "results"))
    text = (directory / name).read_text("utf-8")
    digest = Suite.locate().sha256
    assert digest in text
    (directory / name).write_text(text.replace(digest, digest[::-1]), "utf-8")
    monkeypatch.setattr(kept, "KEPT", directory)
    assert kept.check() == 1
    assert name in capsys.readouterr().err


def test_another_page_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "implementations.md"
    text = kept.PAGE.read_text("utf-8")
    figure = max(re.findall(r"[\d,]{4,}\d", text), key=text.count)
    other = figure[:-1] + str((int(figure[-1]) + 1) % 10)
    page.write_text(text.replace(figure, other, 1), "utf-8")
    monkeypatch.setattr(kept, "PAGE", page)
    assert kept.check() == 1
    assert "implementations.md" in capsys.readouterr().err

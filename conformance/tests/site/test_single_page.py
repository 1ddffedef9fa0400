"""The specification on one page: every chapter and requirement, with links that stay on it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from conformance.tests.corpus import ROOT
from conformance.tests.tools import need
from conformance.tools.site import single_page
from rckp.derive import chapters, requirements

CHAPTERS = chapters.read(ROOT)


def test_it_has_each_chapter_and_requirement_once(site: Path) -> None:
    text = (site / "spec/single-page.html").read_text("utf-8")
    for chapter in CHAPTERS[1:]:
        assert text.count(f'<h2 id="{chapter.name.removesuffix(".md")}">') == 1
    for identifier in requirements.extract(CHAPTERS):
        assert text.count(f'id="{identifier}"') == 1


def test_links_between_chapters_stay_on_the_page(site: Path) -> None:
    text = (site / "spec/single-page.html").read_text("utf-8")
    article = text.partition("<article")[2].partition("</article>")[0]
    names = {chapter.name.removesuffix(".md") + ".html" for chapter in CHAPTERS[1:]}
    targets = re.findall(r'href="([^"#]*)(#[^"]*)?"', article)
    assert not names & {path for path, _ in targets}
    assert len([anchor for path, anchor in targets if not path and anchor]) > 300


def test_code_is_left_as_it_is() -> None:
    text = single_page.markdown(ROOT)
    pattern = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
    blocks = [block for each in CHAPTERS[1:] for block in pattern.findall(each.text)]
    assert len(blocks) > 20
    assert pattern.findall(text) == blocks


def test_the_contents_lead_to_the_page(site: Path) -> None:
    assert 'href="single-page.html"' in (site / "spec/index.html").read_text("utf-8")


def test_it_can_be_printed(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("chromium", how="`apt-get install chromium`")
    copy = tmp_path / "site"
    shutil.copytree(site, copy, ignore=shutil.ignore_patterns("fixtures", "cases"))
    monkeypatch.setenv("RCKP_SITE_PDF", "1")
    assert single_page.can_print()
    assert single_page.PDF in single_page.links()
    single_page.print_pdf(copy)
    data = (copy / "spec" / single_page.PDF).read_bytes()
    pages = len(re.findall(rb"/Type\s*/Page\b", data))
    assert pages > 20
    assert data.count(b"/Dest") + data.count(b"/Names") > 0

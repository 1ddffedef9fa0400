"""The downloads of the site: they exist, are complete, and match the page."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from conformance.tests.archives import extract
from conformance.tests.corpus import ROOT, corpus
from conformance.tests.site.conftest import RUN
from rckp.conformance.export import archive
from rckp.derive.downloads import ARCHIVE

ROW = re.compile(
    r'<tr[^>]*>\s*<td[^>]*><a href="([^"]+)"><code>[^<]+</code></a></td>'
    r'\s*<td[^>]*>(\d+)</td>\s*<td[^>]*><code class="long">([0-9a-f]{64})</code></td>'
)


def rckp(*arguments: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def files(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    directory = tmp_path_factory.mktemp("exported") / "suite"
    rckp("conformance", "export", directory)
    found = files(directory)
    assert len(found) > 1500
    return found


def test_every_file_is_what_the_page_says(site: Path) -> None:
    text = (site / "downloads.html").read_text("utf-8")
    rows = ROW.findall(text)
    machines = {path.name for path in (ROOT / "spec").glob("*.*") if path.suffix != ".md"}
    assert {Path(link).name for link, _, _ in rows} == {ARCHIVE, *machines}
    for link, size, digest in rows:
        data = (site / link).read_bytes()
        assert data == (ROOT / "docs" / link).read_bytes()
        assert len(data) == int(size)
        assert hashlib.sha256(data).hexdigest() == digest
        if link != ARCHIVE:
            assert data == (ROOT / link).read_bytes()
            assert text.count(f'href="{link}"') >= 2, f"the page does not say what {link} is for"


def test_the_archive_is_the_suite_as_it_is_exported(
    site: Path, exported: dict[str, bytes], tmp_path: Path
) -> None:
    with tarfile.open(site / ARCHIVE) as packed:
        entries = packed.getmembers()
        extract(packed, tmp_path)
    assert all(entry.isreg() and entry.mode == 0o644 and not entry.uid for entry in entries)
    assert [entry.name for entry in entries] == sorted(entry.name for entry in entries)
    [directory] = tmp_path.iterdir()
    assert files(directory) == exported
    assert f"--suite {directory.name} " in (ROOT / "docs/downloads.md").read_text("utf-8")
    for case in corpus().values():
        assert f"fixtures/cases/{case.id}.json" in exported
    for path in (ROOT / "spec").rglob("*.*"):
        assert exported[path.relative_to(ROOT).as_posix()] == path.read_bytes()
    reference = (sys.executable, "-m", "rckp.conformance.reference")
    options = ("--suite", directory, "--id", "identity/scope/*", "--id", "reader/magic/*")
    said = rckp("conformance", "run", *options, "--", *reference)
    assert "all as expected" in said


def test_an_archive_is_the_same_each_time(site: Path, tmp_path: Path) -> None:
    target = tmp_path / "again.tar.bz2"
    for _ in range(2):  # what is there is replaced
        said = rckp("conformance", "export", target)
        assert said.endswith(f"{target}\n")
        assert target.read_bytes() == (site / ARCHIVE).read_bytes()


def test_an_archive_holds_just_what_it_is_given() -> None:
    given = {"a": b"", "b/" + 90 * "c" + "/" + 60 * "d": os.urandom(1_000)}
    with tarfile.open(fileobj=io.BytesIO(archive(given))) as packed:
        found = {
            entry.name.partition("/")[2]: opened.read()
            for entry in packed
            if (opened := packed.extractfile(entry))
        }
    assert found == given


def test_links_within_the_archive_hold(exported: dict[str, bytes]) -> None:
    """The chapters and the pages of cases can be read where there is no site."""
    followed = 0
    for name, data in exported.items():
        if name.endswith(".md") and name.startswith("spec/"):
            for target in re.findall(r"\]\((?!https:)([^)#\s]+)(?:#[^)\s]*)?\)", data.decode()):
                followed += 1
                assert os.path.normpath(Path(name).parent / target) in exported, (name, target)
    assert followed > 2000

"""The specification on one page, and as PDF.

The page has all chapters in their order, from the same sources. Links between chapters become
links within the page. Headings get the name of their chapter in front of their anchors, since two
chapters may have the same heading. The PDF is that page, printed by Chromium; it is made where
`RCKP_SITE_PDF` is 1 and Chromium exists.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Collection
from pathlib import Path

from markdown.extensions.toc import slugify

from rckp.derive import chapters
from rckp.derive.chapters import Chapter

SOURCE = "spec/single-page.md"
PDF = "rckp-specification.pdf"
_LIMIT = 120  # seconds to print
_FENCE = re.compile(r"\s*(```|~~~)")
_HEADING = re.compile(r"(#+) (.*?)(?:\s*\{ (#\S+ )?[^}]*\})?")
_LINK = re.compile(r"\]\(([\w-]+\.md)?(?:#([^)]*))?\)")
_REQUIREMENT = re.compile(r"[A-Z]+-\d+")


def markdown(root: Path) -> str:
    """Return the text of the page."""
    first, *others = chapters.read(root)
    names = {each.name for each in others}
    parts = [
        "---\nsearch:\n  exclude: true\n---\n",
        f"# {first.title} on one page\n",
        "All chapters in their order. Each chapter also has [a page of its own](index.md).\n",
        *(_chapter(each, names) for each in others),
    ]
    return "\n".join(parts)


def _chapter(chapter: Chapter, names: Collection[str]) -> str:
    lines, fenced = [], ""
    for line in chapter.text.splitlines():
        mark = _FENCE.match(line)
        if mark and (not fenced or mark[1] == fenced):
            fenced = "" if fenced else mark[1]
        elif not fenced:
            heading = _HEADING.fullmatch(line)
            if heading:
                line = _heading(chapter, heading)  # noqa: PLW2901
            line = _LINK.sub(lambda link: _target(chapter, names, link), line)  # noqa: PLW2901
        lines.append(line)
    return "\n".join(lines) + "\n"


def _heading(chapter: Chapter, heading: re.Match[str]) -> str:
    marks, title, own = heading.groups()
    stem = chapter.name.removesuffix(".md")
    slug = own.strip(" #") if own else slugify(chapters.plain(title), "-")
    anchor = stem if marks == "#" else f"{stem}--{slug}"
    return f"#{marks} {title} {{ #{anchor} }}"


def _target(chapter: Chapter, names: Collection[str], link: re.Match[str]) -> str:
    name, fragment = link[1] or chapter.name, link[2]
    if name not in names:
        return link[0]
    stem = name.removesuffix(".md")
    if not fragment:
        return f"](#{stem})"
    return f"](#{fragment if _REQUIREMENT.fullmatch(fragment) else f'{stem}--{fragment}'})"


def can_print() -> bool:
    """Return whether this build makes the PDF."""
    return os.environ.get("RCKP_SITE_PDF") == "1" and shutil.which("chromium") is not None


def links() -> str:
    """Return the sentence that leads from the contents to the other forms."""
    text = "All chapters are also on [one page](single-page.md)"
    return text + (f", and in [a PDF]({PDF}){{ download }}." if can_print() else ".")


def print_pdf(site: Path) -> None:
    """Print the built page. Raise `RuntimeError` if there is no PDF afterwards."""
    page, target = site / "spec/single-page.html", site / "spec" / PDF
    words = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    words += ["--disable-background-networking", f"--print-to-pdf={target}", page.as_uri()]
    done = subprocess.run(words, capture_output=True, timeout=_LIMIT, check=False)
    if done.returncode or target.read_bytes()[:5] != b"%PDF-":
        raise RuntimeError(f"chromium did not print: {done.stderr.decode(errors='replace')}")

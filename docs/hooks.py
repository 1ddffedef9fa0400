"""Additions to mkdocs: the matrix of results, tables, and a repair of the search.

The matrix of all checks is made of the stored results. It is not in the repository. Neither are the
wheel and the source archive; `conformance/tools/site` has what is longer than a few lines.

Before Python-Markdown: a pipe inside a code span of a table is written as `\\|`, as GitHub
requires. Python-Markdown does not split a cell at a pipe in a code span, and shows the backslash.

After Python-Markdown: a code span that is too long for a column gets the class `long`, so that
extra.css can let it wrap. A short one, such as a hash, stays on one line.

After the build: an error of lunr 2.3.9, which the search uses, is corrected in its script.
"""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import tempfile
from html import escape, unescape
from pathlib import Path
from typing import Any

from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files

_LOG = logging.getLogger("mkdocs.hooks.rckp")
_FENCE = re.compile(r"\s*(```+|~~~+)")
_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_CELL = re.compile(r"<td[^>]*>.*?</td>", re.DOTALL)
_PLAIN_CODE = re.compile(r"<code>([^<]*)</code>")
# lunr identifies a node of its index by the labels and numbers of its edges, without a separator:
# an edge "1" to the node 23 looks like an edge "12" to the node 3. It then takes two nodes for one,
# and a search for a digit ends with an error.
_NODE_NAME = re.compile(r"\b(\w)=\1\+(\w)\+(\w)\.id\}")
_building: list[tuple[tempfile.TemporaryDirectory[str], subprocess.Popen[bytes]]] = []
_LONG = 40  # characters; the longest hash and the longest integer have 39


def on_files(files: Files, config: Any, **_: Any) -> None:
    """Add the files of the cases, and `matrix.html`, with every check of each implementation."""
    root = str(Path(config["docs_dir"]).parent)
    if root not in sys.path:  # as with the script `mkdocs`
        sys.path.append(root)
    from conformance.tools.site import distribution, evidence, single_page, speed

    page = single_page.markdown(Path(root))
    files.append(File.generated(config, single_page.SOURCE, content=page))
    if single_page.can_print():  # a place for the PDF, so that the link to it holds
        files.append(File.generated(config, f"spec/{single_page.PDF}", content=b""))
    for name, made in {**evidence.plots(Path(root)), **speed.files(Path(root))}.items():
        files.append(File.generated(config, name, content=made))
    directory = tempfile.TemporaryDirectory()
    _building.append((directory, distribution.start(Path(root), Path(directory.name))))
    from conformance.tools.results.__main__ import matrix

    try:
        page = matrix()
    except ValueError as error:  # as after adding a case; a test refuses to release such results
        _LOG.info("no matrix of the results: %s", error)
        page = f"<!DOCTYPE html><title>Results</title><p>{escape(str(error))}"
    files.append(File.generated(config, "matrix.html", content=page))
    for place in ("fixtures/cases", "fixtures/files/real"):
        for path in sorted(Path(root, place).rglob("*.*")):
            if path.is_file():
                name = path.relative_to(root).as_posix()
                files.append(File.generated(config, name, abs_src_path=str(path)))


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Return the page with the escaped pipes in the code spans of its tables as plain pipes."""
    from conformance.tools.site import distribution, evidence, single_page

    if page.file.src_uri == "spec/index.md":
        markdown = markdown.replace("\n\n## ", f"\n\n{single_page.links()}\n\n## ", 1)
    markdown = markdown.replace(distribution.MARK, distribution.table())
    if evidence.MARK in markdown:
        markdown = markdown.replace(evidence.MARK, evidence.numbers(Path(__file__).parents[1]))
    lines, fence = [], ""
    for line in markdown.split("\n"):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and line.lstrip().startswith("|"):
            line = _CODE.sub(lambda span: span[0].replace(r"\|", "|"), line)  # noqa: PLW2901
        lines.append(line)
    return "\n".join(lines)


def on_page_content(html: str, **_: Any) -> str:
    """Return the page with the class `long` on each long code span, and tables that can stack."""
    from conformance.tools.site import tables

    html = tables.stackable(html)
    return _CELL.sub(lambda cell: _PLAIN_CODE.sub(_marked, cell[0]), html)


def _marked(code: re.Match[str]) -> str:
    is_long = len(unescape(code[1])) > _LONG
    return f'<code class="long">{code[1]}</code>' if is_long else code[0]


@event_priority(-50)  # after the search has its index, before `offline` makes a script of it
def on_post_build(config: Any, **_: Any) -> None:
    """Mend the script of the search, add the cases to its index; add the wheel and the source.

    Raise `ValueError` if the script is not the one that is known.
    """
    from conformance.tools.site import distribution, search_index, single_page

    site = Path(config["site_dir"])
    search_index.complete(Path(config["docs_dir"]).parent, site / "search/search_index.json")
    directory, process = _building.pop()
    distribution.finish(process, Path(directory.name), site)
    directory.cleanup()
    if single_page.can_print():
        single_page.print_pdf(site)
    (script,) = (site / "assets/javascripts/workers").glob("search.*.min.js")
    text = script.read_text("utf-8")
    text, number = _NODE_NAME.subn(r'\1=\1+\2+\3.id+";"}', text)
    if number != 1:
        raise ValueError(f"{script.name} is not the script of lunr that this hook mends")
    script.write_text(text, "utf-8", newline="")

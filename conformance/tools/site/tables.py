"""Tables that become lists on a telephone.

A cell of a table with three or more columns gets the title of its column as `data-label`, which
`extra.css` shows in front of the cell where the table is stacked. A stacked table is no longer one
for a browser, so the elements get their roles as attributes.
"""

from __future__ import annotations

import re
from html import escape, unescape

_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
_ROW = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
_HEAD = re.compile(r"<th([^>]*)>(.*?)</th>", re.DOTALL)
_DATA = re.compile(r"<td([^>]*)>(.*?)</td>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_ROLES = (
    ("<table>", '<table data-stack role="table">'),
    ("<thead>", '<thead role="rowgroup">'),
    ("<tbody>", '<tbody role="rowgroup">'),
    ("<tr>", '<tr role="row">'),
    ("<th>", '<th role="columnheader">'),
    ("<th ", '<th role="columnheader" '),
)
_STACKED = 3  # columns; a table with fewer fits a telephone


def stackable(html: str) -> str:
    """Return the HTML of a page whose wide tables can be stacked."""
    return _TABLE.sub(lambda table: _labelled(table[0]), html)


def _labelled(table: str) -> str:
    head = _ROW.search(table)
    titles = [
        unescape(_TAG.sub("", cell[1])).strip() for cell in _HEAD.findall(head[1] if head else "")
    ]
    if len(titles) < _STACKED:
        return table
    body = _ROW.sub(lambda row: f"<tr>{_cells(row[1], titles)}</tr>", table)
    for plain, with_role in _ROLES:
        body = body.replace(plain, with_role)
    return body


def _cells(row: str, titles: list[str]) -> str:
    left = iter(titles)

    def labelled(cell: re.Match[str]) -> str:
        label = escape(next(left), quote=True)
        return f'<td{cell[1]} role="cell" data-label="{label}">{cell[2]}</td>'

    return _DATA.sub(labelled, row)

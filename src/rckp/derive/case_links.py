"""Links from each requirement of a chapter to the cases that test it.

The link states only whether there are cases. A style sheet of the site adds their number, so that
a new case does not change the chapters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rckp.derive.banner import NOTICE
from rckp.derive.requirements import Requirement

DIRECTORY = "cases/by-requirement"  # below spec/

_MARKER = re.compile(
    r"^(?P<before>.*?)(?P<marker>\[(?P<id>[A-Z]+-\d+)[^\]]*\]\(#[^)]*\)\{ #\S+ \.req [^}]*\})\s+"
    r"(?:\[[\w ]+\]\([^)]*\)\{ \.cases \}\s+)?",
    re.MULTILINE,
)


def annotate(text: str, requirements: Mapping[str, Requirement], counts: Mapping[str, int]) -> str:
    """Return a chapter with the link after each marker. Existing links are replaced."""

    def linked(match: re.Match[str]) -> str:
        link = link_to_cases(requirements[match["id"]], counts)
        hanging = " " * len(match["before"])  # in a list item
        return f"{match['before']}{match['marker']} {link}\n{hanging}"

    return _MARKER.sub(linked, text)


def link_to_cases(requirement: Requirement, counts: Mapping[str, int], directory: str = "") -> str:
    """Return the link from a page. `directory` is the path from there to spec/, such as "spec/"."""
    says = "cases" if counts[requirement.id] else "no case"
    target = f"{directory}{DIRECTORY}/{requirement.chapter}#{requirement.anchor}"
    return f"[{says}]({target}){{ .cases }}"


def references(requirements: Mapping[str, Requirement]) -> str:
    """Return the text of docs/includes/requirements.md: the target of `[DEC-2]` in a docstring.

    It is appended to every page; the targets are relative to the directory of docs/api.md.
    """
    lines = [f"[{each.id}]: spec/{each.chapter}#{each.anchor}" for each in requirements.values()]
    return "\n".join([f"<!-- {NOTICE} -->", "", *lines]) + "\n"


def counters(counts: Mapping[str, int]) -> str:
    """Return the text of docs/cases.css, which shows the number of cases after each link."""
    rules = [
        f'.md-typeset .cases[href$="#{identifier}"]::after {{ content: ": {count}"; }}'
        for identifier, count in counts.items()
        if count
    ]
    return "\n".join([f"/* {NOTICE} */", *rules]) + "\n"
